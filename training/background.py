"""Work in processes of their own, one at a time: a lock that ends with its holder, and the child that inherits it."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from model import registry
from training import places

_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES)


def grab(lock: IO[bytes]) -> bool:
    """Hold the lock until this file is closed by everybody who inherited it; False where another process holds it.

    Raises `OSError` where the disk knows no locks: whoever waited for one would wait for ever.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _HELD:
            raise
        return False
    return True


@contextmanager
def turn(lock: Path) -> Iterator[None]:
    """Wait for this lock, which nobody holds for long, and hold it meanwhile."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("ab") as file:
        while not grab(file):
            time.sleep(0.01)
        yield


@contextmanager
def alone(folder: Path, patience_s: float = 0.0) -> Iterator[bool]:
    """Hold the folder's lock meanwhile, on a shared disk also against other computers; False where it is held."""
    with (folder / ".lock").open("ab") as lock:
        until = time.monotonic() + patience_s
        while not (mine := grab(lock)) and time.monotonic() < until:
            time.sleep(0.05)
        yield mine


def release(lock: IO[bytes]) -> None:
    """Let go of it for everybody who inherited it."""
    if sys.platform == "win32":
        import msvcrt

        lock.seek(0)
        msvcrt.locking(lock.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_UN)


def spawn(words: list[str], log: Path, inherits: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
    """`python -m training WORDS` in a session of its own, so that it outlives whoever starts it."""
    inherited: dict[str, Any] = {}
    if inherits is not None and sys.platform != "win32":
        inherited["pass_fds"] = [inherits.fileno()]
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "training", *words],
            cwd=registry.ROOT,
            env=os.environ | places.as_settings(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            **inherited,
        )
