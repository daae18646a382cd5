"""ROC and precision-recall curves of scores, with the areas under them and how sure one can be of those.

Scores that are equal move a curve together, so that an area does not depend on the order of the photos.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from training.statistics import LEVEL, Estimate, Floats, scored, wilson


@dataclass(frozen=True)
class Curve:
    """Points (x, y) from the strictest threshold to the mildest: label 1 is said where the score is at least it.

    ROC: x is the false alarm rate, y the recall. Precision-recall: x is the recall, y the precision.
    """

    x: Floats
    y: Floats
    thresholds: Floats
    area: Estimate


@dataclass(frozen=True)
class _Placed:
    """For DeLong: of each photo of label 1 the share of label 0 that it outscores, and the reverse."""

    above: Floats
    below: Floats

    @property
    def area(self) -> float:
        return float(self.above.mean())


def roc(p: ArrayLike, labels: ArrayLike) -> Curve | None:
    """None unless both labels are there."""
    steps = _steps(p, labels)
    area = auc(p, labels)
    if steps is None or area is None:
        return None
    thresholds, hits, alarms = steps
    return Curve(
        np.append(0, alarms / alarms[-1]),
        np.append(0, hits / hits[-1]),
        np.append(np.inf, thresholds),
        area,
    )


def precision_recall(p: ArrayLike, labels: ArrayLike) -> Curve | None:
    """The area is average precision; None unless both labels are there.

    Its interval is that of a share of the photos of label 1 (Boyd, Eng and Page 2013).
    """
    steps = _steps(p, labels)
    if steps is None:
        return None
    thresholds, hits, alarms = steps
    recall, precision = hits / hits[-1], hits / (hits + alarms)
    value = min(1.0, float((np.diff(recall, prepend=0) * precision).sum()))
    interval = wilson(value * hits[-1], hits[-1])
    return Curve(recall, precision, thresholds, Estimate(value, *interval)) if interval else None


def auc(p: ArrayLike, labels: ArrayLike, level: float = LEVEL) -> Estimate | None:
    """How often a photo of label 1 scores above one of label 0, ties counting half (DeLong 1988).

    The interval is made on the scale of log odds, which keeps it inside 0..1. Where DeLong sees no spread, as
    where all pairs are right, it is that of as many pairs as can be made without using a photo twice.
    """
    placed = _placed(p, labels)
    if placed is None:
        return None
    area, ones, zeros = placed.area, len(placed.above), len(placed.below)
    spread = _covariance(placed, placed) ** 0.5 if min(ones, zeros) > 1 else 0.0
    if spread < 1e-12 or area in (0, 1):
        pairs = min(ones, zeros)
        low, high = wilson(area * pairs, pairs, level) or (0.0, 1.0)
    else:
        reach = special.ndtri((1 + level) / 2) * spread / (area * (1 - area))
        low, high = (float(special.expit(special.logit(area) + way * reach)) for way in (-1, 1))
    return Estimate(area, low, high)


def auc_difference(
    first: ArrayLike, second: ArrayLike, labels: ArrayLike, level: float = LEVEL
) -> Estimate | None:
    """Second area minus first, where both models scored the same photos in the same order."""
    one, two = _placed(first, labels), _placed(second, labels)
    if one is None or two is None or min(len(one.above), len(one.below)) < 2:
        return None
    if np.array_equal(np.asarray(first), np.asarray(second)):
        return Estimate(0.0, 0.0, 0.0)
    variance = _covariance(one, one) + _covariance(two, two) - 2 * _covariance(one, two)
    if variance < 1e-24:
        return None
    half = float(special.ndtri((1 + level) / 2)) * variance**0.5
    value = two.area - one.area
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))


def _placed(p: ArrayLike, labels: ArrayLike) -> _Placed | None:
    checked = scored(p, labels)
    if checked is None or len(np.unique(checked[1])) < 2:
        return None
    scores, truth = checked
    # Sorted once: of each score that occurs, how many of either label have it, and how many a lower one.
    values, where = np.unique(scores, return_inverse=True)
    ones, zeros = (np.bincount(where[truth == label], minlength=len(values)) for label in (1, 0))
    under_one, under_zero = ((np.cumsum(count) - count / 2) / count.sum() for count in (ones, zeros))
    return _Placed(under_zero[where[truth == 1]], 1 - under_one[where[truth == 0]])


def _covariance(one: _Placed, two: _Placed) -> float:
    above = np.cov(one.above, two.above)[0, 1] / len(one.above)
    below = np.cov(one.below, two.below)[0, 1] / len(one.below)
    return float(above + below)


def _steps(p: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats, Floats] | None:
    """Each score that occurs, the highest first, with the photos of label 1 and of label 0 at or above it."""
    checked = scored(p, labels)
    if checked is None or len(np.unique(checked[1])) < 2:
        return None
    scores, truth = checked
    values, where = np.unique(-scores, return_inverse=True)
    hits: NDArray[np.float64] = np.bincount(where, truth).cumsum()
    alarms: NDArray[np.float64] = np.bincount(where, 1 - truth).cumsum()
    return -values, hits, alarms
