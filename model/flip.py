"""What would turn an answer: the same face darker, blurrier, tilted or cut otherwise, until the answer is another.

An amount is a step from -100 to 100, and 0 is the crop as it was; `effect` says what a step means. A photo is
changed in four ways, each alone. Who is asked, and in which words it is told, is said elsewhere.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from model.card import LABELS, sure_from
from model.classifier import Floats
from model.faces import Landmarks, Pixels, align, centre_square
from model.pipeline import UNSURE

LIGHT, SHARPNESS, TILT, DISTANCE = "light", "sharpness", "tilt", "distance"
KINDS = (LIGHT, SHARPNESS, TILT, DISTANCE)
FURTHEST = 100
# Each crop more costs a 160 px network 8 ms on two cores; what turns and turns back between two strides is only seen
# where the answer came near turning.
STRIDE = 10
COARSE = tuple(range(STRIDE, FURTHEST + 1, STRIDE))
_NEAR = 1.0  # log odds from turning
_BETWEEN = (-6, -3, 3, 6)
AT_ONCE = 8  # what the classifier answers in nearly the time of a few

_DARKEST, _LIGHTEST = -0.95, 1.5
_SHARPEST, _BLURRIEST = -3.0, 0.12
_STEEPEST = 45.0
_CLOSEST, _WIDEST = -0.5, 1.0
_FINE_DETAIL = 0.01  # what sharpening brings out, as a share of the side
_EPSILON = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What the model says of one crop."""

    label: str
    p_male: float


@dataclass(frozen=True)
class Turn:
    """The first step, counted from 0, at which the answer is another, and which one it is then."""

    amount: int
    label: str


@dataclass(frozen=True)
class Sweep:
    """What became of the answer as one thing changed. `turns` holds at most one a way, the nearer first."""

    kind: str
    seen: dict[int, Verdict]
    turns: tuple[Turn, ...]

    @property
    def turning_point(self) -> int | None:
        return self.turns[0].amount if self.turns else None


Judge = Callable[[Sequence[tuple[str, int]]], Sequence[Verdict]]


def kinds_for(landmarks: Landmarks) -> tuple[str, ...]:
    """What can be changed: a picture that was taken whole has no eyes to tilt or step back from."""
    return KINDS if np.isfinite(landmarks).all() else (LIGHT, SHARPNESS)


def effect(kind: str, amount: int) -> float:
    """What a step means.

    Of light and distance: the share more or less. Of sharpness: below 0 how much sharper, above 0 over which share of
    the side each point is smeared. Of tilt: degrees, clockwise as seen.
    """
    share = amount / FURTHEST
    if kind == LIGHT:
        return -_DARKEST * share if share < 0 else _LIGHTEST * share
    if kind == SHARPNESS:
        return -_SHARPEST * share if share < 0 else _BLURRIEST * share
    if kind == TILT:
        return _STEEPEST * share
    return -_CLOSEST * share if share < 0 else _WIDEST * share


def change(pixels: Pixels, landmarks: Landmarks, kind: str, amount: int, size: int) -> Pixels:
    """The crop of this face, changed; `landmarks` in the picture's own pixels. Amount 0 is the crop as it was."""
    return changed(pixels, landmarks, [(kind, amount)], size)[0]


def changed(
    pixels: Pixels, landmarks: Landmarks, wanted: Sequence[tuple[str, int]], size: int
) -> list[Pixels]:
    """The same for many changes of one face."""
    whole = not np.isfinite(landmarks).all()
    plain = centre_square(pixels, size) if whole else align(pixels, landmarks, size)
    crops = []
    for kind, amount in wanted:
        if kind not in kinds_for(landmarks):
            raise ValueError(f"{kind} cannot be changed on this picture.")
        by = effect(kind, amount)
        if amount == 0:
            crops.append(plain)
        elif kind == LIGHT:
            crops.append(_lit(plain, by))
        elif kind == SHARPNESS:
            crops.append(_sharpened(plain, -by) if by < 0 else _smeared(plain, by))
        elif kind == TILT:
            crops.append(align(pixels, _turned(landmarks, -by), size))
        else:
            crops.append(align(pixels, landmarks, size, field=1 + by))
    return crops


def verdicts(probabilities: Floats, sure_at: float) -> list[Verdict]:
    """Each row of probabilities as an answer, or none where the model is not sure enough."""
    likelier = probabilities.argmax(axis=1)
    return [
        Verdict(
            LABELS[which] if row[which] >= sure_from(sure_at) else UNSURE, float(row[LABELS.index("male")])
        )
        for which, row in zip(likelier, probabilities, strict=True)
    ]


