"""What may be said of a gap between groups: that it is real, that nobody can tell, or how many photos would tell.

A group is compared with everybody else of its column. The more groups there are the likelier one of them looks bad by
luck, so with `m` groups each interval is that of 1 - 0.05 / m instead of 95% (Bonferroni). So many photos "would
tell" when they would in four of five cases; an interval that just excludes 0 is what they bring in one of two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy import special

from training import groups as grouping
from training import statistics
from training.groups import Gap, Groups
from training.statistics import LEVEL, Estimate

Kind = Literal["real", "unclear", "more"]
MOST_PHOTOS = 20_000  # a gap that only more than these could show is too small to be called one
MOST_TIMES = 50
POWER = 0.8


@dataclass(frozen=True)
class Verdict:
    """`difference` is of shares that are right; `photos` how many more would tell, if it stayed as it is."""

    kind: Kind
    difference: Estimate
    photos: int | None = None


def of_gap(gap: Gap, groups: Groups) -> Verdict:
    """Of the largest gap of a column, whose interval is widened for having been picked among all pairs."""
    low, high = groups[gap.worst], groups[gap.best]
    if _tells(gap.difference):
        return Verdict("real", gap.difference)

    level = _with_power(gap.level)

    def tells(times: float) -> bool:
        two = *_scaled(high.right, high.n, times), *_scaled(low.right, low.n, times)
        return _tells(statistics.difference(*two, level))

    return _wanting(gap.difference, tells, low.n + high.n)


def of_each(groups: Groups) -> dict[str, Verdict]:
    """Of each group of enough faces against all other faces of the column; empty where there is one group only."""
    ranked = grouping.ranked(groups)
    right, n = sum(one.right for one in groups.values()), sum(one.n for one in groups.values())
    found = {}
    for name in ranked:
        one = groups[name]
        verdict = _against(one.right, one.n, right - one.right, n - one.n, 1 - (1 - LEVEL) / len(ranked))
        if verdict:
            found[name] = verdict
    return found


def _against(right: int, n: int, others_right: int, others: int, level: float) -> Verdict | None:
    difference = statistics.difference(right, n, others_right, others, level)
    if difference is None:
        return None
    if _tells(difference):
        return Verdict("real", difference)
    with_power = _with_power(level)

    def tells(times: float) -> bool:
        """With so many times the photos of this group, and no others."""
        return _tells(statistics.difference(*_scaled(right, n, times), others_right, others, with_power))

    return _wanting(difference, tells, n)


def _wanting(difference: Estimate, tells: Callable[[float], bool], n: int) -> Verdict:
    """How many more photos than `n` it takes until so many times them are likely to tell."""
    low, high = 1.0, float(min(MOST_TIMES, MOST_PHOTOS / n + 1))
    if not tells(high):
        return Verdict("unclear", difference)
    while (high - low) * n > 0.5:
        middle = (low + high) / 2
        low, high = (low, middle) if tells(middle) else (middle, high)
    return Verdict("more", difference, round(high * n) - n or 1)


def _with_power(level: float) -> float:
    """An interval of this level excludes 0 where one of `level` will, of new photos, in `POWER` of all cases."""
    return float(2 * special.ndtr(special.ndtri((1 + level) / 2) + special.ndtri(POWER)) - 1)


def _scaled(right: int, n: int, times: float) -> tuple[int, int]:
    # Not whole numbers, which the interval's formula does not ask for.
    return right * times, n * times  # type: ignore[return-value]


def _tells(difference: Estimate | None) -> bool:
    return difference is not None and (difference.low > 0 or difference.high < 0)
