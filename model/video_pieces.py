"""What is kept of each face while a clip is looked at: where it was when, its best crop, its colours; and not too much.

In a long clip of a crowd the tracker counts tens of thousands of faces, each for a moment. Of those that are no longer
there, the ones seen for the shortest time go first, and of these the ones of which there is the worst look.
"""

import io
import math
from collections.abc import Collection
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces import Pixels
from model.tracking import Box

# With its best crop and its colours a piece takes about 10 KB, a sighting half of one; `benchmarks.video` measures it.
MOST_PIECES = 2000
MOST_SIGHTINGS = 200_000  # ten minutes of 80 faces, four times a second
_LEFT = 0.75  # of the most, after some were dropped: so that it is not done at each look
_JPEG = 90
_BINS = [12, 6, 6]
_REACH = [0, 180, 0, 256, 0, 256]


@dataclass(frozen=True)
class Sighting:
    """A face at one moment: `p_male` is what the model says of this frame, None where it was not asked; `label` and
    `confidence` are what has settled by then."""

    at_s: float
    box: Box
    score: float
    p_male: float | None
    label: str
    confidence: float


@dataclass
class Piece:
    """What the tracker took for one face without a break; `crop` is the best look at it, as a JPEG."""

    sightings: list[Sighting] = field(default_factory=list)
    crop: bytes = b""
    quality: float = 0.0
    colours: NDArray[np.float32] | None = None
    answered_s: float = -math.inf

    def add(self, sighting: Sighting, crop: Pixels) -> None:
        self.sightings.append(sighting)
        if sighting.p_male is not None:
            self.answered_s = sighting.at_s
        seen = colours_of(crop)
        # A running mean that follows the light: the last seconds count most.
        self.colours = seen if self.colours is None else 0.8 * self.colours + 0.2 * seen
        quality = sighting.score * math.sqrt(sighting.box[2] * sighting.box[3]) * (0.5 + sharpness(crop))
        if not self.crop or quality > self.quality:
            self.crop, self.quality = _jpeg(crop), quality


@dataclass
class Pieces:
    """Those of one clip, by the numbers of their tracks. `left_out` says that there were more than are kept."""

    most: int = MOST_PIECES
    most_sightings: int = MOST_SIGHTINGS
    left_out: bool = False
    _kept: dict[int, Piece] = field(default_factory=dict)
    _dropped: set[int] = field(default_factory=set)
    _sightings: int = 0

    @property
    def kept(self) -> list[Piece]:
        return list(self._kept.values())

    def answered_s(self, number: int) -> float:
        """When the model was last asked about this track; one that was dropped needs no answer any more."""
        if number in self._dropped:
            return math.inf
        piece = self._kept.get(number)
        return piece.answered_s if piece else -math.inf

    def add(self, number: int, sighting: Sighting, crop: Pixels) -> None:
        if number not in self._dropped:
            self._kept.setdefault(number, Piece()).add(sighting, crop)
            self._sightings += 1

    def bound(self, there: Collection[int]) -> None:
        """Let go of what is too much; `there` are the numbers that may be seen again."""
        self._dropped.intersection_update(there)
        if len(self._kept) <= self.most and self._sightings <= self.most_sightings:
            return
        self.left_out = True
        least_first = sorted(
            self._kept.items(),
            key=lambda item: (item[0] in there, len(item[1].sightings), item[1].quality),
        )
        for number, piece in least_first:
            if len(self._kept) <= _LEFT * self.most and self._sightings <= _LEFT * self.most_sightings:
                return
            del self._kept[number]
            self._sightings -= len(piece.sightings)
            if number in there:
                self._dropped.add(number)


def colours_of(crop: Pixels) -> NDArray[np.float32]:
    """How much of a crop has each colour; adds up to 1."""
    hsv = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    counted = cv2.calcHist([hsv], [0, 1, 2], None, _BINS, _REACH)
    blurred = cv2.GaussianBlur(counted.reshape(_BINS[0], -1), (3, 3), 0).ravel()
    return np.asarray(blurred / max(1e-9, float(blurred.sum())), np.float32)


def sharpness(crop: Pixels) -> float:
    """From 0, all blurred, towards 1."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    return edges / (edges + 200.0)


def _jpeg(crop: Pixels) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(crop).save(packed, "JPEG", quality=_JPEG)
    return packed.getvalue()