def sweeps(judge: Judge, kinds: Sequence[str], now: Verdict, sure_at: float) -> dict[str, Sweep]:
    """Where `now`, the answer to the crop as it was, turns into another, for each kind of change.

    First in strides, all of them in one batch; then more closely where it nearly turned; then between the two places
    where it turned, to a single step.
    """
    strides = [(kind, way * amount) for kind in kinds for way in (-1, 1) for amount in COARSE]
    seen: dict[str, dict[int, Verdict]] = {kind: {0: now} for kind in kinds}
    _look(judge, strides, seen)
    _look(judge, [(kind, at) for kind in kinds for at in _near_misses(seen[kind], now.label, sure_at)], seen)
    open_ends = {
        (kind, way): found
        for kind in kinds
        for way in (-1, 1)
        if (found := _bracket(seen[kind], way, now.label))
    }
    guessing = True  # once; where a curve is no line, even steps are never worse than expected
    while unsettled := {key: ends for key, ends in open_ends.items() if ends[1] - ends[0] > 1}:
        count = max(2, AT_ONCE // len(unsettled))
        asked = []
        for (kind, way), (same, other) in unsettled.items():
            margins = [_margin(seen[kind][way * at], now.label, sure_at) for at in (same, other)]
            guess = same + (other - same) * margins[0] / max(margins[0] - margins[1], _EPSILON)
            places = _round(guess, same, other, count) if guessing else _apart(same, other, count)
            asked += [(kind, way * place) for place in places]
        _look(judge, asked, seen)
        for kind, way in unsettled:
            narrower = _bracket(seen[kind], way, now.label)
            assert narrower
            open_ends[kind, way] = narrower
        guessing = False
    return {kind: Sweep(kind, seen[kind], _turns(kind, seen[kind], open_ends)) for kind in kinds}


def _near_misses(seen: dict[int, Verdict], label: str, sure_at: float) -> list[int]:
    """Places round every stride before the first turn that came nearer to turning than both its neighbours."""
    places = set()
    for way in (-1, 1):
        margins = [_margin(seen[way * at], label, sure_at) for at in (0, *COARSE)]
        for number in range(1, len(COARSE)):
            before, here, after = margins[number - 1 : number + 2]
            if here < 0:
                break
            if here < _NEAR and here <= min(before, after):
                places |= {way * (COARSE[number - 1] + by) for by in _BETWEEN}
    return sorted(places)


def _look(judge: Judge, asked: Sequence[tuple[str, int]], seen: dict[str, dict[int, Verdict]]) -> None:
    if not asked:
        return
    for (kind, amount), verdict in zip(asked, judge(asked), strict=True):
        seen[kind][amount] = verdict


def _bracket(seen: dict[int, Verdict], way: int, label: str) -> tuple[int, int] | None:
    """Counted outwards: the last step known to have the answer, and the first known to have another."""
    same = 0
    for amount in sorted(way * one for one in seen if way * one > 0):
        if seen[way * amount].label != label:
            return same, amount
        same = amount
    return None


def _round(guess: float, same: int, other: int, count: int) -> list[int]:
    """Steps between the two, close to where a straight line says that it turns."""
    inside = range(same + 1, other)
    return sorted(inside, key=lambda step: abs(step + 0.5 - guess))[:2] + _apart(same, other, count - 2)


def _apart(same: int, other: int, count: int) -> list[int]:
    """Steps between the two, evenly apart."""
    return sorted({round(step) for step in np.linspace(same, other, count + 2)[1:-1]} - {same, other})


def _margin(verdict: Verdict, label: str, sure_at: float) -> float:
    """How far the answer is from turning; below zero where it has."""
    male = _logit(verdict.p_male)
    sure = _logit(sure_at)
    if label == UNSURE:
        return sure - abs(male)
    return (male if label == "male" else -male) - sure


def _logit(p: float) -> float:
    p = min(max(p, _EPSILON), 1 - _EPSILON)
    return math.log(p / (1 - p))


def _turns(
    kind: str, seen: dict[int, Verdict], open_ends: dict[tuple[str, int], tuple[int, int]]
) -> tuple[Turn, ...]:
    amounts = [way * open_ends[kind, way][1] for way in (-1, 1) if (kind, way) in open_ends]
    return tuple(Turn(amount, seen[amount].label) for amount in sorted(amounts, key=abs))


def _lit(crop: Pixels, by: float) -> Pixels:
    return np.asarray(np.clip(np.rint(crop * np.float32(1 + by)), 0, 255), np.uint8)


def _smeared(crop: Pixels, over: float) -> Pixels:
    """Every point spread over this share of the side: two standard deviations wide."""
    blurred = cv2.GaussianBlur(crop, (0, 0), over / 2 * len(crop), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)


def _sharpened(crop: Pixels, by: float) -> Pixels:
    """Fine detail, as far as it differs from its surroundings, made stronger."""
    smooth = cv2.GaussianBlur(crop, (0, 0), _FINE_DETAIL * len(crop), borderType=cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    return np.asarray(np.clip(np.rint(crop + by * (crop - smooth)), 0, 255), np.uint8)


def _turned(landmarks: Landmarks, degrees: float) -> Landmarks:
    """Round their middle, clockwise as seen."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = landmarks.mean(axis=0)
    return np.asarray((landmarks - middle) @ turn.T + middle, np.float32)
