"""Faces over time: a face keeps its number from frame to frame, its box follows it, and its answer settles.

Between two looks of the detector, points on each face are followed from frame to frame (Lucas-Kanade), so that boxes
move at the camera's rate. What the model says of single frames is averaged over the last moments as log-odds: frames
that agree make no more of it than one of them, frames that disagree make it "not sure".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from model.card import LABELS, sure_from
from model.faces import Face, Pixels
from model.pipeline import UNSURE

Box = tuple[float, float, float, float]

FLOW_PX = 320  # the longer side of the picture in which points are followed
OVERLAP = 0.25  # of two boxes, from which they can be the same face
REACH = 0.6  # of a face's width that it may have jumped where boxes do not overlap enough
LOST_S = 0.6  # without the detector seeing it, a face is no longer shown
MEMORY_S = 1.0  # after which an answer counts half
STEADY = 0.02  # beyond the bar that an answer has to pass before it turns, so that it does not flicker
_MOST_ODDS = 7.0  # a single frame's certainty is worth no more than 99.9%
_GRID = 4
_LEAST_POINTS = 4
_FLOW = {
    "winSize": (15, 15),
    "maxLevel": 2,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 10, 0.03),
}


@dataclass(frozen=True)
class Track:
    """One face as it stands: where it is now, since when it is known, and what the model says of it over time.

    `label` is None until the model has been asked about it. `looks` counts the detector's finds, `answers` the
    model's answers.
    """

    number: int
    face: Face
    first_s: float
    seen_s: float
    looks: int
    answers: int = 0
    label: str | None = None
    p_male: float = 0.5

    @property
    def confidence(self) -> float:
        return max(self.p_male, 1 - self.p_male)

    @property
    def sure(self) -> bool:
        return self.label is not None and self.label != UNSURE


@dataclass
class _Known:
    number: int
    face: Face
    first_s: float
    seen_s: float
    looks: int = 1
    answers: int = 0
    answered_s: float = -math.inf
    odds: float = 0.0
    weight: float = 0.0
    label: str | None = None

    def as_track(self) -> Track:
        p_male = 1 / (1 + math.exp(-self.odds / self.weight)) if self.weight else 0.5
        return Track(
            self.number, self.face, self.first_s, self.seen_s, self.looks, self.answers, self.label, p_male
        )


@dataclass
class Tracker:
    """For one stream of frames, in one thread at a time. Times are seconds of the stream."""

    sure_at: float
    lost_s: float = LOST_S
    _known: list[_Known] = field(default_factory=list)
    _count: int = 0
    _grey: NDArray[np.uint8] | None = None

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The faces that are there now, the one known longest first."""
        return tuple(known.as_track() for known in self._known)

    @property
    def count(self) -> int:
        """How many faces there have been so far."""
        return self._count

    def where(self) -> Mapping[int, Box]:
        """Where each face is now: to be remembered by whoever takes this frame to the detector."""
        return {known.number: known.face.box for known in self._known}

    def follow(self, pixels: Pixels) -> None:
        """Move every face to where it is on this frame."""
        grey = _grey(pixels)
        before, self._grey = self._grey, grey
        if before is None or before.shape != grey.shape or not self._known:
            return
        factor = grey.shape[1] / pixels.shape[1]
        starts = [_points(known.face, factor) for known in self._known]
        moved, found, _ = cv2.calcOpticalFlowPyrLK(before, grey, np.concatenate(starts), None, **_FLOW)
        at = 0
        for known, start in zip(self._known, starts, strict=True):
            end, good = moved[at : at + len(start)], found[at : at + len(start), 0] == 1
            at += len(start)
            if good.sum() >= _LEAST_POINTS:
                known.face = _moved(known.face, start[good] / factor, end[good] / factor)

    def take(
        self, faces: Sequence[Face], at_s: float, then: Mapping[int, Box] | None = None
    ) -> tuple[Track, ...]:
        """Take in what the detector found, and say which track each face is.

        The detector needs time: `then` is where the tracks were on the frame that it saw (`where`), and each find is
        moved by as much as its face has moved since.
        """
        then = then or {}
        # Who was found while the detector had this frame already is not in `then`, and can be on it all the same.
        boxes = [then.get(known.number, known.face.box) for known in self._known]
        pairs = _pairs([face.box for face in faces], boxes)
        given: list[_Known] = []
        for index, face in enumerate(faces):
            known = self._known[pairs[index]] if index in pairs else None
            if known is None:
                self._count += 1
                known = _Known(self._count, face, first_s=at_s, seen_s=at_s)
            else:
                known.face = _shifted(face, boxes[pairs[index]], known.face.box)
                known.seen_s, known.looks = at_s, known.looks + 1
            given.append(known)
        fresh = [known for known in given if known not in self._known]
        self._known = [known for known in self._known if at_s - known.seen_s <= self.lost_s] + fresh
        return tuple(known.as_track() for known in given)

    def forget(self) -> None:
        """No face is there any more: nobody has looked for too long."""
        self._known = []

    def answer(self, number: int, p_male: float, at_s: float) -> None:
        """Take in what the model says of this face on one frame; one that is gone is passed over."""
        known = next((one for one in self._known if one.number == number), None)
        if known is None:
            return
        fading = 0.5 ** (max(0.0, at_s - known.answered_s) / MEMORY_S) if known.weight else 0.0
        known.odds = fading * known.odds + odds(p_male)
        known.weight = fading * known.weight + 1
        known.answers, known.answered_s = known.answers + 1, max(at_s, known.answered_s)
        known.label = settled(known.as_track(), self.sure_at)


