"""A table of predictions, read at a threshold: what the model answers to each face, and the answers counted.

Label and answer come from the same row of the same table, never from two lists that could stand in different
orders.
"""

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.card import LABELS, sure_from
from training import statistics
from training.prediction_table import EvaluationError
from training.statistics import Estimate

THRESHOLD = 0.5


@dataclass(frozen=True)
class Counts:
    """`cells[label, predicted, sure]`: how many faces. Every share comes with its interval, or is None."""

    cells: NDArray[np.int64]

    @property
    def n(self) -> int:
        return int(self.cells.sum())

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Rows are what the label says, columns what the model says, sure or not."""
        return self.cells.sum(axis=2)

    @property
    def right(self) -> int:
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> Estimate | None:
        return statistics.proportion(self.right, self.n)

    @property
    def recall(self) -> dict[str, Estimate | None]:
        rows = self.confusion.sum(axis=1)
        return self._each(rows)

    @property
    def precision(self) -> dict[str, Estimate | None]:
        columns = self.confusion.sum(axis=0)
        return self._each(columns)

    @property
    def f1(self) -> dict[str, Estimate | None]:
        found = {}
        for index, name in enumerate(LABELS):
            hits = int(self.confusion[index, index])
            misses, false_alarms = (int(self.confusion.sum(axis=axis)[index]) - hits for axis in (1, 0))
            found[name] = statistics.f1(hits, misses, false_alarms)
        return found

    @property
    def balanced_accuracy(self) -> Estimate | None:
        return statistics.mean_of(self.recall.values())

    @property
    def answered(self) -> Estimate | None:
        """The share of faces that the model is sure about."""
        return statistics.proportion(self._sure, self.n)

    @property
    def accuracy_when_sure(self) -> Estimate | None:
        return statistics.proportion(int(np.trace(self.cells[:, :, 1])), self._sure)

    @property
    def constant_answer(self) -> tuple[str, float] | None:
        """The commoner label, and how often it would be right if it were always said."""
        of_label = self.confusion.sum(axis=1)
        commoner = int(np.argmax(of_label))
        return (LABELS[commoner], int(of_label[commoner]) / self.n) if self.n else None

    @property
    def _sure(self) -> int:
        return int(self.cells[:, :, 1].sum())

    def _each(self, totals: NDArray[np.int64]) -> dict[str, Estimate | None]:
        hits = np.diagonal(self.confusion)
        return {
            name: statistics.proportion(int(hits[index]), int(totals[index]))
            for index, name in enumerate(LABELS)
        }


@dataclass(frozen=True)
class Answers:
    """For each face that was found, one position in every array; `rows` are its table's rows."""

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    p_male: NDArray[np.float64]
    predicted: NDArray[np.int64]
    sure: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def right(self) -> NDArray[np.bool_]:
        return self.labels == self.predicted

    def part(self, chosen: NDArray[np.bool_]) -> "Answers":
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def counts(self) -> Counts:
        return Counts(self.counts_by(np.zeros(len(self), np.int64), 1)[0])

    def counts_by(self, groups: NDArray[np.int64], how_many: int) -> NDArray[np.int64]:
        """The cells of each group, by the group's number."""
        kind = ((groups * 2 + self.labels) * 2 + self.predicted) * 2 + self.sure
        return np.bincount(kind, minlength=8 * how_many).reshape(how_many, 2, 2, 2)


def read(table: pd.DataFrame, threshold: float = THRESHOLD, sure_at: float = 0.5) -> Answers:
    """What the model says of each found face: male above `threshold`, sure from `sure_at` on of what it says."""
    rows = np.flatnonzero(table["found"].to_numpy(dtype=bool))
    p_male = table["p_male"].to_numpy(dtype=np.float64)[rows]
    labels = table["label"].to_numpy(dtype=np.int64)[rows]
    if not ((p_male >= 0) & (p_male <= 1)).all():
        raise EvaluationError("bad_scores", count=int((~((p_male >= 0) & (p_male <= 1))).sum()))
    if not np.isin(labels, (0, 1)).all():
        raise EvaluationError("bad_column", column="label")
    predicted = (p_male > threshold).astype(np.int64)
    sure = np.where(predicted == 1, p_male, 1 - p_male) >= sure_from(sure_at)
    return Answers(rows, labels, p_male, predicted, sure)
