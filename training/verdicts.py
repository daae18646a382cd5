"""What may be said of a gap between groups: that it is real, that nobody can tell, or how many photos would tell.

A group is compared with everybody else of its column. The more groups there are the likelier one of them looks bad by
luck, so with `m` groups each interval is that of 1 - 0.05 / m instead of 95% (Bonferroni).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from training import groups as grouping
from training import statistics
from training.groups import Gap, Groups
from training.statistics import LEVEL, Estimate

Kind = Literal["real", "unclear", "more"]
MOST_PHOTOS = 20_000  # a gap that only more than these could show is too small to be called one
MOST_TIMES = 50


@dataclass(frozen=True)
class Verdict:
    """`difference` is of shares that are right; `photos` how many more would tell, if it stayed as it is."""

    kind: Kind
    difference: Estimate
    photos: int | None = None


def of_gap(gap: Gap, groups: Groups) -> Verdict:
    """Of the largest gap of a column: real if neither the two groups nor all of them could be alike by luck."""
    low, high = groups[gap.worst], groups[gap.best]
    if _tells(gap.difference):
        by_luck = gap.p is not None and gap.p >= 1 - LEVEL
        return Verdict("unclear" if by_luck else "real", gap.difference)

    def at(times: float) -> Estimate | None:
        return statistics.difference(
            *_scaled(high.right, high.n, times), *_scaled(low.right, low.n, times), LEVEL
        )

    return _wanting(gap.difference, at, low.n + high.n)


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

    def at(times: float) -> Estimate | None:
        """With so many times the photos of this group, and no others."""
        return statistics.difference(*_scaled(right, n, times), others_right, others, level)

    return _wanting(difference, at, n)


def _wanting(difference: Estimate, at: Callable[[float], Estimate | None], n: int) -> Verdict:
    """How many more photos than `n` it takes until `at` so many times them the interval excludes 0."""
    enough = float(min(MOST_TIMES, MOST_PHOTOS / n + 1))
    found = at(enough)
    if found is None or not _tells(found):
        return Verdict("unclear", difference)
    low, high = 1.0, enough
    while (high - low) * n > 0.5:
        middle = (low + high) / 2
        told = at(middle)
        low, high = (low, middle) if told and _tells(told) else (middle, high)
    return Verdict("more", difference, round(high * n) - n or 1)


def _scaled(right: int, n: int, times: float) -> tuple[int, int]:
    # Not whole numbers, which the interval's formula does not ask for.
    return right * times, n * times  # type: ignore[return-value]


def _tells(difference: Estimate) -> bool:
    return difference.low > 0 or difference.high < 0
