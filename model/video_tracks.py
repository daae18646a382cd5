"""Who is seen in a clip, from what was seen at single moments: pieces of one person joined, the rest dropped.

A tracker loses a face that turns away and then counts it as another. Here pieces are joined where place, size, time
and colours fit; that is all this program goes by, it recognises nobody: who leaves on one side and comes back on the
other counts as another face.
"""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.card import LABELS, sure_from
from model.pipeline import UNSURE
from model.tracking import Box, odds
from model.video_pieces import Piece, Sighting

JOIN_GAP_S = 5.0  # the longest that a face may have been lost
JOIN_REACH = 0.75  # how far it may have moved meanwhile, in widths of the face ...
JOIN_REACH_PER_S = 0.75  # ... and what each second adds
JOIN_FURTHEST = 2.5
JOIN_SIZE = 0.6  # how much smaller it may have become
# Of the colours of two crops, the part they share: after a cut somebody else often stands in the same place. Measured:
# 0.85 and more for one face some seconds later, 0.34 to 0.81 for two faces of one photo (medians 0.42, 0.57, 0.67).
JOIN_COLOURS = 0.7
LOST_S = 1.0  # without a look at it, a face is another piece
HOLD_S = 1.0  # between two looks this far apart at most, the box is drawn on its way from one to the other
# What is no face is found for a moment, seldom twice in a row, and with a low score: a medal, a fold of cloth.
LEAST_LOOKS = 4
LEAST_FOUND = 0.5  # of the looks at the time in which it was there
LEAST_SCORE = 0.95  # that the best of them has
MOST_TRACKS = 200


@dataclass(frozen=True)
class Stretch:
    """A time in which the answer stayed the same."""

    start_s: float
    end_s: float
    label: str


@dataclass(frozen=True)
class Followed:
    """One face through the clip. `label`, `p_male` are the answer over all its moments, `unsure` the share of its
    time in which the answer was "not sure"."""

    number: int
    label: str
    p_male: float
    first_s: float
    last_s: float
    unsure: float
    stretches: tuple[Stretch, ...]
    sightings: tuple[Sighting, ...]
    crop: bytes  # a JPEG

    @property
    def confidence(self) -> float:
        return max(self.p_male, 1 - self.p_male)

    def as_json(self) -> dict[str, Any]:
        return {
            "face": self.number,
            "label": self.label,
            "confidence": round(self.confidence, 4),
            "probabilities": {
                LABELS[0]: round(1 - self.p_male, 4),
                LABELS[1]: round(self.p_male, 4),
            },
            "sure": self.label != UNSURE,
            "first_s": round(self.first_s, 3),
            "last_s": round(self.last_s, 3),
            "unsure_share": round(self.unsure, 4),
            "answers": [
                {"from_s": round(one.start_s, 3), "to_s": round(one.end_s, 3), "label": one.label}
                for one in self.stretches
            ],
            "sightings": [
                {
                    "at_s": round(one.at_s, 3),
                    "box": [round(part, 1) for part in one.box],
                    "score": round(one.score, 4),
                    "p_male": None if one.p_male is None else round(one.p_male, 4),
                    "label": one.label,
                }
                for one in self.sightings
            ],
        }


