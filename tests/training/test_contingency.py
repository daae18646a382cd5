"""The p-values of tables of counts are those of scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from training import contingency


@st.composite
def tables(draw: st.DrawFn, rows: st.SearchStrategy[int], most: int) -> np.ndarray:
    shape = (draw(rows), 2)
    table = draw(arrays.arrays(np.int64, shape, elements=st.integers(0, most)))
    whole: np.ndarray = table + (table.sum(axis=0) == 0) + (table.sum(axis=1, keepdims=True) == 0)
    return whole


@given(tables(st.integers(2, 9), 100_000), st.booleans())
def test_chi_squared(table: np.ndarray, corrected: bool) -> None:
    theirs = stats.chi2_contingency(table, correction=corrected).pvalue

    assert contingency.chi_squared(table, corrected=corrected) == pytest.approx(theirs, abs=1e-12)
    assert contingency.expected(table) == pytest.approx(stats.contingency.expected_freq(table))


@given(tables(st.just(2), 300))
def test_fisher(table: np.ndarray) -> None:
    assert contingency.fisher(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-12)


def test_fisher_of_many_photos() -> None:
    table = np.array([[3, 40_000], [9, 90_000]])

    assert contingency.fisher(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)
