"""Whether rows of counts differ by more than chance: as `scipy.stats` says, whose import takes a second."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

_AS_LIKELY = 1 + 1e-7  # two ways of adding up the same logarithms differ in their last digits

Table = NDArray[np.int64]


def expected(table: Table) -> NDArray[np.float64]:
    """The counts if no row differed from another."""
    along, down = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    return np.asarray(along * down / table.sum(), dtype=np.float64)


def chi_squared(table: Table, *, corrected: bool) -> float:
    """The p-value; `corrected` as Yates did where there are two rows and two columns. No row or column is all 0."""
    rows, columns = table.shape
    even = expected(table)
    apart = np.abs(table - even)
    if corrected and rows == columns == 2:
        apart -= np.minimum(0.5, apart)
    return float(special.chdtrc((rows - 1) * (columns - 1), (apart**2 / even).sum()))


def fisher(table: Table) -> float:
    """The exact two-sided p-value of two rows and two columns: all tables that are no likelier than this one."""
    (first, _), (other, _) = table.tolist()
    one, two = table.sum(axis=1).tolist()
    drawn = first + other
    counts = np.arange(max(0, drawn - two), min(drawn, one) + 1)
    logs = _ways(one, counts) + _ways(two, drawn - counts) - _ways(one + two, np.array([drawn]))
    share = np.exp(logs)
    at = share[first - counts[0]]
    return min(1.0, float(share[share <= at * _AS_LIKELY].sum()))


def _ways(of: int, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of how many ways there are to choose so many."""
    return np.asarray(
        special.gammaln(of + 1) - special.gammaln(counts + 1) - special.gammaln(of - counts + 1), np.float64
    )
