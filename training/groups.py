"""For whom a model is how good: answers counted by race, by age band, by any column of the table, and by pairs.

Fewer than `ENOUGH` faces are shown but never ranked: with so few, the worst group is whichever had bad luck. A gap
between the best and the worst of several groups is partly luck even so: its interval is widened for having been
picked among all pairs, and `p` says how often luck alone would make the groups differ so much.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training import contingency, statistics
from training.answers import Answers, Counts
from training.report_words import AND
from training.statistics import LEVEL, Estimate
from training.table import AGE_BANDS, bands

ENOUGH = 30
COLUMNS = ("race", "age")
_ADULT_BANDS = AGE_BANDS[AGE_BANDS.index("20-29") :]

Groups = dict[str, Counts]


@dataclass(frozen=True)
class Gap:
    """How far the worst group is behind the best, both large enough to tell; `p` that all groups are alike.

    The difference's interval is of `level`, which makes up for there being so many pairs (Bonferroni).
    """

    worst: str
    best: str
    difference: Estimate
    p: float | None
    level: float


def column(table: pd.DataFrame, name: str) -> pd.Series | None:
    """A column to group by, as words; `age` by its bands. None where nothing is known."""
    if name == "age" and "age_band" in table:
        values = table["age_band"]
    elif name == "age" and "age" in table:
        values = bands(table["age"])
    elif name in table:
        values = table[name]
    else:
        return None
    if isinstance(values.dtype, pd.BooleanDtype):
        values = values.map({True: "yes", False: "no"})
    return values if values.notna().any() else None


def by(table: pd.DataFrame, answers: Answers, *names: str) -> Groups:
    """The answers counted for each group of one column, or of several together; unknown values are left out."""
    columns = [column(table, name) for name in names]
    known = [values.iloc[answers.rows].reset_index(drop=True) for values in columns if values is not None]
    if not names or len(known) < len(names):
        return {}
    words = known[0].astype("str").where(known[0].notna())
    for more in known[1:]:
        words = (words + AND + more.astype("str")).where(words.notna() & more.notna())
    codes, levels = pd.factorize(words, sort=True)
    inside = codes >= 0
    cells = answers.part(inside).counts_by(codes[inside], len(levels))
    found = {str(level): Counts(cell) for level, cell in zip(levels, cells, strict=True)}
    return {name: found[name] for name in in_order(found)}


def in_order(names: Iterable[str]) -> list[str]:
    """Ages by years, everything else by name."""

    def key(name: str) -> list[str]:
        return [f"{AGE_BANDS.index(part)}" if part in AGE_BANDS else part for part in name.split(AND)]

    return sorted(map(str, names), key=key)


def adults(table: pd.DataFrame, answers: Answers) -> Counts | None:
    """Those of 20 years and over, where ages are known: of children even people cannot always tell."""
    ages = column(table, "age")
    if ages is None:
        return None
    return answers.part(ages.isin(_ADULT_BANDS).to_numpy()[answers.rows]).counts()


def ranked(groups: Mapping[str, Counts]) -> list[str]:
    """The groups that have enough faces, the one with the lowest accuracy first."""
    enough = [name for name in groups if groups[name].n >= ENOUGH]
    return sorted(enough, key=lambda name: groups[name].right / groups[name].n)


def largest_gap(groups: Mapping[str, Counts]) -> Gap | None:
    """Between the best and the worst group; None with fewer than two groups that have enough faces."""
    in_turn = ranked(groups)
    if len(in_turn) < 2:
        return None
    low, high = groups[in_turn[0]], groups[in_turn[-1]]
    level = 1 - (1 - LEVEL) / math.comb(len(in_turn), 2)
    difference = statistics.difference(high.right, high.n, low.right, low.n, level)
    return Gap(in_turn[0], in_turn[-1], difference, _alike(groups, in_turn), level) if difference else None


def equalised_odds(groups: Mapping[str, Counts]) -> Estimate | None:
    """The larger of the two largest gaps between groups: in women recognised, and in men recognised.

    As fairlearn's `equalized_odds_difference`; only among groups with enough women and men to tell. The interval
    reaches from how far some two groups must be apart, asked of all pairs at once (Bonferroni), hence 0 where all may
    be alike, to how far any two may be (Newcombe). A bootstrap's would never reach 0, as no draw is even.
    """
    chosen = [groups[name].confusion for name in groups if min(groups[name].confusion.sum(axis=1)) >= ENOUGH]
    if len(chosen) < 2:
        return None
    counts = np.stack(chosen)
    rights, totals = np.diagonal(counts, axis1=1, axis2=2), counts.sum(axis=2)
    value = float(np.ptp(rights / totals, axis=0).max())
    pairs = 2 * math.comb(len(chosen), 2)
    ends = [
        (_farthest(*sides, 1 - (1 - LEVEL) / pairs)[0], _farthest(*sides, LEVEL)[1])
        for sides in zip(rights.T, totals.T, strict=True)
    ]
    low, high = np.max(ends, axis=0)
    return Estimate(value, max(0.0, min(float(low), value)), float(high))


def _farthest(rights: NDArray[np.int64], totals: NDArray[np.int64], level: float) -> tuple[float, float]:
    """The highest lower and the highest upper end of any share minus another, as `statistics.difference`."""
    lows, highs = np.array(
        [statistics.wilson(k, n, level) for k, n in zip(rights.tolist(), totals.tolist(), strict=True)]
    ).T
    shares = rights / totals
    apart, down, up = shares[:, None] - shares, shares - lows, highs - shares
    others = ~np.eye(len(shares), dtype=bool)
    least, most = apart - np.hypot(down[:, None], up), apart + np.hypot(up[:, None], down)
    return float(least[others].max()), float(most[others].max())


def _alike(groups: Mapping[str, Counts], names: Sequence[str]) -> float | None:
    table = np.array([(groups[name].right, groups[name].n - groups[name].right) for name in names])
    if (table.sum(axis=0) == 0).any():
        return 1.0
    return contingency.chi_squared(table, corrected=True)
