"""Intervals and tests agree with scipy, scikit-learn and statsmodels, and hold what they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss
from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    proportion_confint,
)

from tests.training.tables import table
from training import statistics
from training.statistics import Estimate

SEEDS = range(50)


def _scores(seed: int) -> tuple[np.ndarray, np.ndarray]:
    made = table(seed, found=1.0)
    return made["p_male"].to_numpy(np.float64), made["label"].to_numpy()


@given(st.integers(1, 5000), st.data(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_is_that_of_scipy_and_statsmodels(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))

    found = statistics.wilson(k, n, level)

    expected = stats.binomtest(k, n).proportion_ci(level, "wilson")
    assert found == pytest.approx(tuple(expected), abs=1e-9)
    assert found == pytest.approx(proportion_confint(k, n, 1 - level, "wilson"), abs=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (1, 0), (-1, 5), (6, 5), (np.nan, 5), (1, np.nan)])
def test_a_share_of_nothing_has_no_interval(k: float, n: float) -> None:
    assert statistics.wilson(k, n) is None


def test_where_all_are_right_the_interval_still_has_a_width() -> None:
    assert statistics.wilson(20, 20) == pytest.approx((0.8389, 1.0), abs=1e-4)
    whole = statistics.f1(20, 0, 0)
    assert whole is not None
    assert (whole.value, *whole.interval) == pytest.approx((1.0, 0.9124, 1.0), abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_differences_of_two_groups_are_newcombes(seed: int) -> None:
    random = np.random.default_rng(seed)
    n1, n2 = (int(n) for n in random.integers(5, 400, 2))
    k1, k2 = int(random.integers(0, n1 + 1)), int(random.integers(0, n2 + 1))

    found = statistics.difference(k1, n1, k2, n2)

    assert found is not None
    assert found.value == pytest.approx(k1 / n1 - k2 / n2)
    assert found.interval == pytest.approx(
        confint_proportions_2indep(k1, n1, k2, n2, method="newcomb"), abs=1e-9
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_mcnemar_is_that_of_statsmodels(seed: int) -> None:
    b, c = (int(n) for n in np.random.default_rng(seed).integers(0, 60, 2))

    assert statistics.mcnemar_exact(b, c) == pytest.approx(mcnemar([[900, b], [c, 20]], exact=True).pvalue)


def test_mcnemar_on_the_figures_that_the_pages_show() -> None:
    assert statistics.mcnemar_exact(31, 12) == pytest.approx(0.0053, abs=5e-4)
    assert statistics.mcnemar_exact(9, 7) == pytest.approx(0.80, abs=5e-3)
    assert statistics.mcnemar_exact(0, 0) == 1.0
    assert statistics.mcnemar_exact(-1, 3) is None


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of balanced accuracy, F1 and paired differences, which no library at hand gives: simulated 2,000 times."""
    random = np.random.default_rng(1)
    cells = np.array([0.55, 0.05, 0.04, 0.36])
    tn, fp, fn, tp = cells
    truths = (
        (tn / (tn + fp) + tp / (tp + fn)) / 2,
        2 * tp / (2 * tp + fp + fn),
        fn - fp,
    )
    held = np.zeros(3)
    draws = random.multinomial(150, cells, 2000)

    for draw in draws:
        a, b, c, d = (int(count) for count in draw)
        recalls = [statistics.proportion(a, a + b), statistics.proportion(d, c + d)]
        found = (
            statistics.mean_of(recalls),
            statistics.f1(d, c, b),
            statistics.paired_difference(c, b, 150),
        )
        for index, (estimate, truth) in enumerate(zip(found, truths, strict=True)):
            assert estimate is not None
            held[index] += estimate.low <= truth <= estimate.high

    assert (held / 2000 > 0.94).all(), held
    assert (held / 2000 < 0.98).all(), held


def test_the_mean_of_something_unknown_is_unknown() -> None:
    assert statistics.mean_of([Estimate(0.9, 0.8, 0.95), None]) is None
    assert statistics.mean_of([]) is None


def test_the_bootstrap_agrees_with_drawing_rows() -> None:
    random = np.random.default_rng(3)
    right = random.random(800) < 0.9
    expected = stats.bootstrap(
        (right,), np.mean, n_resamples=4000, method="percentile", rng=5
    ).confidence_interval

    found = statistics.bootstrap_interval(
        [right.sum(), (~right).sum()], lambda draws: draws[:, 0] / draws.sum(axis=1), resamples=4000
    )

    assert found == pytest.approx(tuple(expected), abs=0.004)


