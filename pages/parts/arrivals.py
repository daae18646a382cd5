"""What came in, unpacked: each photo by itself, and what could not be unpacked with its reason."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

from model.images import PhotoError
from model.sentences import SENTENCES
from ui.language import Coded
from ui.uploads import Arrival, Upload

MOST_PHOTOS = 500


@dataclass(frozen=True)
class Refused:
    """A file that is not looked into, and why: an error and the table of sentences that it belongs to."""

    name: str
    error: Coded
    sentences: Mapping[str, str]


@dataclass(frozen=True)
class Unpacked:
    """`left_out` counts the photos beyond what can be read at once."""

    photos: list[Upload]
    refused: list[Refused]
    left_out: int

    @property
    def files(self) -> int:
        return len(self.photos) + len(self.refused)


def unpacked(arrival: Arrival) -> Unpacked:
    photos: list[Upload] = []
    refused: list[Refused] = []
    for upload in arrival.uploads:
        try:
            data = upload.read()
        except PhotoError as error:
            refused.append(Refused(upload.name, error, SENTENCES))
            continue
        if not data.startswith((b"PK\3\4", b"PK\5\6")):
            photos.append(upload)
            continue
        # The reader of zips brings pandas with it, which a visitor with one photo need not wait for.
        from training import zips

        try:
            photos += [Upload(name, read) for name, read in zips.photos(io.BytesIO(data))]
        except zips.ZipError as problem:
            refused.append(Refused(upload.name, problem, problem.sentences))
    return Unpacked(photos[:MOST_PHOTOS], refused, max(0, len(photos) - MOST_PHOTOS))
