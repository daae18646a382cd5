"""Many photos, read one after the other, of which little stays: a thumbnail, the answers, and a small copy.

What has been answered stays answered: whoever moves a slider or cancels in between interrupts the work, and the next
run of the page goes on, or not, from there. A photo's own bytes are let go as soon as it is answered.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from model.pipeline import Pipeline, Reading
from ui import memory, picture
from ui.uploads import Upload

THUMBNAIL_PX = 96
COPY_PX = 800
GIVE_BACK_AFTER = 25  # photos; a hundred of them can leave 80 MB of holes behind
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
    return Row(reading.file, reading.as_json(), code, facts, picture.address(image, 80), copy)


def opened(rows: Sequence[Row], index: int) -> Upload:
    """A row as a photo again, to be looked at by itself."""
    return Upload(rows[index].name, rows[index].read)
