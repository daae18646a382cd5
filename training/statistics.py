"""How sure one can be of a number: intervals, tests and calibration, as pure functions of counts and scores.

Nothing here is ever wrong in silence: where there is nothing to count, one class only, or a score that is not a
number, the answer is None. All intervals are two-sided, 95% unless asked otherwise. Curves are in `curves.py`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Interval = tuple[float, float]
Floats = NDArray[np.float64]

LEVEL = 0.95
BINS = 10
_RESAMPLES = 1000
_CELLS_A_BIN = 10
_TEMPERATURES = (0.02, 50.0)


@dataclass(frozen=True)
class Estimate:
    """A number and the interval that it comes with."""

    value: float
    low: float
    high: float

    @property
    def interval(self) -> Interval:
        return self.low, self.high


@dataclass(frozen=True)
class Reliability:
    """For each bin of confidence from `edges[i]` to `edges[i + 1]`: how many, how confident, how often right.

    Means are NaN where a bin is empty; `lows` and `highs` are the interval of the share that is right.
    """

    edges: Floats
    counts: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats
    lows: Floats
    highs: Floats


def wilson(k: float, n: float, level: float = LEVEL) -> Interval | None:
    """Of a share `k` out of `n`. Stays inside 0..1 and has a width also where all are right."""
    if not (n > 0 and 0 <= k <= n and np.isfinite(n)):
        return None
    z = _z(level)
    share, extra = k / n, z * z / n
    centre = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * np.sqrt(share * (1 - share) / n + extra / (4 * n))
    low = 0.0 if k == 0 else float(centre - half)
    high = 1.0 if k == n else float(centre + half)
    return low, high


def proportion(k: int, n: int, level: float = LEVEL) -> Estimate | None:
    interval = wilson(k, n, level)
    return Estimate(k / n, *interval) if interval else None


def mean_of(parts: Iterable[Estimate | None]) -> Estimate | None:
    """The plain mean of independent estimates, as balanced accuracy is of recalls (Zou and Donner 2008)."""
    known = list(parts)
    if not known or any(part is None for part in known):
        return None
    values, lows, highs = np.array([(part.value, part.low, part.high) for part in known if part]).T
    value, count = values.mean(), len(known)
    low = value - np.sqrt(((values - lows) ** 2).sum()) / count
    high = value + np.sqrt(((highs - values) ** 2).sum()) / count
    return Estimate(float(value), float(low), float(high))


def f1(hits: int, misses: int, false_alarms: int, level: float = LEVEL) -> Estimate | None:
    """F1 rises with hits / (hits + errors), a plain share, whose Wilson interval is carried over."""
    share = proportion(hits, hits + misses + false_alarms, level)
    if share is None:
        return None
    value, low, high = (2 * s / (1 + s) for s in (share.value, share.low, share.high))
    return Estimate(value, low, high)


def difference(k1: int, n1: int, k2: int, n2: int, level: float = LEVEL) -> Estimate | None:
    """First share minus second, of different photos (Newcombe 1998, method 10)."""
    one, two = proportion(k1, n1, level), proportion(k2, n2, level)
    if one is None or two is None:
        return None
    value = one.value - two.value
    low = value - np.hypot(one.value - one.low, two.high - two.value)
    high = value + np.hypot(one.high - one.value, two.value - two.low)
    return Estimate(value, float(low), float(high))


def paired_difference(gained: int, lost: int, n: int, level: float = LEVEL) -> Estimate | None:
    """Second share minus first on the same `n` photos, of which some were gained and some lost.

    Bonett and Price 2012: a Wald interval with one photo added to each kind of change.
    """
    if n <= 0 or min(gained, lost) < 0 or gained + lost > n:
        return None
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = _z(level) * np.sqrt((up + down - (up - down) ** 2) / (n + 2))
    value = (gained - lost) / n
    low, high = max(-1.0, up - down - half), min(1.0, up - down + half)
    return Estimate(value, float(min(low, value)), float(max(high, value)))


def mcnemar_exact(b: int, c: int) -> float | None:
    """Two-sided p that two models differ, when `b` photos turned one way and `c` the other; 1 where none did."""
    if b < 0 or c < 0:
        return None
    return 1.0 if b == c else min(1.0, 2 * float(special.bdtr(min(b, c), b + c, 0.5)))


def bootstrap_interval(
    counts: ArrayLike,
    statistic: Callable[[NDArray[np.int64]], NDArray[Any]],
    *,
    seed: int = 0,
    resamples: int = _RESAMPLES,
    level: float = LEVEL,
) -> Interval | None:
    """Percentile bootstrap over cells: photos that count alike are drawn together, which is the same and far quicker.

    `statistic` takes resampled counts (resamples x cells) to one number each. None where there is nothing to
    draw, or where every draw gives the same, which says nothing about the next photo.
    """
    cells = np.asarray(counts, dtype=np.int64)
    total = int(cells.sum())
    if total == 0:
        return None
    draws = np.random.default_rng(seed).multinomial(total, cells / total, size=resamples)
    found = np.asarray(statistic(draws), dtype=np.float64)
    found = found[np.isfinite(found)]
    if len(found) < resamples / 2 or np.ptp(found) == 0:
        return None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def reliability(p: ArrayLike, labels: ArrayLike, bins: int = BINS) -> Reliability | None:
    """How often the likelier answer is right, by how likely the model says it is; `p` is that of label 1."""
    checked = scored(p, labels)
    if checked is None:
        return None
    confidence, right = _confidence(*checked)
    of = _cell(confidence, bins) // _CELLS_A_BIN
    counts = np.bincount(of, minlength=bins)
    rights = np.bincount(of, right, bins)
    with np.errstate(invalid="ignore"):
        means, shares = np.bincount(of, confidence, bins) / counts, rights / counts
    intervals = [wilson(k, n) or (np.nan, np.nan) for k, n in zip(rights, counts, strict=True)]
    lows, highs = np.array(intervals).T
    return Reliability(np.linspace(0.5, 1.0, bins + 1), counts, means, shares, lows, highs)


def ece(p: ArrayLike, labels: ArrayLike, bins: int = BINS, *, seed: int = 0) -> Estimate | None:
    """Expected calibration error of the likelier answer, over bins of equal width from 0.5 to 1.

    Chance alone makes it larger than it is, and resampling makes it larger still; so the interval is the
    bootstrap's mirrored about the estimate. It reaches down to 0 where a model that is calibrated perfectly would
    look as bad, one time in twenty, on as many photos.
    """
    checked = scored(p, labels)
    if checked is None:
        return None
    confidence, right = _confidence(*checked)
    kind = _cell(confidence, bins) * 2 + right.astype(np.int64)
    kinds, where, counts = np.unique(kind, return_inverse=True, return_counts=True)
    mean = np.bincount(where, confidence) / counts
    bin_starts = np.flatnonzero(np.diff(kinds // 2 // _CELLS_A_BIN, prepend=-1))

    def error(rights: NDArray[Any], draws: NDArray[Any]) -> Floats:
        gaps: Floats = np.abs(np.add.reduceat(rights - draws * mean, bin_starts, axis=1)).sum(axis=1) / len(
            right
        )
        return gaps

    value = float(error((counts * (kinds % 2))[None], counts[None])[0])
    found = bootstrap_interval(counts, lambda draws: error(draws * (kinds % 2), draws), seed=seed)
    low, high = (2 * value - found[1], 2 * value - found[0]) if found else (0.0, 1.0)
    if value <= np.quantile(_by_chance(confidence, bins, np.random.default_rng(seed)), LEVEL):
        low = 0.0
    return Estimate(value, max(0.0, min(value, low)), min(1.0, max(value, high)))


def ece_difference(
    first: ArrayLike, second: ArrayLike, labels: ArrayLike, *, seed: int = 0
) -> Estimate | None:
    """Second calibration error minus first, on the same photos; photos are drawn anew for both together.

    Chance alone makes an error larger, the more so the less sure a model is. So the interval reaches to 0 where two
    models that are calibrated perfectly, and as sure as these, would look as different, one time in twenty.
    """
    one, two = scored(first, labels), scored(second, labels)
    if one is None or two is None:
        return None
    if np.array_equal(one[0], two[0]):
        return Estimate(0.0, 0.0, 0.0)
    bins, kind, excesses = BINS, np.zeros(len(one[0]), np.int64), []
    for p, truth in (one, two):
        confidence, right = _confidence(p, truth)
        kind = (kind * bins + _cell(confidence, bins) // _CELLS_A_BIN) * 2 + right.astype(np.int64)
        excesses.append(right - confidence)
    everywhere = np.bincount(kind)
    kinds = np.flatnonzero(everywhere)
    counts = everywhere[kinds]
    weights = [
        np.eye(bins)[kinds // step % bins] * (np.bincount(kind, excess)[kinds] / counts)[:, None]
        for step, excess in zip((4 * bins, 2), excesses, strict=True)
    ]

    def change(draws: NDArray[np.int64]) -> Floats:
        earlier, later = (np.abs(draws @ weight).sum(axis=1) / len(one[0]) for weight in weights)
        difference: Floats = later - earlier
        return difference

    value = float(change(counts[None])[0])
    low, high = bootstrap_interval(counts, change, seed=seed) or (value - 1, value + 1)
    if low > 0 or high < 0:
        random = np.random.default_rng(seed)
        earlier, later = (_by_chance(_confidence(*model)[0], bins, random) for model in (one, two))
        least, most = np.quantile(later - earlier, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        if least <= value <= most:
            low, high = min(low, 0.0), max(high, 0.0)
    return Estimate(value, max(-1.0, min(value, low)), min(1.0, max(value, high)))


def brier(p: ArrayLike, labels: ArrayLike, level: float = LEVEL) -> Estimate | None:
    """Mean squared distance between `p` of label 1 and the truth."""
    checked = scored(p, labels)
    if checked is None or len(checked[0]) < 2:
        return None
    squares = (checked[0] - checked[1]) ** 2
    value = float(squares.mean())
    of_the_mean = squares.std(ddof=1) / np.sqrt(len(squares))
    half = float(special.stdtrit(len(squares) - 1, (1 + level) / 2) * of_the_mean)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float | None:
    """The number to divide logits by so that they tell the truth; Nx2, or their difference (label 1 minus 0).

    Targets stand a little inside 0 and 1 (Platt 1999), without which photos that are all right would ask for no
    temperature at all. None without both labels.
    """
    given = np.asarray(logits, dtype=np.float64)
    margin = given[:, 1] - given[:, 0] if given.ndim == 2 else given
    truth = np.asarray(labels, dtype=np.float64)
    if len(margin) == 0 or not np.isfinite(margin).all() or len(np.unique(truth)) < 2:
        return None
    target = (truth * len(truth) + 1) / (len(truth) + 2)

    def loss(log_temperature: float) -> float:
        scaled = margin / np.exp(log_temperature)
        return float((np.logaddexp(0, scaled) - target * scaled).mean())

    from scipy import optimize  # half a second long, and wanted by those alone who train

    # Convex in 1 / temperature, hence with one minimum only.
    found = optimize.minimize_scalar(loss, bounds=tuple(np.log(_TEMPERATURES)), method="bounded")
    return float(np.exp(found.x))


def choose_sure_at(
    p: ArrayLike, labels: ArrayLike, at_least: float = 0.98, level: float = 0.9
) -> float | None:
    """The smallest confidence, in thousandths, from which answers are right at least so often, with a margin.

    The margin: not the share itself but the lower end of its Wilson interval must reach `at_least`, so that new
    photos of the same kind keep the promise 19 times in 20 (`level` 0.9 leaves a twentieth below). None where
    no confidence is enough, or there are too few photos to tell.
    """
    checked = scored(p, labels)
    if checked is None:
        return None
    confidence, right = _confidence(*checked)
    order = np.argsort(confidence)
    rights_from = np.append(np.cumsum(right[order][::-1])[::-1], 0)
    for sure_at in np.arange(500, 1000) / 1000:
        first = int(np.searchsorted(confidence[order], sure_at))
        interval = wilson(rights_from[first], len(right) - first, level)
        if interval and interval[0] >= at_least:
            return float(sure_at)
    return None


def scored(p: ArrayLike, labels: ArrayLike) -> tuple[Floats, Floats] | None:
    """Probabilities and labels as numbers; None where there are none, or one of them is none."""
    chances, truth = np.asarray(p, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if chances.shape != truth.shape or chances.ndim != 1:
        raise ValueError(f"One score a label, not {chances.shape} and {truth.shape}.")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("Labels are 0 and 1.")
    within = len(chances) and bool(((chances >= 0) & (chances <= 1)).all())
    return (chances, truth) if within else None


def _confidence(p: Floats, truth: Floats) -> tuple[Floats, Floats]:
    return np.maximum(p, 1 - p), ((p > 0.5) == (truth == 1)).astype(np.float64)


def _by_chance(confidence: Floats, bins: int, random: np.random.Generator) -> Floats:
    """Calibration errors that a model which is calibrated perfectly, and as sure as this, shows on as many photos."""
    of = _cell(confidence, bins) // _CELLS_A_BIN
    counts, rights = np.bincount(of, minlength=bins), np.bincount(of, confidence, bins)
    mean = np.minimum(rights / np.maximum(counts, 1), 1.0)
    drawn = random.binomial(counts, mean, size=(_RESAMPLES, bins))
    errors: Floats = np.abs(drawn - rights).sum(axis=1) / len(confidence)
    return errors


def _cell(confidence: Floats, bins: int) -> NDArray[np.int64]:
    """Narrow slices of confidence, a whole number of which make a bin."""
    cells = bins * _CELLS_A_BIN
    return np.clip(((confidence - 0.5) * 2 * cells).astype(np.int64), 0, cells - 1)


def _z(level: float) -> float:
    return float(special.ndtri((1 + level) / 2))
