"""Two models on the same photos: which faces turned right, which turned wrong, and whether that can be luck.

Photos are matched by their id, whatever order the two tables are in; only faces that both models were shown count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.card import LABELS
from training import answers as reading
from training import curves, groups, statistics
from training.answers import THRESHOLD
from training.attributes import ALPHA, holm
from training.groups import COLUMNS
from training.prediction_table import EvaluationError
from training.statistics import Estimate


@dataclass(frozen=True)
class Change:
    """On `n` faces the second model has `gained` that the first had wrong, and `lost` that the first had right.

    `p` is that of McNemar's exact test: how often luck alone would be so lopsided.
    """

    n: int
    gained: int
    lost: int

    @property
    def difference(self) -> Estimate | None:
        return statistics.paired_difference(self.gained, self.lost, self.n)

    @property
    def p(self) -> float | None:
        return statistics.mcnemar_exact(self.gained, self.lost) if self.n else None

    @property
    def verdict(self) -> Literal["better", "worse", "unclear"]:
        """`unclear` where luck alone does as much one time in twenty."""
        if self.p is None or self.p >= ALPHA:
            return "unclear"
        return "better" if self.gained > self.lost else "worse"

    def as_json(self) -> dict[str, Any]:
        found = self.difference
        return {
            "n": self.n,
            "gained": self.gained,
            "lost": self.lost,
            "difference": found and found.value,
            "difference_interval": list(found.interval) if found else None,
            "p": self.p,
        }


@dataclass(frozen=True)
class Comparison:
    """Differences are second minus first. `groups[column][group]` is the change in each group.

    `only_first` and `only_second` count the faces that only one of the models was shown. Redrawing a handful of faces
    says nothing of how far off a calibration is: `ece` is None where there are few.
    """

    change: Change
    turned_right: tuple[str, ...]
    turned_wrong: tuple[str, ...]
    recall: dict[str, Change]
    balanced_accuracy: Estimate | None
    auc: Estimate | None
    ece: Estimate | None
    groups: dict[str, dict[str, Change]]
    only_first: int
    only_second: int

    @property
    def verdict(self) -> Literal["better", "worse", "unclear"]:
        return self.change.verdict

    def as_json(self) -> dict[str, Any]:
        estimates = {name: getattr(self, name) for name in ("balanced_accuracy", "auc", "ece")}
        return {
            "verdict": self.verdict,
            "accuracy": self.change.as_json(),
            "recall": {label: change.as_json() for label, change in self.recall.items()},
            **{name: found and found.value for name, found in estimates.items()},
            **{
                f"{name}_interval": list(found.interval) if found else None
                for name, found in estimates.items()
            },
            "groups": {
                column: {name: change.as_json() for name, change in found.items()}
                for column, found in self.groups.items()
            },
            "only_first": self.only_first,
            "only_second": self.only_second,
            "turned_right": list(self.turned_right),
            "turned_wrong": list(self.turned_wrong),
        }


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    threshold: float = THRESHOLD,
    columns: tuple[str, ...] = COLUMNS,
) -> Comparison:
    """The second model against the first, on the photos in which both were shown a face."""
    one, two, only_first, only_second = matched(first, second)
    earlier, later = reading.read(one, threshold), reading.read(two, threshold)
    gained = ~earlier.right & later.right
    lost = earlier.right & ~later.right

    def change(of: NDArray[np.bool_]) -> Change:
        return Change(int(of.sum()), int(gained[of].sum()), int(lost[of].sum()))

    recall = {label: change(earlier.labels == index) for index, label in enumerate(LABELS)}
    by_column = {}
    for column in columns:
        values = groups.column(one, column)
        if values is not None:
            names = groups.in_order(values.dropna().unique())
            by_column[column] = {name: change((values == name).to_numpy(dtype=bool)) for name in names}
    return Comparison(
        change=change(np.ones(len(earlier), dtype=bool)),
        turned_right=tuple(one["id"][gained]),
        turned_wrong=tuple(one["id"][lost]),
        recall=recall,
        balanced_accuracy=statistics.mean_of(part.difference for part in recall.values()),
        auc=curves.auc_difference(earlier.p_male, later.p_male, earlier.labels),
        ece=statistics.ece_difference(earlier.p_male, later.p_male, earlier.labels)
        if len(earlier) >= groups.ENOUGH
        else None,
        groups=by_column,
        only_first=only_first,
        only_second=only_second,
    )


def corrected(by_column: Mapping[str, Mapping[str, Change]]) -> dict[tuple[str, str], float]:
    """p of every group large enough to be asked about, corrected for asking about all of them (Holm)."""
    asked = {
        (column, name): change.p
        for column, changes in by_column.items()
        for name, change in changes.items()
        if change.n >= groups.ENOUGH and change.p is not None
    }
    return dict(zip(asked, holm(list(asked.values())), strict=True))


def matched(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, int, int]:
    """Both tables cut to the photos with a face in both, in the order of the first, and what was cut off."""
    one, two = (table[table["found"].astype(bool)] for table in (first, second))
    only_first = only_second = 0
    # The same photos are nearly always in the same order, and looking 200,000 words up takes half a second.
    if not one["id"].reset_index(drop=True).equals(two["id"].reset_index(drop=True)):
        place = pd.Index(two["id"]).get_indexer(pd.Index(one["id"]))
        shared = place >= 0
        only_first, only_second = int((~shared).sum()), len(two) - int(shared.sum())
        one, two = one[shared], two.iloc[place[shared]]
    if not len(one):
        raise EvaluationError("no_common_photos")
    differing = int((one["label"].to_numpy() != two["label"].to_numpy()).sum())
    if differing:
        raise EvaluationError("other_labels", count=differing)
    return one.reset_index(drop=True), two.reset_index(drop=True), only_first, only_second