def test_a_bootstrap_that_cannot_vary_says_nothing() -> None:
    assert statistics.bootstrap_interval([0, 0], lambda draws: draws[:, 0]) is None
    assert statistics.bootstrap_interval([30, 0], lambda draws: draws[:, 0]) is None


def test_the_same_seed_gives_the_same_interval() -> None:
    p, labels = _scores(4)

    assert statistics.ece(p, labels) == statistics.ece(p, labels)
    assert statistics.ece(p, labels) != statistics.ece(p, labels, seed=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_calibration_error_and_bins_are_those_of_a_plain_loop(seed: int) -> None:
    p, labels = _scores(seed)
    p = np.clip(p + np.random.default_rng(seed).normal(0, 0.01, len(p)), 0, 1)
    confidence, right = np.maximum(p, 1 - p), (p > 0.5) == (labels == 1)
    expected, counts = 0.0, []
    for number in range(10):
        low, high = 0.5 + number / 20, 0.5 + (number + 1) / 20
        inside = (confidence >= low) & ((confidence < high) | (number == 9))
        counts.append(int(inside.sum()))
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())

    found, bins = statistics.ece(p, labels), statistics.reliability(p, labels)

    assert found is not None
    assert bins is not None
    assert found.value == pytest.approx(expected)
    assert found.low <= found.value <= found.high
    assert bins.counts.tolist() == counts
    gaps = bins.counts * np.abs(bins.accuracy - bins.confidence)
    assert np.nansum(gaps) / len(p) == pytest.approx(expected)


def test_chance_is_not_taken_for_bad_calibration() -> None:
    """500 faces of a model that is calibrated perfectly: the error looks like 0.03, the interval reaches to 0."""
    random = np.random.default_rng(0)
    reached = []
    for _ in range(40):
        p = random.beta(0.3, 0.3, 500)
        found = statistics.ece(p, random.random(500) < p)
        assert found is not None
        reached.append(found.low == 0)

    assert np.mean(reached) > 0.9


