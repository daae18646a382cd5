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


def test_so_many_photos_as_are_asked_for_would_tell_in_four_of_five_cases() -> None:
    found = {"young": counts(88, 100), "old": counts(930, 1000)}

    verdict = verdicts.of_each(found)["young"]

    assert verdict.kind == "more"
    assert verdict.photos
    n = 100 + verdict.photos
    drawn = [
        statistics.difference(int(right), n, 930, 1000, 1 - (1 - LEVEL) / 2)
        for right in np.random.default_rng(0).binomial(n, 0.88, 2000)
    ]
    assert np.mean([told.high < 0 for told in drawn if told]) == pytest.approx(0.8, abs=0.05)


def test_the_largest_gap_says_how_many_photos_of_both_it_takes_in_four_of_five_cases() -> None:
    found = {"young": counts(90, 100), "old": counts(95, 100), "others": counts(925, 1000)}
    gap = grouping.largest_gap(found)
    assert gap

    verdict = verdicts.of_gap(gap, found)

    assert verdict.kind == "more"
    assert verdict.photos
    n, random = 100 + verdict.photos // 2, np.random.default_rng(0)
    drawn = [
        statistics.difference(int(old), n, int(young), n, 1 - (1 - LEVEL) / 3)
        for old, young in zip(random.binomial(n, 0.95, 2000), random.binomial(n, 0.90, 2000), strict=True)
    ]
    assert np.mean([told.low > 0 for told in drawn if told]) == pytest.approx(0.8, abs=0.05)


def test_of_many_alike_hardly_ever_a_gap_is_called_real() -> None:
    random = np.random.default_rng(3)
    kinds, excluded = [], 0
    for _ in range(200):
        found = {str(number): counts(int(random.binomial(200, 0.9)), 200) for number in range(12)}
        gap = grouping.largest_gap(found)
        assert gap
        kinds.append(verdicts.of_gap(gap, found).kind)
        best, worst = found[gap.best].right, found[gap.worst].right
        alone = statistics.difference(best, 200, worst, 200)
        excluded += alone is not None and alone.low > 0

    assert excluded > 100, "two groups on their own would look unlike"
    assert kinds.count("real") <= 10


def test_a_difference_of_nothing_asks_for_no_photos() -> None:
    found = {"young": counts(900, 1000), "old": counts(900, 1000)}

    assert [one.kind for one in verdicts.of_each(found).values()] == ["unclear", "unclear"]


def test_small_groups_and_lone_ones_get_no_verdict() -> None:
    assert verdicts.of_each({"few": counts(10, 29), "many": counts(90, 100)}).keys() == {"many"}
    assert verdicts.of_each({"all": counts(90, 100)}) == {}
    assert verdicts.of_each({}) == {}