def people(
    pieces: Sequence[Piece], *, every_s: float, looks: int, sure_at: float
) -> tuple[list[Followed], bool]:
    """The faces of the clip in the order in which they appear, and whether there were more than are told of.

    `looks` is how often the detector looked at all.
    """
    least = min(LEAST_LOOKS, max(1, looks // 2))
    whole = [piece for piece in joined(pieces) if _is_one(piece, least, every_s)]
    longest = sorted(whole, key=lambda piece: -len(piece.sightings))[:MOST_TRACKS]
    in_order = sorted(longest, key=lambda piece: (piece.sightings[0].at_s, piece.sightings[0].box[0]))
    faces = [_followed(number, piece, every_s, sure_at) for number, piece in enumerate(in_order, start=1)]
    return faces, len(whole) > MOST_TRACKS


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces that are one face after a gap made one, the most alike first."""
    done: list[Piece] = []
    near: list[Piece] = []  # of those, what a later piece may still go on from
    for piece in sorted(
        (piece for piece in pieces if piece.sightings), key=lambda one: one.sightings[0].at_s
    ):
        begins_s = piece.sightings[0].at_s
        near = [earlier for earlier in near if begins_s - earlier.sightings[-1].at_s <= JOIN_GAP_S]
        alike = [_alike(earlier, piece) for earlier in near]
        if max(alike, default=0.0) <= 0:
            near.append(Piece(list(piece.sightings), piece.crop, piece.quality, piece.colours))
            done.append(near[-1])
            continue
        before = near[alike.index(max(alike))]
        before.sightings += piece.sightings
        before.colours = piece.colours
        if piece.quality > before.quality:
            before.crop, before.quality = piece.crop, piece.quality
    return done


def box_at(face: Followed, at_s: float, every_s: float) -> tuple[Box, Sighting] | None:
    """Where the face is on the frame of this moment and what was last said of it; None where it is not there."""
    seen = face.sightings
    after = bisect.bisect_right(seen, at_s, key=lambda one: one.at_s)
    if after == 0:
        return (seen[0].box, seen[0]) if seen[0].at_s - at_s <= every_s / 2 else None
    before = seen[after - 1]
    if after == len(seen) or seen[after].at_s - before.at_s > HOLD_S:
        near = at_s - before.at_s <= every_s / 2
        if not near and after < len(seen) and seen[after].at_s - at_s <= every_s / 2:
            return seen[after].box, seen[after]
        return (before.box, before) if near else None
    part = (at_s - before.at_s) / max(1e-6, seen[after].at_s - before.at_s)
    x, y, w, h = (a + part * (b - a) for a, b in zip(before.box, seen[after].box, strict=True))
    return (x, y, w, h), before


def _is_one(piece: Piece, least: int, every_s: float) -> bool:
    times = [one.at_s for one in piece.sightings]
    gaps = [late - early for early, late in itertools.pairwise(times)]
    expected = 1 + sum(gap for gap in gaps if gap <= LOST_S) / every_s + sum(gap > LOST_S for gap in gaps)
    certain = max(one.score for one in piece.sightings)
    return len(times) >= least and len(times) / expected >= LEAST_FOUND and certain >= LEAST_SCORE


def _alike(before: Piece, after: Piece) -> float:
    """Above 0 where the one may go on in the other, and more the likelier it is."""
    last, first = before.sightings[-1], after.sightings[0]
    gap = first.at_s - last.at_s
    if not 0 < gap <= JOIN_GAP_S:
        return 0.0
    (x, y, w, h), (u, v, s, r) = last.box, first.box
    away = math.hypot(x + w / 2 - u - s / 2, y + h / 2 - v - r / 2) / max(1e-6, (w + s) / 2)
    reach = min(JOIN_FURTHEST, JOIN_REACH + JOIN_REACH_PER_S * gap)
    size = min(w, s) / max(w, s, 1e-6)
    if away >= reach or size < JOIN_SIZE or before.colours is None or after.colours is None:
        return 0.0
    shared = float(np.minimum(before.colours, after.colours).sum())
    return (1 - away / reach) + shared if shared >= JOIN_COLOURS else 0.0


def _followed(number: int, piece: Piece, every_s: float, sure_at: float) -> Followed:
    seen = _smoothed(piece.sightings)
    said = [odds(one.p_male) for one in seen if one.p_male is not None]
    p_male = 1 / (1 + math.exp(-sum(said) / max(1, len(said))))
    stretches = _stretches(seen, every_s)
    known = sum(one.end_s - one.start_s for one in stretches)
    doubtful = sum(one.end_s - one.start_s for one in stretches if one.label == UNSURE)
    return Followed(
        number,
        LABELS[int(p_male > 0.5)] if max(p_male, 1 - p_male) >= sure_from(sure_at) else UNSURE,
        p_male,
        seen[0].at_s,
        seen[-1].at_s,
        doubtful / known if known else float(seen[0].label == UNSURE),
        tuple(stretches),
        tuple(seen),
        piece.crop,
    )


def _stretches(seen: Sequence[Sighting], every_s: float) -> list[Stretch]:
    """Each answer lasts until the next look; where the face was lost for long, nothing is said."""
    found: list[Stretch] = []
    for index, one in enumerate(seen):
        following = seen[index + 1].at_s if index + 1 < len(seen) else math.inf
        end = following if following - one.at_s <= HOLD_S else one.at_s + every_s / 2
        if found and found[-1].label == one.label and one.at_s - found[-1].end_s < 1e-6:
            found[-1] = Stretch(found[-1].start_s, end, one.label)
        else:
            found.append(Stretch(one.at_s, end, one.label))
    return found


def _smoothed(seen: Sequence[Sighting]) -> list[Sighting]:
    """A detector's boxes tremble by some pixels; a face that moves evenly is left where it is by this."""
    smooth = list(seen)
    for index in range(1, len(seen) - 1):
        before, one, after = seen[index - 1 : index + 2]
        if one.at_s - before.at_s > HOLD_S or after.at_s - one.at_s > HOLD_S:
            continue
        part = (one.at_s - before.at_s) / (after.at_s - before.at_s)
        x, y, w, h = (
            0.5 * here + 0.5 * (a + part * (b - a))
            for a, here, b in zip(before.box, one.box, after.box, strict=True)
        )
        smooth[index] = Sighting(one.at_s, (x, y, w, h), one.score, one.p_male, one.label, one.confidence)
    return smooth
