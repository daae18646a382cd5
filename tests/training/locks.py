"""Somebody who holds a lock, as another process would, and whoever waits for it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

import pytest

from training import background


@contextmanager
def waited_for(lock: Path, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within, `act` waits for this lock; after it, it has had its turn."""
    grab, waits = background.grab, Event()

    def watched(file: IO[bytes]) -> bool:
        mine = grab(file)
        if not mine:
            waits.set()
        return mine

    with ThreadPoolExecutor(1) as pool:
        with background.turn(lock):
            monkeypatch.setattr(background, "grab", watched)
            acting = pool.submit(act)
            assert waits.wait(10), "nobody waits for it"
            yield
        acting.result()
