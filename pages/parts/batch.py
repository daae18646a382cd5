"""Many photos, read one after the other, of which little stays: a thumbnail, the answers, and a small copy.

A row that is opened shows the answers that the table counts; only its crops are cut anew, from the copy.

What has been answered stays answered: whoever moves a slider or cancels in between interrupts the work, and the next
run of the page goes on, or not, from there. A photo's own bytes are let go as soon as it is answered.
"""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image

from model import images
from model.faces import align
from model.images import PhotoError
from model.pipeline import Answer, Pipeline, Reading
from ui import memory, picture
from ui.uploads import Upload

THUMBNAIL_PX = 96
COPY_PX = 800
GIVE_BACK_AFTER = 25  # photos; a hundred of them can leave 80 MB of holes behind
_NO_CROP = np.zeros((0, 0, 3), np.uint8)
KEPT_AS_IT_IS_BYTES = 64_000  # a file this small is kept itself; a copy of it would be no smaller


@dataclass(frozen=True)
class Row:
    """One photo of many. `copy` is the photo, or a smaller JPEG of it; None where there was nothing to decode."""

    name: str
    record: dict[str, Any]
    code: str | None
    facts: dict[str, object]
    thumbnail: str | None
    copy: bytes | None
    faces: tuple[Answer, ...] = ()  # without the crops
    turned: int = 0

    def read(self) -> bytes:
        return self.copy or b""


@dataclass
class Batch:
    """The photos that still wait, and the rows of those that are done."""

    waiting: list[Upload | None]
    clock: Callable[[], float] = time.monotonic
    rows: list[Row] = field(default_factory=list)
    cancelled: bool = False
    worked_s: float = 0.0
    # What was read from the files that are under way: two or three at a time.
    _sent: dict[int, bytes] = field(default_factory=dict, repr=False)

    @property
    def done(self) -> bool:
        return self.cancelled or len(self.rows) == len(self.waiting)

    @property
    def per_second(self) -> float:
        return len(self.rows) / self.worked_s if self.worked_s else 0.0

    @property
    def left_s(self) -> float | None:
        """How long the rest will take; None before anybody can say."""
        return (len(self.waiting) - len(self.rows)) / self.per_second if self.per_second else None

    def cancel(self) -> None:
        """Answer no more; what has been answered stays."""
        self.cancelled = True
        self._sent.clear()
        self.waiting = [None] * len(self.rows)

    def work(self, pipeline: Pipeline) -> Generator[Row, None, None]:
        """Read what waits; each row is kept before it is given out, so that nothing is lost where the caller stops."""
        first = len(self.rows)
        files = ((upload.name, self._reader(at, upload)) for at, upload in self._left(first))
        began = self.clock()
        for at, reading in enumerate(pipeline.read_many(files), start=first):
            sent = self._sent.pop(at, b"")
            self.rows.append(_row(reading, sent))
            self.waiting[at] = None
            now = self.clock()
            self.worked_s += now - began
            began = now
            if len(self.rows) % GIVE_BACK_AFTER == 0 or len(self.rows) == len(self.waiting):
                memory.give_back()
            yield self.rows[-1]

    def _left(self, first: int) -> Iterator[tuple[int, Upload]]:
        for at, upload in enumerate(self.waiting[first:], start=first):
            if upload:
                yield at, upload

    def _reader(self, at: int, upload: Upload) -> Callable[[], bytes]:
        def read() -> bytes:
            data = upload.read()
            self._sent[at] = data
            return data

        return read


def _row(reading: Reading, sent: bytes) -> Row:
    error = reading.error
    code, facts = (error.code, dict(error.facts)) if error else (None, {})
    if reading.pixels is None:
        return Row(reading.file, reading.as_json(), code, facts, None, None)
    image = Image.fromarray(reading.pixels)
    image.thumbnail((COPY_PX, COPY_PX), Image.Resampling.BILINEAR, reducing_gap=2.0)
    copy = sent if 0 < len(sent) <= KEPT_AS_IT_IS_BYTES else picture.jpeg(image, quality=80)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return Row(
        reading.file,
        reading.as_json(),
        code,
        facts,
        picture.address(image, 80),
        copy,
        tuple(
            replace(face, crop=_NO_CROP, features=face.features.astype(np.float16)) for face in reading.faces
        ),
        reading.turned,
    )


def opened(row: Row, input_size: int) -> Reading:
    """A row as it was read, on its copy; `input_size` is that of the crops."""
    photo = images.load(row.read())
    height, width = photo.pixels.shape[:2]
    full = row.record["width"], row.record["height"]

    def whole(answer: Answer) -> Answer:
        there = answer.face.scaled(width / full[0], height / full[1])
        crop = align(photo.pixels, there.landmarks, input_size)
        return replace(answer, crop=crop, features=answer.features.astype(np.float32))

    error = PhotoError(row.code, **row.facts) if row.code else None
    timings = row.record["timings_ms"]
    faces = tuple(whole(answer) for answer in row.faces)
    return Reading(row.name, *full, faces, row.turned, error, timings, photo.pixels)
