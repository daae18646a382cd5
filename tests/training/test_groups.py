"""What is said of groups agrees with fairlearn, and small groups are shown without being judged."""

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, equalized_odds_difference
from sklearn.metrics import accuracy_score, recall_score

from tests.training.tables import exact, table
from training import answers, groups
from training.answers import Answers, Counts

SEEDS = range(50)


def _read(seed: int, n: int = 900) -> tuple[pd.DataFrame, Answers, pd.DataFrame]:
    """A table, its answers, and the same rows as fairlearn takes them."""
    made = table(seed, n=n)
    plain = made[made["found"]].reset_index(drop=True)
    plain["said"] = (plain["p_male"] > 0.5).astype(int)
    return made, answers.read(made), plain


@pytest.mark.parametrize("seed", SEEDS)
def test_every_group_counts_as_in_fairlearns_metric_frame(seed: int) -> None:
    made, said, plain = _read(seed)
    plain = plain[plain["race"].notna()]
    women = {"pos_label": 0, "zero_division": np.nan}
    frame = MetricFrame(
        metrics={
            "accuracy": accuracy_score,
            "n": lambda truth, _said: len(truth),
            "women": lambda truth, said: recall_score(truth, said, **women),
        },
        y_true=plain["label"],
        y_pred=plain["said"],
        sensitive_features=plain["race"],
    )

    found = groups.by(made, said, "race")

    assert list(found) == sorted(frame.by_group.index)
    for name, row in frame.by_group.iterrows():
        counts = found[str(name)]
        assert counts.n == row["n"]
        assert counts.accuracy is not None
        assert counts.accuracy.value == pytest.approx(row["accuracy"])
        women_found = counts.recall["female"]
        assert (women_found.value if women_found else np.nan) == pytest.approx(row["women"], nan_ok=True)
    large = frame.by_group[frame.by_group["n"] >= groups.ENOUGH]
    gap = groups.largest_gap(found)
    assert gap is not None
    assert gap.worst == large["accuracy"].idxmin() == groups.ranked(found)[0]
    assert gap.difference.value == pytest.approx(large["accuracy"].max() - large["accuracy"].min())
    assert gap.difference.low <= gap.difference.value <= gap.difference.high


@pytest.mark.parametrize("seed", SEEDS)
def test_equalised_odds_are_fairlearns_among_groups_large_enough(seed: int) -> None:
    made, said, plain = _read(seed)
    sizes = plain.groupby(["race", "label"]).size().unstack(fill_value=0).min(axis=1)
    plain = plain[plain["race"].isin(sizes[sizes >= groups.ENOUGH].index)]

    found = groups.equalised_odds(groups.by(made, said, "race"))

    expected = equalized_odds_difference(plain["label"], plain["said"], sensitive_features=plain["race"])
    assert found is not None
    assert found.value == pytest.approx(expected)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_of_groups_all_alike_the_intervals_hold_nothing_and_of_unlike_ones_the_truth() -> None:
    def drawn(recalls: np.ndarray, n: int) -> dict[str, Counts]:
        found = {}
        for number, row in enumerate(recalls):
            right = random.binomial(n, row)
            cells = np.zeros((2, 2, 2), dtype=np.int64)
            cells[(0, 1), (0, 1), 1], cells[(0, 1), (1, 0), 1] = right, n - right
            found[str(number)] = Counts(cells)
        return found

    random, tables = np.random.default_rng(0), 200
    for recalls in (np.full((5, 2), 0.95), np.array([[0.95, 0.95]] * 4 + [[0.85, 0.95]])):
        truth, held, gaps = float(np.ptp(recalls, axis=0).max()), 0, 0
        for _ in range(tables):
            found = drawn(recalls, 150)
            odds, gap = groups.equalised_odds(found), groups.largest_gap(found)
            assert odds
            assert gap
            held += odds.low <= truth <= odds.high
            gaps += gap.difference.low <= np.ptp(recalls.mean(axis=1)) <= gap.difference.high
        assert held >= 0.94 * tables
        assert gaps >= 0.94 * tables


@pytest.mark.parametrize("seed", range(5))
def test_pairs_of_groups_count_as_in_fairlearn(seed: int) -> None:
    made, said, plain = _read(seed)
    plain = plain[plain["race"].notna() & plain["age_band"].notna()]
    frame = MetricFrame(
        metrics=accuracy_score,
        y_true=plain["label"],
        y_pred=plain["said"],
        sensitive_features=plain[["race", "age_band"]],
    )
    expected = {" × ".join(names): value for names, value in frame.by_group.dropna().items()}

    found = groups.by(made, said, "race", "age")

    values = {name: counts.accuracy.value for name, counts in found.items() if counts.accuracy}
    assert values == pytest.approx(expected)


def test_ages_stand_in_the_order_of_years_and_come_from_years_where_no_band_is_known() -> None:
    made, said, _ = _read(1)

    found = groups.by(made, said, "age")
    from_years = groups.by(made.drop(columns="age_band"), said, "age")

    assert list(found) == ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+"]
    assert {name: counts.n for name, counts in from_years.items()} == {
        name: counts.n for name, counts in found.items()
    }


def test_any_column_can_be_asked_for_and_unknown_values_are_left_out() -> None:
    made, said, plain = _read(2)

    found = groups.by(made, said, "attr_eyeglasses")

    assert {name: counts.n for name, counts in found.items()} == {
        "no": int((plain["attr_eyeglasses"] == False).sum()),  # noqa: E712
        "yes": int((plain["attr_eyeglasses"] == True).sum()),  # noqa: E712
    }
    assert groups.by(made, said, "nothing_like_it") == {}
    assert groups.by(made, said, "race", "nothing_like_it") == {}
    assert groups.by(made.assign(race=pd.Series([None] * len(made), dtype="str")), said, "race") == {}


def test_a_few_unlucky_faces_are_shown_but_not_called_the_worst_group() -> None:
    many, few = exact([[90, 10], [5, 95]]), exact([[2, 8], [8, 2]])
    both = pd.concat([many.assign(race="many"), few.assign(race="few")], ignore_index=True)
    said = answers.read(both)

    found = groups.by(both, said, "race")

    assert found["few"].n == 20
    assert groups.ranked(found) == ["many"]
    assert groups.largest_gap(found) is None
    assert groups.equalised_odds(found) is None


def test_a_gap_that_is_luck_and_one_that_is_not_are_told_apart() -> None:
    def gap(first: list[list[int]], second: list[list[int]]) -> float | None:
        parts = [exact(first).assign(race="a"), exact(second).assign(race="b")]
        both = pd.concat(parts, ignore_index=True)
        found = groups.largest_gap(groups.by(both, answers.read(both), "race"))
        assert found is not None
        return found.p

    assert gap([[90, 10], [10, 90]], [[92, 8], [9, 91]]) > 0.3  # type: ignore[operator]
    assert gap([[90, 10], [10, 90]], [[70, 30], [25, 75]]) < 0.001  # type: ignore[operator]
    assert gap([[100, 0], [0, 100]], [[100, 0], [0, 100]]) == 1.0


def test_adults_are_those_of_twenty_and_over() -> None:
    made, said, plain = _read(3)

    found = groups.adults(made, said)

    assert found is not None
    assert found.n == int((plain["age"] >= 20).sum())
    assert groups.adults(made.drop(columns=["age", "age_band"]), said) is None