def odds(p: float) -> float:
    """Log-odds, bounded so that one frame that seems certain does not outweigh all others."""
    return min(max(math.log(max(p, 1e-9) / max(1 - p, 1e-9)), -_MOST_ODDS), _MOST_ODDS)


def settled(track: Track, sure_at: float) -> str:
    """The label of a track, which turns only where the bar is passed clearly."""
    likelier = LABELS[int(track.p_male > 0.5)]
    usual = bar = sure_from(sure_at)
    if track.label is not None:
        bar += -STEADY if track.label == likelier else STEADY
    return likelier if track.confidence >= min(bar, max(usual, 0.999)) else UNSURE


def overlap(one: Box, two: Box) -> float:
    """The shared part of two boxes, of what they cover together."""
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    high = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    shared = max(0.0, wide) * max(0.0, high)
    return shared / max(1e-9, one[2] * one[3] + two[2] * two[3] - shared)


def _pairs(found: Sequence[Box], known: Sequence[Box]) -> dict[int, int]:
    """Which find is which track: those that overlap most first, then those that are near and of one size."""
    scores = [
        (score, f, k)
        for f, box in enumerate(found)
        for k, other in enumerate(known)
        if (score := _likeness(box, other)) > 0
    ]
    pairs: dict[int, int] = {}
    for _, f, k in sorted(scores, reverse=True):
        if f not in pairs and k not in pairs.values():
            pairs[f] = k
    return pairs


def _likeness(one: Box, two: Box) -> float:
    """Above 1 where the boxes overlap enough, from 0 to 1 where the face may have jumped from one to the other."""
    shared = overlap(one, two)
    if shared >= OVERLAP:
        return 1 + shared
    wide = (one[2] + two[2]) / 2
    away = math.hypot(one[0] + one[2] / 2 - two[0] - two[2] / 2, one[1] + one[3] / 2 - two[1] - two[3] / 2)
    alike = min(one[2], two[2]) / max(one[2], two[2], 1e-9)
    return 1 - away / (REACH * wide) if alike > 0.6 and away < REACH * wide else 0.0


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = FLOW_PX / max(height, width)
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


def _points(face: Face, factor: float) -> NDArray[np.float32]:
    """The landmarks, and a grid inside the box where faces have texture."""
    x, y, w, h = face.box
    across = np.linspace(0.2, 0.8, _GRID)
    grid = np.stack(np.meshgrid(x + w * across, y + h * across), axis=-1).reshape(-1, 2)
    points = np.concatenate([face.landmarks, grid]) if np.isfinite(face.landmarks).all() else grid
    return (points * factor).astype(np.float32)


def _moved(face: Face, start: NDArray[np.float32], end: NDArray[np.float32]) -> Face:
    """The face shifted and scaled as most of its points were."""
    shift = np.median(end - start, axis=0)
    middle = np.median(start, axis=0)
    before = np.linalg.norm(start - middle, axis=1)
    after = np.linalg.norm(end - middle - shift, axis=1)
    far = before > 1
    grown = float(np.clip(np.median(after[far] / before[far]), 0.9, 1.1)) if far.any() else 1.0
    x, y, w, h = face.box
    centre = (np.array([x + w / 2, y + h / 2]) - middle) * grown + middle + shift
    box = (
        float(centre[0] - w * grown / 2),
        float(centre[1] - h * grown / 2),
        w * grown,
        h * grown,
    )
    points = (face.landmarks - middle) * grown + middle + shift
    return Face(box, face.score, points.astype(np.float32))


def _shifted(face: Face, start: Box, end: Box) -> Face:
    """A find of an earlier frame, moved as its track has moved from then (`start`) until now (`end`)."""
    if start == end:
        return face
    shift_x = end[0] + end[2] / 2 - start[0] - start[2] / 2
    shift_y = end[1] + end[3] / 2 - start[1] - start[3] / 2
    x, y, w, h = face.box
    shift = np.array([shift_x, shift_y], np.float32)
    return Face((x + shift_x, y + shift_y, w, h), face.score, face.landmarks + shift)
