"""Which attributes of a face go with errors: glasses, hats, hair, and whatever else the photos are labelled with.

Of each attribute the error rate with it is held against the error rate without it. Who asks forty such questions finds
two differences by luck alone, so their p-values are corrected together (Holm 1979). What goes with errors need not
cause them: a beard goes with men.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training import contingency, statistics
from training.answers import Answers, Counts
from training.groups import ENOUGH
from training.statistics import Estimate
from training.view import ATTRIBUTE, View

Verdict = Literal["more", "fewer", "none", "few"]
ALPHA = 0.05
_ENOUGH_IN_A_CELL = 5  # the chi-squared approximation asks for as many expected in each (Cochran 1954)
_RANK: dict[Verdict, int] = {"more": 0, "fewer": 1, "none": 2, "few": 3}


@dataclass(frozen=True)
class Attribute:
    """`difference` is the error rate with the attribute minus that without; `p` is corrected, None where not asked.

    `verdict`: goes with more errors, with fewer, no difference to be seen, or too few faces to ask.
    """

    name: str
    having: Counts
    lacking: Counts
    difference: Estimate | None
    p: float | None
    verdict: Verdict

    @property
    def errors_having(self) -> Estimate | None:
        return _errors(self.having)

    @property
    def errors_lacking(self) -> Estimate | None:
        return _errors(self.lacking)


def of(view: View, answers: Answers) -> list[Attribute]:
    """Every attribute that is known of some face; those that go with errors first, those with too few faces last."""
    counted = {name: _split(view, answers, name) for name in view.attributes}
    asked = [name for name, (having, lacking) in counted.items() if min(having.n, lacking.n) >= ENOUGH]
    corrected = dict(zip(asked, holm([_p(*counted[name]) for name in asked]), strict=True))
    found = [_attribute(name, *counted[name], corrected.get(name)) for name in counted]
    return sorted(found, key=lambda one: (_RANK[one.verdict], -_size(one), -min(one.having.n, one.lacking.n)))


def holm(p_values: ArrayLike) -> list[float]:
    """The p-values in their order, corrected for being asked together."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected: NDArray[np.float64] = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(one) for one in corrected]


def _split(view: View, answers: Answers, name: str) -> tuple[Counts, Counts]:
    codes = view.columns[name].codes
    known = codes >= 0
    lacking, having = answers.part(known).counts_by(codes[known], 2)
    return Counts(having), Counts(lacking)


def _attribute(name: str, having: Counts, lacking: Counts, p: float | None) -> Attribute:
    difference = statistics.difference(
        having.n - having.right, having.n, lacking.n - lacking.right, lacking.n
    )
    verdict: Verdict = "few"
    if p is not None and difference is not None:
        verdict = "none" if p >= ALPHA else "more" if difference.value > 0 else "fewer"
    return Attribute(name.removeprefix(ATTRIBUTE), having, lacking, difference, p, verdict)


def _p(having: Counts, lacking: Counts) -> float:
    """That the attribute makes no difference: exact where few are expected in a cell, else by chi-squared."""
    table = np.array([(counts.n - counts.right, counts.right) for counts in (having, lacking)])
    if (table.sum(axis=0) == 0).any():
        return 1.0
    if contingency.expected(table).min() < _ENOUGH_IN_A_CELL:
        return contingency.fisher(table)
    return contingency.chi_squared(table, corrected=False)


def _size(one: Attribute) -> float:
    return abs(one.difference.value) if one.difference and one.verdict != "few" else 0.0


def _errors(counts: Counts) -> Estimate | None:
    return statistics.proportion(counts.n - counts.right, counts.n)
