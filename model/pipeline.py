"""The whole way of a photo: bytes -> pixels -> faces -> crops -> answers, with the time that each step took."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model import images
from model.card import LABELS, sure_from
from model.classifier import Prediction
from model.faces import Detector, Face, Pixels, align, centre_square, in_reading_order, tilt
from model.images import Photo, PhotoError
from model.mtcnn import MIN_FACE_PX

UNSURE = "unsure"
# Which way up a photo is, only faces this certain and this upright tell: on sideways photos the detector takes an ear
# or an eye for a whole face now and then, and on turned dogs and clouds too.
CERTAIN_SCORE = 0.97
UPRIGHT_DEGREES = 45
# A face between two levels of the detector's pyramid can be missed; a second pyramid has its levels elsewhere. On the
# tight photos of UTKFace it finds two thirds of the 1.1% that the first misses.
SECOND_LOOK = 1.25


class Classifier(Protocol):
    def predict(self, crops: Pixels) -> Prediction: ...


@dataclass(frozen=True)
class Answer:
    """What the model says of one face. `crop`, `features` and `embedding` are what it saw and made of it."""

    face: Face
    label: str
    probabilities: dict[str, float]
    crop: Pixels
    features: NDArray[np.float32]
    embedding: NDArray[np.float32]

    @property
    def confidence(self) -> float:
        return max(self.probabilities.values())

    @property
    def sure(self) -> bool:
        return self.label != UNSURE

    def as_json(self) -> dict[str, Any]:
        return {
            "box": [round(part, 1) for part in self.face.box],
            "score": round(self.face.score, 4),
            "label": self.label,
            "confidence": round(self.confidence, 4),
            "probabilities": {label: round(p, 4) for label, p in self.probabilities.items()},
            "sure": self.sure,
        }


@dataclass(frozen=True)
class Reading:
    """What came of one photo. `turned` says by how many degrees, counter-clockwise, it was turned to find its faces.

    Boxes are in pixels of the full-size upright photo as it was sent.
    """

    file: str
    width: int = 0
    height: int = 0
    faces: tuple[Answer, ...] = ()
    turned: int = 0
    error: PhotoError | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    pixels: Pixels | None = None

    def as_json(self) -> dict[str, Any]:
        failure = self.error and {"code": self.error.code, "message": str(self.error)}
        return {
            "file": self.file,
            "width": self.width,
            "height": self.height,
            "turned": self.turned,
            "faces": [answer.as_json() for answer in self.faces],
            "error": failure,
            "timings_ms": {step: round(ms, 1) for step, ms in self.timings_ms.items()},
        }


class Pipeline:
    """One detector and one classifier; any number of threads may read photos through it."""

    def __init__(
        self, detector: Detector, classifier: Classifier, *, input_size: int, sure_at: float
    ) -> None:
        self._detector = detector
        self._classifier = classifier
        self._input_size = input_size
        self._sure_from = sure_from(sure_at)

    @property
    def detector(self) -> Detector:
        """For whoever looks for faces in something other than a photo."""
        return self._detector

    def read(
        self, data: bytes, *, file: str = "", min_face_px: float = MIN_FACE_PX, whole_picture: bool = False
    ) -> Reading:
        """Never raises for what is in the file: a photo that cannot be answered comes back with its reason."""
        clock = _Clock()
        try:
            photo = images.load(data)
            clock.lap("decode")
        except PhotoError as error:
            clock.lap("decode")
            return Reading(file, error=error, timings_ms=clock.laps)
        width, height = photo.full_size
        try:
            if whole_picture:
                faces, crops, turned = [_whole(photo)], [centre_square(photo.pixels, self._input_size)], 0
            else:
                faces, turned = self._find(photo, min_face_px)
                crops = [align(photo.pixels, face.landmarks, self._input_size) for face in faces]
            clock.lap("detect")
            full_size = [face.scaled(*_stretch(photo)) for face in faces]
            answers = self._answer(full_size, crops)
            clock.lap("classify")
        except PhotoError as error:
            return Reading(file, width, height, error=error, timings_ms=clock.laps, pixels=photo.pixels)
        nobody = None if answers else PhotoError("no_face")
        return Reading(file, width, height, answers, turned, nobody, clock.laps, photo.pixels)

    def warm(self, pixels: Pixels) -> None:
        """Go the whole way once with a picture nobody sees, so that the first photo does not wait for it."""
        self._detector.detect(pixels)
        self._classifier.predict(centre_square(pixels, self._input_size)[None])

    def nearly(self, data: bytes) -> list[Face]:
        """What the detector nearly took for a face, best first; raises `PhotoError` where there is no picture."""
        photo = images.load(data)
        return [face.scaled(*_stretch(photo)) for face in self._detector.nearly(photo.pixels)]

    def read_many(
        self, files: Iterable[tuple[str, Callable[[], bytes]]], *, workers: int = 2, **options: Any
    ) -> Iterator[Reading]:
        """Readings in the order of the files, each opened only when its turn comes; a few are under way at once."""
        with ThreadPoolExecutor(workers, thread_name_prefix="reading") as pool:
            under_way: deque[Future[Reading]] = deque()
            try:
                for name, open_file in files:
                    under_way.append(pool.submit(self._read_opened, name, open_file, options))
                    if len(under_way) > workers:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for future in under_way:
                    future.cancel()

    def _read_opened(self, name: str, open_file: Callable[[], bytes], options: dict[str, Any]) -> Reading:
        try:
            data = open_file()
        except PhotoError as error:
            return Reading(name, error=error)
        return self.read(data, file=name, **options)

    def _find(self, photo: Photo, min_face_px: float) -> tuple[list[Face], int]:
        """Faces in working pixels, and how far the photo had to be turned for them."""
        as_it_lies = self._detector.detect(photo.pixels, min_face_px=min_face_px)
        if not as_it_lies:
            as_it_lies = self._detector.detect(photo.pixels, min_face_px=min_face_px * SECOND_LOOK)
        if any(_tells(face) for face in as_it_lies):
            return as_it_lies, 0
        best: tuple[float, list[Face], int] = (0.0, as_it_lies, 0)
        for turns in (1, 2, 3):
            turned = np.ascontiguousarray(np.rot90(photo.pixels, turns))
            found = self._detector.detect(turned, min_face_px=min_face_px)
            certain = [face for face in found if _tells(face)]
            total = sum(face.score for face in certain)
            if total > best[0]:
                back = [face.turned(-turns, turned.shape[1], turned.shape[0]) for face in certain]
                best = (total, in_reading_order(back), 90 * turns)
        return best[1], best[2]

    def _answer(self, faces: list[Face], crops: list[Pixels]) -> tuple[Answer, ...]:
        if not faces:
            return ()
        predicted = self._classifier.predict(np.stack(crops))
        rows = zip(
            faces, crops, predicted.probabilities, predicted.features, predicted.embedding, strict=True
        )
        return tuple(self._answer_one(*row) for row in rows)

    def _answer_one(
        self,
        face: Face,
        crop: Pixels,
        probabilities: NDArray[np.float32],
        features: NDArray[np.float32],
        embedding: NDArray[np.float32],
    ) -> Answer:
        likelier = int(np.argmax(probabilities))
        label = LABELS[likelier] if probabilities[likelier] >= self._sure_from else UNSURE
        shares = {name: float(p) for name, p in zip(LABELS, probabilities, strict=True)}
        # Copies: a row of a batch would keep the whole batch in memory for as long as somebody keeps the answer.
        return Answer(face, label, shares, crop, features.copy(), embedding.copy())


def _tells(face: Face) -> bool:
    """Whether this face shows which way up the photo is."""
    return face.score >= CERTAIN_SCORE and abs(tilt(face.landmarks)) <= UPRIGHT_DEGREES


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.laps[step] = 1000 * (now - self._last)
        self._last = now


def _stretch(photo: Photo) -> tuple[float, float]:
    height, width = photo.pixels.shape[:2]
    return photo.full_size[0] / width, photo.full_size[1] / height


def _whole(photo: Photo) -> Face:
    """The central square as a face, where a person says that it is one; it has no landmarks to speak of."""
    height, width = photo.pixels.shape[:2]
    side = float(min(height, width))
    box = ((width - side) / 2, (height - side) / 2, side, side)
    return Face(box, 0.0, np.full((5, 2), np.nan, np.float32))
