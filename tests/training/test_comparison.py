"""Two models on the same photos: matched by id, counted exactly, and never judged by luck."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]

from tests.training.tables import exact, table
from training import comparison
from training.prediction_table import EvaluationError


def _pair(seed: int, turned: float = 0.08) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two models' tables of the same photos; the second changes its mind on some of them."""
    first = table(seed, n=700)
    random = np.random.default_rng(seed + 1000)
    p = first["p_male"].to_numpy(np.float64)
    changed = np.where(random.random(700) < turned, 1 - p, np.clip(p + random.normal(0, 0.03, 700), 0, 1))
    return first, first.assign(p_male=changed.astype(np.float32))


@pytest.mark.parametrize("seed", range(50))
def test_flips_differences_and_the_test_are_those_of_independent_code(seed: int) -> None:
    first, second = _pair(seed)
    seen = first["found"].to_numpy()
    labels = first["label"].to_numpy()[seen]
    p = [one["p_male"].to_numpy()[seen] for one in (first, second)]
    right = [(scores > 0.5) == labels for scores in p]
    gained, lost = (~right[0] & right[1]).sum(), (right[0] & ~right[1]).sum()

    found = comparison.compare(first, second)

    assert (found.change.n, found.change.gained, found.change.lost) == (seen.sum(), gained, lost)
    assert found.change.p == pytest.approx(mcnemar([[0, lost], [gained, 0]], exact=True).pvalue)
    assert set(found.turned_wrong) == set(first["id"][seen][right[0] & ~right[1]])
    assert found.change.difference is not None
    assert found.change.difference.value == pytest.approx(right[1].mean() - right[0].mean())
    assert found.balanced_accuracy is not None
    balanced = [balanced_accuracy_score(labels, scores > 0.5) for scores in p]
    assert found.balanced_accuracy.value == pytest.approx(balanced[1] - balanced[0])
    assert found.auc is not None
    assert found.auc.value == pytest.approx(roc_auc_score(labels, p[1]) - roc_auc_score(labels, p[0]))
    for estimate in (found.change.difference, found.balanced_accuracy, found.auc, found.ece):
        assert estimate is not None
        assert estimate.low <= estimate.value <= estimate.high


def test_a_handful_of_faces_says_nothing_of_calibration() -> None:
    first, second = (one[one["found"].astype(bool)].head(30).reset_index(drop=True) for one in _pair(3))

    assert comparison.compare(first, second).ece is not None
    assert comparison.compare(first.head(29), second.head(29)).ece is None


def test_the_order_of_the_second_table_does_not_matter() -> None:
    first, second = _pair(3)

    there = comparison.compare(first, second)
    shuffled = comparison.compare(first, second.sample(frac=1, random_state=1).reset_index(drop=True))

    assert there.as_json() == shuffled.as_json()


def test_the_groups_add_up_to_the_whole() -> None:
    first, second = _pair(5)

    found = comparison.compare(first, second, columns=("age", "attr_eyeglasses"))

    known = first[first["found"] & first["age_band"].notna()]
    assert list(found.groups) == ["age", "attr_eyeglasses"]
    assert sum(change.n for change in found.groups["age"].values()) == len(known)
    assert list(found.groups["age"])[:3] == ["0-2", "3-9", "10-19"]
    assert set(found.groups["attr_eyeglasses"]) == {"no", "yes"}
    assert sum(change.gained for change in found.recall.values()) == found.change.gained


def test_better_worse_and_nobody_can_tell() -> None:
    def against(gained: int, lost: int) -> comparison.Comparison:
        steady = [1.0] * 200
        first = exact([[0, 0], [0, 200 + gained + lost]])
        first["p_male"] = np.array(steady + [0.2] * gained + [0.8] * lost, np.float32)
        second = first.assign(p_male=np.array(steady + [0.8] * gained + [0.2] * lost, np.float32))
        return comparison.compare(first, second)

    assert against(31, 12).verdict == "better"
    assert against(12, 31).verdict == "worse"
    assert against(9, 7).verdict == "unclear"
    assert against(0, 0).verdict == "unclear"
    assert against(31, 12).auc is None  # men only


def test_a_model_against_itself_differs_by_nothing() -> None:
    first = table(1)

    found = comparison.compare(first, first).as_json()

    assert found["accuracy"]["gained"] == found["accuracy"]["lost"] == found["auc"] == found["ece"] == 0
    assert found["accuracy"]["p"] == 1.0
    assert found["accuracy"]["difference_interval"][0] < 0 < found["accuracy"]["difference_interval"][1]
    json.dumps(found, allow_nan=False)


def test_only_faces_that_both_were_shown_count() -> None:
    first, second = exact([[10, 0], [0, 10]]), exact([[10, 0], [0, 10]])
    first.loc[0, ["found", "p_male"]] = [False, np.nan]
    second = second.iloc[:18]

    found = comparison.compare(first, second)

    assert (found.change.n, found.only_first, found.only_second) == (17, 2, 1)


def test_tables_of_other_photos_or_other_labels_are_refused() -> None:
    first = exact([[10, 0], [0, 10]])

    with pytest.raises(EvaluationError) as no_common:
        comparison.compare(first, first.assign(id="x" + first["id"]))
    with pytest.raises(EvaluationError, match="3 photos are labelled differently") as other:
        comparison.compare(first, first.assign(label=[1, 1, 1] + [0] * 7 + [1] * 10))

    assert (no_common.value.code, other.value.code) == ("no_common_photos", "other_labels")
