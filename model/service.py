"""One thread asks the network for everybody: requests that wait are answered together.

The queue has an end, counted in crops: who finds it full is told to try again. Once closed, the service has
no thread and no queue, and who still holds it is answered on the spot: nothing is dropped when another takes its place.
"""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from model.classifier import Engine, Prediction, check
from model.faces import Pixels
from model.images import PhotoError

MAX_CROPS_WAITING = 512
MAX_CROPS_AT_ONCE = 64


@dataclass(frozen=True)
class _Request:
    crops: Pixels
    answer: "Future[Prediction]" = field(default_factory=Future)


class Service:
    """`predict` from any thread; `close` from any other."""

    def __init__(self, engine: Engine, max_waiting: int = MAX_CROPS_WAITING) -> None:
        self._engine = engine
        self._max_waiting = max_waiting
        self._waiting: deque[_Request] = deque()
        self._crops_waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="classifier", daemon=True)
        self._worker.start()

    def predict(self, crops: Pixels) -> Prediction:
        """Wait for the answer; raises `PhotoError("busy")` at once where too many wait already."""
        return self.submit(crops).result()

    def submit(self, crops: Pixels) -> "Future[Prediction]":
        check(crops, self._engine.input_size)
        request = _Request(crops)
        with self._changed:
            if not self._closed:
                # A request larger than the queue, a crowd, is taken where nobody else waits.
                if self._waiting and self._crops_waiting + len(crops) > self._max_waiting:
                    raise PhotoError("busy")
                self._waiting.append(request)
                self._crops_waiting += len(crops)
                self._changed.notify()
                return request.answer
        self._answer([request])
        return request.answer

    def close(self) -> None:
        """Answer what waits, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._worker.join()

    def _work(self) -> None:
        while requests := self._next():
            self._answer(requests)

    def _next(self) -> list[_Request]:
        """What can be answered at once, together no more than a batch. Empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            taken: list[_Request] = []
            crops = 0
            while self._waiting:
                following = self._waiting[0]
                crops += len(following.crops)
                if taken and crops > MAX_CROPS_AT_ONCE:
                    break
                taken.append(self._waiting.popleft())
                self._crops_waiting -= len(following.crops)
            return taken

    def _answer(self, requests: list[_Request]) -> None:
        """Together, and one by one where that fails: a fault reaches only the one who caused it."""
        running = [request for request in requests if request.answer.set_running_or_notify_cancel()]
        if not running:
            return
        try:
            found = self._engine.predict(np.concatenate([request.crops for request in running]))
        except Exception as error:
            if len(running) == 1:
                running[0].answer.set_exception(error)
                return
            for request in running:
                self._answer_alone(request)
            return
        start = 0
        for request in running:
            stop = start + len(request.crops)
            request.answer.set_result(found.part(start, stop))
            start = stop

    def _answer_alone(self, request: _Request) -> None:
        try:
            request.answer.set_result(self._engine.predict(request.crops))
        except Exception as error:
            request.answer.set_exception(error)
