"""Faces in a stream of frames, while it comes: every frame is answered at once, with where the faces are by now.

One thread takes the newest frame to the detector; a frame that is overtaken while it waits is never looked at, so
nothing piles up behind a slow machine. Meanwhile faces are followed from frame to frame, and the classifier is asked
about the face that has waited longest. Knows nothing of cameras and connections, and keeps no frame but the newest.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

import numpy as np

from model.classifier import Prediction
from model.faces import Detector, Face, Pixels, align
from model.images import PhotoError
from model.running import Running
from model.service import Service
from model.tracking import Box, Track, Tracker

# Of the frame's shorter side: 48 of 480 pixels. Measured on 640 x 480 with three faces: 10 ms a look, 25 ms from 24
# pixels on.
LEAST_FACE = 0.1
ASK_EVERY_S = 0.15  # of one face: on two cores an answer takes as long as two looks of the detector
ASK_AT_ONCE = 2
RATES_OVER_S = 2.0
BLIND_S = 2.0  # without a look, no face is shown on: a look that is slow for a moment may take a part of this

Clock = Callable[[], float]
Item = TypeVar("Item")
log = logging.getLogger(__name__)


class LiveError(Exception):
    """Nobody looks at the frames of this stream any more: a fault of the detector, which the log has, ended it."""


@dataclass(frozen=True)
class Shown:
    """What there is to draw upon a frame. Boxes are in its pixels; `seen` counts the faces so far.

    `behind_ms` is the time from the newest frame that was looked at until its faces were known.
    """

    tracks: tuple[Track, ...]
    seen: int
    looks_per_s: float
    answers_per_s: float
    behind_ms: float


@dataclass(frozen=True)
class _Frame:
    pixels: Pixels
    at_s: float
    where: Mapping[int, Box]


@dataclass(frozen=True)
class _Found:
    frame: _Frame
    faces: list[Face]
    at_s: float


@dataclass(frozen=True)
class _Answered:
    numbers: tuple[int, ...]
    p_male: list[float]
    asked_s: float
    at_s: float


class Live:
    """One stream. `see` from one thread at a time; `close` from any."""

    @classmethod
    def of(cls, model: Running) -> "Live":
        """Answered until its end by the model that answers now."""
        card = model.artifact.card
        return cls(model.pipeline.detector, model.service, input_size=card.input_size, sure_at=card.sure_at)

    def __init__(
        self,
        detector: Detector,
        service: Service,
        *,
        input_size: int,
        sure_at: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._detector = detector
        self._service = service
        self._input_size = input_size
        self._clock = clock
        self._tracker = Tracker(sure_at)
        self._asked_s: dict[int, float] = {}
        self._asking: Future[Prediction] | None = None
        self._looks: deque[float] = deque()
        self._answers: deque[float] = deque()
        self._behind_ms = 0.0
        self._looked_s = clock()
        # Only what goes from thread to thread is shared: the tracker is the business of `see` alone, which would keep
        # the others out of a lock for most of the time.
        self._found: SimpleQueue[_Found] = SimpleQueue()
        self._answered: SimpleQueue[_Answered] = SimpleQueue()
        self._waiting: _Frame | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="live", daemon=True)
        self._worker.start()

    def see(self, pixels: Pixels) -> Shown:
        """Take in the next frame, and say what is known about it now; waits for no network. Raises `LiveError`."""
        if not self._closed and not self._worker.is_alive():
            raise LiveError
        now = self._clock()
        for answered in _taken(self._answered):
            for number, p in zip(answered.numbers, answered.p_male, strict=True):
                self._tracker.answer(number, p, answered.asked_s)
                self._answers.append(answered.at_s)
        for found in _taken(self._found):
            self._take(found)
        if now - self._looked_s > BLIND_S:
            self._tracker.forget()
        self._tracker.follow(pixels)
        frame = _Frame(pixels, now, self._tracker.where())
        with self._changed:
            self._waiting = None if self._closed else frame
            self._changed.notify()
        return Shown(
            self._tracker.tracks,
            self._tracker.count,
            _rate(self._looks, now),
            _rate(self._answers, now),
            self._behind_ms,
        )

    def close(self) -> None:
        """End the thread, and let go of the frames."""
        with self._changed:
            self._closed = True
            self._waiting = None
            self._changed.notify()
        self._worker.join()
        for _ in _taken(self._found):
            pass

    def _work(self) -> None:
        while frame := self._next():
            least_px = LEAST_FACE * min(frame.pixels.shape[:2])
            try:
                faces = self._detector.detect(frame.pixels, min_face_px=least_px)
            except PhotoError:
                continue  # the detector is busy with photos: faces are followed on, and a later frame is looked at
            self._found.put(_Found(frame, faces, self._clock()))
            del frame  # nothing of it stays while the thread waits

    def _next(self) -> _Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            frame, self._waiting = self._waiting, None
            return frame

    def _take(self, found: _Found) -> None:
        frame = found.frame
        tracks = self._tracker.take(found.faces, frame.at_s, frame.where)
        self._looks.append(found.at_s)
        self._looked_s = found.at_s
        self._behind_ms = 1000 * (found.at_s - frame.at_s)
        there = self._tracker.where()
        self._asked_s = {number: at for number, at in self._asked_s.items() if number in there}
        if self._asking and not self._asking.done():
            return
        if due := self._due(tracks, frame.at_s):
            # Upon the frame that the detector saw, at the landmarks that it found there.
            marks = [found.faces[place].landmarks for _, place in due]
            crops = np.stack([align(frame.pixels, five, self._input_size) for five in marks])
            self._ask(tuple(number for number, _ in due), crops, frame.at_s)

    def _due(self, tracks: tuple[Track, ...], at_s: float) -> list[tuple[int, int]]:
        """The faces that have waited longest for an answer: each one's number and its place among the finds."""
        since = [
            (self._asked_s.get(track.number, -math.inf), track.number, place)
            for place, track in enumerate(tracks)
        ]
        late = [row for row in sorted(since) if at_s - row[0] >= ASK_EVERY_S]
        return [(number, place) for _, number, place in late[:ASK_AT_ONCE]]

    def _ask(self, numbers: tuple[int, ...], crops: Pixels, at_s: float) -> None:
        try:
            asking = self._service.submit(crops)
        except PhotoError:
            return  # too many wait already: a later frame is asked about
        self._asking = asking
        self._asked_s.update(dict.fromkeys(numbers, at_s))

        def note(answer: "Future[Prediction]") -> None:
            """In the classifier's thread. A fault there is the log's; a later frame is asked about."""
            if error := answer.exception():
                log.error("no answer for a frame", exc_info=error)
                return
            p_male = answer.result().probabilities[:, 1].tolist()
            self._answered.put(_Answered(numbers, p_male, at_s, self._clock()))

        asking.add_done_callback(note)


def _taken(waiting: "SimpleQueue[Item]") -> Iterator[Item]:
    """What others have put there so far."""
    with suppress(Empty):
        while True:
            yield waiting.get_nowait()


def _rate(moments: deque[float], now: float) -> float:
    """How many a second there were of late."""
    while moments and moments[0] < now - RATES_OVER_S:
        moments.popleft()
    if len(moments) < 2:
        return 0.0
    return (len(moments) - 1) / max(moments[-1] - moments[0], now - moments[-1], 1e-3)
