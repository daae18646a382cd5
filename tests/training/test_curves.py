"""Curves and their areas are scikit-learn's, whatever is tied; their intervals hold the truth."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from tests.training.tables import table
from training import curves

SEEDS = range(50)


def _scores(seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    made = table(seed, n=n, found=1.0)
    return made["p_male"].to_numpy(np.float64), made["label"].to_numpy()


@pytest.mark.parametrize("seed", SEEDS)
def test_curves_and_areas_are_those_of_scikit_learn(seed: int) -> None:
    p, labels = _scores(seed)

    roc, both = curves.roc(p, labels), curves.precision_recall(p, labels)

    assert roc is not None
    assert both is not None
    x, y, thresholds = roc_curve(labels, p, drop_intermediate=False)
    for found, expected in ((roc.x, x), (roc.y, y), (roc.thresholds, thresholds)):
        np.testing.assert_allclose(found, expected)
    precision, recall, _ = precision_recall_curve(labels, p)
    np.testing.assert_allclose(both.y, precision[-2::-1])
    np.testing.assert_allclose(both.x, recall[-2::-1])
    assert roc.area.value == pytest.approx(roc_auc_score(labels, p))
    assert both.area.value == pytest.approx(average_precision_score(labels, p))
    for area in (roc.area, both.area):
        assert 0 <= area.low < area.value < area.high <= 1


def test_the_order_of_tied_photos_does_not_matter() -> None:
    labels = np.array([1, 0, 1, 0, 1, 0])
    p = np.array([0.7, 0.7, 0.7, 0.7, 0.2, 0.2])

    there, back = curves.roc(p, labels), curves.roc(p[::-1], labels[::-1])

    assert there is not None
    assert back is not None
    assert there.x.tolist() == [0, 2 / 3, 1] == back.x.tolist()
    assert there.area.value == 0.5


def test_delongs_interval_is_that_of_the_plain_formula() -> None:
    p, labels = _scores(11, n=80)
    ones, zeros = p[labels == 1], p[labels == 0]
    wins = np.array([[(a > b) + 0.5 * (a == b) for b in zeros] for a in ones])
    spread = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(ones) + wins.mean(axis=0).var(ddof=1) / len(zeros))
    odds, reach = (
        np.log(wins.mean() / (1 - wins.mean())),
        1.959964 * spread / (wins.mean() * (1 - wins.mean())),
    )

    found = curves.auc(p, labels)

    assert found is not None
    assert found.value == pytest.approx(wins.mean())
    assert found.interval == pytest.approx(tuple(1 / (1 + np.exp(-(odds + way * reach))) for way in (-1, 1)))


def test_intervals_of_areas_hold_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    held, differed = [], []
    for _ in range(400):
        labels = np.arange(160) % 2
        shared = random.normal(size=160)
        good = labels * 1.8 + shared + random.normal(size=160) * 0.4
        twin = labels * 1.8 + shared + random.normal(size=160) * 0.4
        first, second = (1 / (1 + np.exp(-scores)) for scores in (good, twin))
        area, change = curves.auc(first, labels), curves.auc_difference(first, second, labels)
        assert area is not None
        assert change is not None
        held.append(area.low <= 0.88129 <= area.high)  # Phi(1.8 / (sqrt(2) * sqrt(1.16)))
        differed.append(not change.low <= 0 <= change.high)

    assert 0.92 < np.mean(held) < 0.98
    assert 0.02 < np.mean(differed) < 0.09


def test_a_model_against_itself_differs_by_nothing() -> None:
    p, labels = _scores(2)

    found = curves.auc_difference(p, p, labels)

    assert found is not None
    assert (found.value, *found.interval) == (0, 0, 0)


def test_all_right_is_not_taken_for_certain() -> None:
    p, labels = [0.1, 0.2, 0.3, 0.8, 0.9, 0.7], [0, 0, 0, 1, 1, 1]

    roc, both = curves.roc(p, labels), curves.precision_recall(p, labels)

    assert roc is not None
    assert both is not None
    assert (roc.area.value, both.area.value) == (1, 1)
    assert roc.area.low == pytest.approx(0.4385, abs=1e-3)  # three of three
    assert both.area.low == pytest.approx(0.4385, abs=1e-3)


@pytest.mark.parametrize(
    ("p", "labels"),
    [([], []), ([0.3, 0.6], [1, 1]), ([0.3, 0.6], [0, 0]), ([0.3, np.nan], [0, 1])],
    ids=["empty", "men only", "women only", "NaN"],
)
def test_without_both_labels_or_with_a_score_that_is_none_there_is_no_curve(
    p: list[float], labels: list[int]
) -> None:
    assert curves.roc(p, labels) is None
    assert curves.precision_recall(p, labels) is None
    assert curves.auc(p, labels) is None
    assert curves.auc_difference(p, p, labels) is None
