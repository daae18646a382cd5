"""TensorFlow without its noise: the one door through which `model/` imports it, and only where it must.

`TF_CPP_MIN_LOG_LEVEL` alone leaves four lines, and turning oneDNN off to lose them makes it half as fast; so
file descriptor 2 points nowhere while the libraries load.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_one_at_a_time = threading.RLock()


def tensorflow() -> Any:
    """The module, imported at the first call (3 seconds, half a gigabyte)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with stderr_closed():
        import keras  # noqa: F401  (its first import is as loud)
        import tensorflow as tf
    return tf


@contextmanager
def stderr_closed() -> Iterator[None]:
    """Also what C++ writes is lost meanwhile, and what other threads write: keep it short."""
    with _one_at_a_time:
        sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
