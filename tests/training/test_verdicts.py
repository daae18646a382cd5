"""What may be said of gaps between groups, and that the number of photos asked for is the number that tells."""

import numpy as np
import pytest

from training import groups as grouping
from training import statistics, verdicts
from training.answers import Counts
from training.statistics import LEVEL


def counts(right: int, n: int) -> Counts:
    cells = np.zeros((2, 2, 2), dtype=np.int64)
    cells[0, 0, 1], cells[0, 1, 1] = right, n - right
    return Counts(cells)


def test_a_wide_gap_of_many_photos_is_real() -> None:
    found = {"young": counts(700, 1000), "old": counts(950, 1000)}
    gap = grouping.largest_gap(found)
    assert gap

    assert verdicts.of_gap(gap, found).kind == "real"
    assert {name: one.kind for name, one in verdicts.of_each(found).items()} == {
        "young": "real",
        "old": "real",
    }


def test_so_many_photos_as_are_asked_for_would_tell_and_fewer_would_not() -> None:
    found = {"young": counts(88, 100), "old": counts(930, 1000)}

    verdict = verdicts.of_each(found)["young"]

    assert verdict.kind == "more"
    assert verdict.photos

    def low(more: int) -> float:
        """The end nearest to 0 if the young stayed 88% right, at the level for two groups."""
        n = 100 + more
        told = statistics.difference(0.88 * n, n, 930, 1000, 1 - (1 - LEVEL) / 2)  # type: ignore[arg-type]
        assert told
        return told.high

    assert low(verdict.photos) < 0
    assert low(verdict.photos - 2) > 0


def test_the_largest_gap_says_how_many_photos_of_both_it_takes() -> None:
    found = {"young": counts(90, 100), "old": counts(95, 100)}
    gap = grouping.largest_gap(found)
    assert gap

    verdict = verdicts.of_gap(gap, found)

    assert verdict.kind == "more"
    assert verdict.photos
    each = 100 + verdict.photos / 2
    told = statistics.difference(0.95 * each, each, 0.90 * each, each)  # type: ignore[arg-type]
    assert told
    assert told.low == pytest.approx(0, abs=1e-4)


def test_the_worst_of_many_alike_is_unclear_and_not_real() -> None:
    random = np.random.default_rng(3)
    found = {str(number): counts(int(random.binomial(200, 0.9)), 200) for number in range(20)}
    gap = grouping.largest_gap(found)
    assert gap
    assert gap.difference.low > 0, "on its own it would look real"

    assert verdicts.of_gap(gap, found).kind == "unclear"
    assert "real" not in {one.kind for one in verdicts.of_each(found).values()}


def test_a_difference_of_nothing_asks_for_no_photos() -> None:
    found = {"young": counts(900, 1000), "old": counts(900, 1000)}

    assert [one.kind for one in verdicts.of_each(found).values()] == ["unclear", "unclear"]


def test_small_groups_and_lone_ones_get_no_verdict() -> None:
    assert verdicts.of_each({"few": counts(10, 29), "many": counts(90, 100)}).keys() == {"many"}
    assert verdicts.of_each({"all": counts(90, 100)}) == {}
    assert verdicts.of_each({}) == {}
