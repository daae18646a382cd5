"""One process at a time: a lock that the system lets go of when its holder ends, however it ends."""

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock file while the block runs, after whoever holds it now."""
    with lock.open("ab") as handle:
        if not _grab(handle):
            print("Another start.py is setting up here; waiting for it ...", flush=True)
            while not _grab(handle):
                time.sleep(0.5)
        yield


def _grab(handle: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES):
            return False
        print("This disk knows no locks; let only one start.py set up here at a time.", flush=True)
    return True