def test_bad_calibration_is_seen() -> None:
    random = np.random.default_rng(0)
    truth = random.beta(0.6, 0.6, 5000)
    labels = random.random(5000) < truth
    overconfident = 1 / (1 + np.exp(-3 * np.log(truth / (1 - truth))))

    found = statistics.ece(overconfident, labels)

    assert found is not None
    assert found.low > 0.08
    assert found.value == pytest.approx(
        np.mean(np.maximum(overconfident, 1 - overconfident) - np.maximum(truth, 1 - truth)), abs=0.02
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_brier_is_that_of_scikit_learn(seed: int) -> None:
    p, labels = _scores(seed)

    found = statistics.brier(p, labels)

    assert found is not None
    assert found.value == pytest.approx(brier_score_loss(labels, p))
    squares = (p - labels) ** 2
    whole = stats.t.interval(0.95, len(p) - 1, squares.mean(), stats.sem(squares))
    assert found.interval == pytest.approx((max(0, whole[0]), min(1, whole[1])))
    assert 0 <= found.low < found.value < found.high <= 1


def test_a_difference_in_calibration_is_nothing_for_twins_and_something_for_others() -> None:
    random = np.random.default_rng(2)
    p = random.beta(0.5, 0.5, 3000)
    labels = random.random(3000) < p
    sharper = 1 / (1 + np.exp(-2.5 * np.log(p / (1 - p))))

    twins = statistics.ece_difference(p, p, labels)
    others = statistics.ece_difference(p, sharper, labels)

    alone = [statistics.ece(one, labels) for one in (p, sharper)]
    assert twins == Estimate(0.0, 0.0, 0.0)
    assert others is not None
    assert alone[0] is not None
    assert alone[1] is not None
    assert others.value == pytest.approx(alone[1].value - alone[0].value)
    assert others.low > 0


@pytest.mark.parametrize("n", [36, 100])
def test_of_two_models_that_keep_their_word_hardly_ever_one_is_told_to_fit_worse(n: int) -> None:
    """One is right on 95 of 100 faces, the other on 75, as they say: chance alone gives the second more error."""
    random = np.random.default_rng(3)
    told = []
    for _ in range(60):
        labels = random.integers(0, 2, n)
        one, two = (
            np.where((random.random(n) < sure) == (labels == 1), sure, 1 - sure)
            for sure in (random.uniform(least, 1, n) for least in (0.9, 0.5))
        )
        found = statistics.ece_difference(one, two, labels)
        assert found is not None
        told.append(found.low > 0 or found.high < 0)

    assert np.mean(told) <= 0.1


@pytest.mark.parametrize("asked", [0.5, 1.0, 1.6, 4.0])
def test_the_temperature_that_was_put_in_comes_out(asked: float) -> None:
    random = np.random.default_rng(0)
    margin = random.normal(0, 3, 20_000)
    labels = (random.random(20_000) < 1 / (1 + np.exp(-margin))).astype(int)
    logits = np.column_stack([-margin / 2, margin / 2]) * asked + 7

    found = statistics.fit_temperature(logits, labels)

    assert found == pytest.approx(asked, rel=0.05)
    assert found == pytest.approx(statistics.fit_temperature(margin * asked, labels))


def test_the_temperature_leaves_nothing_to_gain() -> None:
    made = table(3, n=800, found=1.0)
    p = made["p_male"].clip(0.01, 0.99).to_numpy(np.float64)
    margin, labels = np.log(p / (1 - p)), made["label"].to_numpy(np.float64)
    target = (labels * 800 + 1) / 802

    def loss(temperature: float) -> float:
        q = 1 / (1 + np.exp(-margin / temperature))
        return float(-(target * np.log(q) + (1 - target) * np.log(1 - q)).mean())

    found = statistics.fit_temperature(margin, labels)

    assert found is not None
    assert loss(found) <= min(loss(t) for t in np.geomspace(0.2, 20, 300)) + 1e-9


def test_photos_that_are_all_right_ask_for_no_wild_temperature() -> None:
    labels = np.arange(200) % 2
    margin = np.where(labels == 1, 4.0, -4.0)

    found = statistics.fit_temperature(margin, labels)

    assert found == pytest.approx(4 / np.log(201), rel=1e-3)


def test_sure_means_right_often_enough_on_photos_that_were_not_looked_at() -> None:
    """Chosen on 1,500 faces, checked on what the same model would say of infinitely many."""
    random = np.random.default_rng(0)
    kept, shares = [], []
    many = random.beta(0.25, 0.25, 200_000)
    truth_when = np.maximum(many, 1 - many)
    for _ in range(100):
        p = random.beta(0.25, 0.25, 1500)
        sure_at = statistics.choose_sure_at(p, random.random(1500) < p)
        assert sure_at is not None
        answered = truth_when >= sure_at
        kept.append(truth_when[answered].mean() >= 0.98)
        shares.append(answered.mean())

    assert np.mean(kept) > 0.9
    assert np.mean(shares) > 0.5


def test_the_confidence_chosen_is_the_smallest_that_will_do() -> None:
    p, labels = _scores(7)
    p = np.where((p > 0.5) == (labels == 1), p, np.where(p > 0.5, 0.55, 0.45))

    sure_at = statistics.choose_sure_at(p, labels)

    assert sure_at is not None
    for candidate, expected in ((sure_at, True), (sure_at - 0.001, False)):
        answered = np.maximum(p, 1 - p) >= candidate
        right = ((p > 0.5) == (labels == 1))[answered]
        low = stats.binomtest(int(right.sum()), len(right)).proportion_ci(0.9, "wilson").low
        assert (low >= 0.98) == expected


@pytest.mark.parametrize(
    ("p", "labels"),
    [([], []), ([0.9, np.nan], [1, 0]), ([0.9, 1.1], [1, 0]), ([np.inf, 0.5], [1, 0])],
    ids=["empty", "NaN", "above 1", "infinite"],
)
def test_of_scores_that_are_none_nothing_is_said(p: list[float], labels: list[int]) -> None:
    assert statistics.ece(p, labels) is None
    assert statistics.reliability(p, labels) is None
    assert statistics.brier(p, labels) is None
    assert statistics.choose_sure_at(p, labels) is None
    assert statistics.ece_difference(p, p, labels) is None


def test_no_temperature_without_both_labels_or_with_a_logit_that_is_none() -> None:
    assert statistics.fit_temperature([], []) is None
    assert statistics.fit_temperature([2.0, 3.0], [1, 1]) is None
    assert statistics.fit_temperature([[0.0, np.nan], [1.0, 0.0]], [1, 0]) is None


def test_no_confidence_will_do_where_the_model_guesses() -> None:
    random = np.random.default_rng(0)

    assert statistics.choose_sure_at(random.random(2000), random.integers(0, 2, 2000)) is None
    assert statistics.choose_sure_at([0.99] * 20, [1] * 20) is None


def test_lists_that_cannot_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="One score a label"):
        statistics.ece([0.2, 0.3], [1])
    with pytest.raises(ValueError, match="0 and 1"):
        statistics.ece([0.2, 0.3], [1, 2])
