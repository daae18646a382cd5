"""One evaluation made ready to be looked at from every side, quickly also where it has hundreds of thousands of rows.

`View.of` does once what does not depend on the sliders: it numbers the groups of every column. What depends on them,
`at` a threshold and a sureness, is counting. A `Selection` says which faces somebody wants to see.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.card import sure_from
from training import answers as reading
from training import curves, groups, statistics
from training.answers import THRESHOLD, Answers, Counts
from training.curves import Curve
from training.groups import COLUMNS, Groups
from training.prediction_table import About
from training.report_words import AND
from training.statistics import Estimate, Reliability

ATTRIBUTE = "attr_"


@dataclass(frozen=True)
class Column:
    """For each face the number of its group, -1 where it is not known; `names` in the order of people."""

    codes: NDArray[np.int64]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """Which faces: all that every part of it that is not None holds for. `confidence` is that of the answer given."""

    label: int | None = None
    predicted: int | None = None
    right: bool | None = None
    sure: bool | None = None
    confidence: tuple[float, float] | None = None
    groups: tuple[tuple[str, str], ...] = ()
    ids: frozenset[str] | None = None

    def without_group(self, column: str) -> "Selection":
        return replace(self, groups=tuple(pair for pair in self.groups if pair[0] != column))


@dataclass(frozen=True)
class View:
    """`table` has no embeddings; every array has one place for each face that was found, in the table's order."""

    table: pd.DataFrame
    about: About
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    p_male: NDArray[np.float64]
    columns: Mapping[str, Column]

    @classmethod
    def of(cls, table: pd.DataFrame, about: About) -> "View":
        said = reading.read(table)
        attributes = [str(name) for name in table if str(name).startswith(ATTRIBUTE)]
        numbered = {name: _numbered(table, said.rows, name) for name in (*COLUMNS, *attributes)}
        columns = {name: column for name, column in numbered.items() if column is not None}
        return cls(table, about, said.rows, said.labels, said.p_male, columns)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        return self.table["id"].to_numpy(dtype=object)[self.rows]

    @property
    def group_columns(self) -> tuple[str, ...]:
        """What groups are made of; attributes of a face are another matter."""
        return tuple(name for name in self.columns if not name.startswith(ATTRIBUTE))

    @property
    def attributes(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if name.startswith(ATTRIBUTE))

    def at(self, threshold: float = THRESHOLD, sure_at: float | None = None) -> Answers:
        """What the model answers; by default as sure as its own card asks it to be."""
        sure_at = self.about.sure_at if sure_at is None else sure_at
        predicted = (self.p_male > threshold).astype(np.int64)
        sure = np.where(predicted == 1, self.p_male, 1 - self.p_male) >= sure_from(sure_at)
        return Answers(self.rows, self.labels, self.p_male, predicted, sure)

    def groups(self, answers: Answers, *names: str) -> Groups:
        """As `groups.by`: the counts of each group of a column, or of a pair of columns; of faces at hand only."""
        parts = [self.columns[name] for name in names if name in self.columns]
        if not parts or len(parts) < len(names):
            return {}
        codes, levels = parts[0].codes, list(parts[0].names)
        for more in parts[1:]:
            known = (codes >= 0) & (more.codes >= 0)
            codes = np.where(known, codes * len(more.names) + more.codes, -1)
            levels = [one + AND + other for one in levels for other in more.names]
        inside = codes >= 0
        cells = answers.part(inside).counts_by(codes[inside], len(levels))
        return {level: Counts(cell) for level, cell in zip(levels, cells, strict=True) if cell.any()}

    def where(self, answers: Answers, selection: Selection) -> NDArray[np.bool_]:
        """Which faces the selection holds for."""
        chosen = np.ones(len(self.rows), dtype=bool)
        for wanted, known in (
            (selection.label, answers.labels),
            (selection.predicted, answers.predicted),
            (selection.right, answers.right),
            (selection.sure, answers.sure),
        ):
            if wanted is not None:
                chosen &= known == wanted
        if selection.confidence is not None:
            low, high = selection.confidence
            sureness = confidence(answers)
            chosen &= (sureness >= low) & (sureness <= high)
        for name, value in selection.groups:
            column = self.columns.get(name)
            chosen &= (
                column is not None and value in column.names and column.codes == column.names.index(value)
            )
        if selection.ids is not None:
            chosen &= np.isin(self.ids, list(selection.ids))
        return chosen

    @cached_property
    def roc(self) -> Curve | None:
        return curves.roc(self.p_male, self.labels)

    @cached_property
    def precision_recall(self) -> dict[str, Curve | None]:
        """Of each label, taken as the one that is looked for."""
        return {
            "female": curves.precision_recall(1 - self.p_male, 1 - self.labels),
            "male": curves.precision_recall(self.p_male, self.labels),
        }

    @cached_property
    def reliability(self) -> Reliability | None:
        return statistics.reliability(self.p_male, self.labels)

    @cached_property
    def ece(self) -> Estimate | None:
        # Sums of floats depend on their order in the last digit; sorted as `evaluation.summary` sorts them.
        order = np.lexsort((self.labels, self.p_male))
        return statistics.ece(self.p_male[order], self.labels[order])


def confidence(answers: Answers) -> NDArray[np.float64]:
    """How likely the model holds what it answers."""
    return np.where(answers.predicted == 1, answers.p_male, 1 - answers.p_male)


def _numbered(table: pd.DataFrame, rows: NDArray[np.int64], name: str) -> Column | None:
    if name.startswith(ATTRIBUTE):
        # Forty of them as words, or row by row, would cost a large evaluation a second.
        known = table[name].to_numpy(dtype=np.int8, na_value=-1)[rows].astype(np.int64)
        return Column(known, ("no", "yes")) if (known >= 0).any() else None
    values = groups.column(table, name)
    if values is None:
        return None
    coded = pd.Categorical(values.iloc[rows])
    names = groups.in_order(str(level) for level in coded.categories)
    place = np.array([names.index(str(level)) for level in coded.categories] or [0], dtype=np.int64)
    codes = np.asarray(coded.codes, dtype=np.int64)
    return Column(np.where(codes >= 0, place[codes], -1), tuple(names))
