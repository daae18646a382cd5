"""The parent's side of decoding: a few worker processes, one photo at a time each, and a clock on each photo.

A worker that dies or takes too long costs the photo it was at and is replaced. Workers are programs of their
own, never forked and never started by `multiprocessing`, which would run the caller's main script once more.
They end when their input closes, so also when this process is killed.
"""

import atexit
import contextlib
import logging
import os
import queue
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from model import decoder_words
from model.decoding_process import ANSWER, REQUEST, TIME_LIMIT_S

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

WORKERS = 2
START_LIMIT_S = 30.0
WAIT_LIMIT_S = 20.0
_PIPE_BYTES = 2**20  # the most Linux gives anybody: 9 MB of pixels come in 9 pieces instead of 140
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from model.decoding_process import main; main()"
_KILLED = (-9, -15)
_GONE = (EOFError, OSError, ValueError)  # its pipes are closed, or what came through makes no sense
# For glibc: an arena for each thread would use up the address space; the 16 MB blocks of large pictures go
# back to the system at once, the smaller ones of ordinary photos are kept and used again.
_MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "15000000",
    "MALLOC_TRIM_THRESHOLD_": "50000000",
}

Answer = tuple[dict[str, Any], np.ndarray | None]

_log = logging.getLogger(__name__)


class Decoders:
    """`decode` may be called from any number of threads; each waits for its turn at one of the workers."""

    def __init__(
        self,
        workers: int = WORKERS,
        *,
        time_limit_s: float = TIME_LIMIT_S,
        wait_limit_s: float = WAIT_LIMIT_S,
    ) -> None:
        self._count = workers
        self._time_limit_s = time_limit_s
        self._wait_limit_s = wait_limit_s
        self.forget()

    def forget(self) -> None:
        """Begin anew, leaving alone what workers there are: in a forked child they are the parent's."""
        self._places: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self._count):
            self._places.put(None)

    def decode(self, data: bytes, format: str, working_px: int) -> Answer:
        """What the worker answers, and the pixels if it has any."""
        places = self._places
        try:
            worker = places.get(timeout=self._wait_limit_s)
        except queue.Empty:
            return {"error": "busy", "facts": {}}, None
        keep = None
        try:
            if worker is None or not worker.alive():
                worker = _Worker()
            answer = worker.ask(data, format, working_px, self._time_limit_s)
            keep = worker
            return answer
        except _LostError as lost:
            return {"error": lost.code, "facts": lost.facts}, None
        finally:
            if keep is None and worker is not None:
                worker.end()
            places.put(keep)

    def warm(self) -> None:
        """Start all workers now, without waiting for them, so that the first photos need not wait."""
        with self._free_places() as free, contextlib.suppress(_LostError):  # a photo will say why
            for place, worker in enumerate(free):
                free[place] = worker or _Worker()

    def close(self) -> None:
        """End the idle workers; the next photo starts a new one."""
        with self._free_places() as free:
            for worker in free:
                if worker:
                    worker.end()
            free[:] = [None] * len(free)

    @contextlib.contextmanager
    def _free_places(self) -> Iterator[list["_Worker | None"]]:
        places = self._places
        free: list[_Worker | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                free.append(places.get_nowait())
        try:
            yield free
        finally:
            for place in free:
                places.put(place)


class _LostError(Exception):
    """The worker is gone or was ended, and the photo with it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class _Worker:
    def __init__(self) -> None:
        command = [sys.executable, "-I", "-B", "-c", _PROGRAM, str(Path(__file__).parent.parent)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=os.environ | _MALLOC,
                start_new_session=True,  # Ctrl-C is for the parent, which then closes the input
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:  # no memory, no process, no open file is left
            raise _no_decoder(command) from error
        self._input = cast(Any, self._process.stdin)
        self._output = cast(Any, self._process.stdout)
        self._ready = False
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            for pipe in (self._input, self._output):
                with contextlib.suppress(OSError):  # the system's total may be used up: slower, still right
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()

    def ask(self, data: bytes, format: str, working_px: int, time_limit_s: float) -> Answer:
        if not self._ready:
            self._await_start()
        try:
            with self._ended_after(time_limit_s):
                self._write(REQUEST.pack(format.encode(), working_px, len(data)))
                self._write(data)
                answer = decoder_words.answer(self._read_text(), format, working_px)
                return answer, self._read_pixels(answer["size"]) if "size" in answer else None
        except _GONE:
            # Killed by somebody (the system, short of memory) says nothing about the picture; crashed does.
            raise _LostError("busy" if self._exit_code() in _KILLED else "truncated") from None

    def _exit_code(self) -> int | None:
        try:
            return self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:  # alive, but what it says makes no sense
            return None

    def _await_start(self) -> None:
        try:
            with self._ended_after(START_LIMIT_S):
                self._ready = decoder_words.is_ready(self._read_text())
        except (*_GONE, _LostError) as error:
            raise _no_decoder(cast(list[str], self._process.args)) from error
        if not self._ready:
            raise _no_decoder(cast(list[str], self._process.args))

    @contextlib.contextmanager
    def _ended_after(self, seconds: float) -> Iterator[None]:
        ended = threading.Event()

        def end() -> None:
            ended.set()
            self._process.kill()

        clock = threading.Timer(seconds, end)
        clock.daemon = True
        clock.start()
        try:
            yield
        except _GONE:
            if ended.is_set():
                raise _LostError("too_slow", seconds=seconds) from None
            raise
        finally:
            clock.cancel()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._input.write(rest) :]

    def _read(self, buffer: memoryview) -> None:
        while buffer:
            count = self._output.readinto(buffer)
            if not count:
                raise EOFError
            buffer = buffer[count:]

    def _read_text(self) -> bytes:
        prefix = bytearray(ANSWER.size)
        self._read(memoryview(prefix))
        length = ANSWER.unpack(prefix)[0]
        if length > decoder_words.MAX_BYTES:
            raise ValueError(f"an answer of {length} bytes")
        text = bytearray(length)
        self._read(memoryview(text))
        return bytes(text)

    def _read_pixels(self, size: list[int]) -> np.ndarray:
        width, height = size
        pixels = np.empty((height, width, 3), np.uint8)
        self._read(pixels.data.cast("B"))
        return pixels


def _no_decoder(command: list[str]) -> _LostError:
    _log.error("The picture decoder does not start; to see why, run: %s", shlex.join(command))
    return _LostError("no_decoder")


DECODERS = Decoders()
atexit.register(DECODERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=DECODERS.forget)
