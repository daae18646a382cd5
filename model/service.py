"""One thread asks the network for everybody: requests that wait are answered together.

The queue has an end: who finds it full is told to try again. An engine can be exchanged while requests wait;
each is answered by the engine that its crops were cut for.
"""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from model.classifier import Engine, Prediction, check
from model.faces import Pixels
from model.images import PhotoError

MAX_WAITING = 64
MAX_CROPS_AT_ONCE = 64


@dataclass(frozen=True)
class _Request:
    engine: Engine
    crops: Pixels
    answer: "Future[Prediction]" = field(default_factory=Future)


class Service:
    """`predict` from any thread; `swap` and `close` from any other."""

    def __init__(self, engine: Engine, max_waiting: int = MAX_WAITING) -> None:
        self._engine = engine
        self._max_waiting = max_waiting
        self._waiting: deque[_Request] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="classifier", daemon=True)
        self._worker.start()

    @property
    def engine(self) -> Engine:
        """What answers now: ask it for the size to cut crops to, and hand it back to `predict`."""
        return self._engine

    def predict(self, crops: Pixels, engine: Engine | None = None) -> Prediction:
        """Wait for the answer; raises `PhotoError("busy")` at once where too many wait already."""
        return self.submit(crops, engine).result()

    def submit(self, crops: Pixels, engine: Engine | None = None) -> "Future[Prediction]":
        engine = engine or self._engine
        check(crops, engine.input_size)
        request = _Request(engine, crops)
        with self._changed:
            if self._closed or len(self._waiting) >= self._max_waiting:
                raise PhotoError("busy")
            self._waiting.append(request)
            self._changed.notify()
        return request.answer

    def swap(self, engine: Engine) -> None:
        """Let another engine answer what comes from now on."""
        self._engine = engine

    def close(self) -> None:
        """Answer what waits, take nothing more, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while requests := self._next():
            _answer(requests)

    def _next(self) -> list[_Request]:
        """What can be answered at once: same engine, together no more than a batch. Empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            taken: list[_Request] = []
            crops = 0
            while self._waiting:
                following = self._waiting[0]
                crops += len(following.crops)
                if taken and (following.engine is not taken[0].engine or crops > MAX_CROPS_AT_ONCE):
                    break
                taken.append(self._waiting.popleft())
            return taken


def _answer(requests: list[_Request]) -> None:
    """Together, and one by one where that fails: a fault reaches only the one who caused it."""
    running = [request for request in requests if request.answer.set_running_or_notify_cancel()]
    if not running:
        return
    try:
        found = running[0].engine.predict(np.concatenate([request.crops for request in running]))
    except Exception as error:
        if len(running) == 1:
            running[0].answer.set_exception(error)
            return
        for request in running:
            _answer_alone(request)
        return
    start = 0
    for request in running:
        stop = start + len(request.crops)
        request.answer.set_result(found.part(start, stop))
        start = stop


def _answer_alone(request: _Request) -> None:
    try:
        request.answer.set_result(request.engine.predict(request.crops))
    except Exception as error:
        request.answer.set_exception(error)
