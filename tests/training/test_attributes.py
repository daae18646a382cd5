"""What goes with errors is found where it was planted, and nowhere else; few faces are never a finding."""

import gc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    proportion_confint,
)

from tests.training.tables import about, table
from training import attributes
from training.view import View


def planted(n: int, *, hats: float = 0.2, wrong_with: float = 0.3, wrong_without: float = 0.05) -> View:
    """Faces of which those with hats are wrong more often, and whose glasses have nothing to do with it."""
    draw = np.random.default_rng(0)
    made = table(0, n=n, found=1.0)
    hat = draw.random(n) < hats
    wrong = draw.random(n) < np.where(hat, wrong_with, wrong_without)
    labels = made["label"].to_numpy()
    made["p_male"] = np.where((labels == 1) != wrong, 0.9, 0.1).astype(np.float32)
    made["attr_hat"] = pd.Series(hat, dtype="boolean")
    made["attr_eyeglasses"] = pd.Series(draw.random(n) < 0.5, dtype="boolean")
    return View.of(made, about())


def test_what_goes_with_errors_is_found_and_what_does_not_is_not() -> None:
    view = planted(3000)

    hat, glasses = attributes.of(view, view.at())

    assert (hat.name, hat.verdict) == ("hat", "more")
    assert (glasses.name, glasses.verdict) == ("eyeglasses", "none")
    assert hat.difference is not None
    assert hat.difference.low > 0.15


def test_what_goes_with_fewer_errors_is_told_apart() -> None:
    view = planted(3000, wrong_with=0.02, wrong_without=0.25)

    [hat, _] = attributes.of(view, view.at())

    assert hat.verdict == "fewer"


def test_few_faces_are_no_finding_however_large_the_difference() -> None:
    view = planted(400, hats=0.05, wrong_with=1.0)

    found = {one.name: one for one in attributes.of(view, view.at())}

    assert found["hat"].having.n < 30
    assert (found["hat"].verdict, found["hat"].p) == ("few", None)
    assert list(found)[-1] == "hat"


def test_rates_and_their_difference_agree_with_statsmodels() -> None:
    view = planted(2000)

    hat = attributes.of(view, view.at())[0]

    k, n = hat.having.n - hat.having.right, hat.having.n
    j, m = hat.lacking.n - hat.lacking.right, hat.lacking.n
    assert hat.errors_having
    assert hat.errors_lacking
    assert hat.difference
    assert hat.errors_having.interval == pytest.approx(proportion_confint(k, n, method="wilson"))
    assert hat.errors_lacking.interval == pytest.approx(proportion_confint(j, m, method="wilson"))
    assert hat.difference.interval == pytest.approx(
        confint_proportions_2indep(k, n, j, m, compare="diff", method="newcomb")
    )


def test_the_lesson_of_luck_is_drawn_forty_attributes_without_meaning_give_nothing() -> None:
    draw, made = np.random.default_rng(1), table(1, n=2000, found=1.0)
    for number in range(40):
        made[f"attr_n{number}"] = pd.Series(draw.random(2000) < 0.4, dtype="boolean")
    view = View.of(made.drop(columns="attr_eyeglasses"), about())

    found = attributes.of(view, view.at())

    assert {one.verdict for one in found} == {"none"}


def test_where_nobody_is_wrong_there_is_no_difference_to_be_seen() -> None:
    view = planted(400, hats=0.5, wrong_with=0, wrong_without=0)

    assert {one.verdict for one in attributes.of(view, view.at())} == {"none"}


def test_without_attributes_there_is_nothing_to_tell() -> None:
    view = View.of(table(0).drop(columns="attr_eyeglasses"), about())

    assert attributes.of(view, view.at()) == []


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=40))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda: 0)  # which statsmodels does each time, for a fifth of a second
        expected = multipletests(p_values, method="holm")[1] if p_values else []

    assert attributes.holm(p_values) == pytest.approx(list(expected))
