"""The one table that every source of labelled photos becomes, and the words for what can go wrong.

Columns: `id` (str, stable, relative, unique), `label` (int8, index into LABELS), and where the source knows them
`split` (train, validation or test), `identity` (a person, or a group of near duplicates), `race`, `age` (years),
`age_band`, and `attr_*` (nullable booleans). What is not known is missing, never guessed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from model.card import LABELS

FEMALE, MALE = range(len(LABELS))
SPLITS = ("train", "validation", "test")
AGE_BANDS = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")
_BAND_STARTS = (0, 3, 10, 20, 30, 40, 50, 60, 70)

SENTENCES = {
    "unknown_dataset": (
        "{spec} is no data set that Rupa knows; choose one of {known}, or folder:PATH or zip:PATH for your own."
    ),
    "not_there": (
        "The photos of {name} are not in {folder}; ask its authors for them, and put them there as they publish them."
    ),
    "not_fetched": (
        "The photos of {name} are not in {folder}; fetch them by {python} -m training prepare {name}."
    ),
    "unfinished": "The photos were not fetched to the end; run {python} -m training prepare {name} again.",
    "no_folder": "There is no folder {path}; check the name and try again.",
    "no_classes": (
        "{path} has no folders that say who looks how; put the photos in folders called female and male, "
        "if you like inside train, validation and test."
    ),
    "no_photos": "No photo with a label was found in {path}; put JPEG, PNG or WebP files in it.",
    "too_many_photos": "{path} holds more than {most:,} files; make it smaller and try again.",
    "bad_columns": "{file} lacks the column {missing}; it is not a file of {name} as it is published.",
    "bad_label": "{file} has {value} where female or male was expected; correct it and try again.",
    "bad_list": "{file} cannot be read as the list that comes with these photos; download it again.",
    "unreadable_parquet": "{file} is damaged or not a parquet file; download or copy it again.",
    "photo_gone": "The photo {id} can no longer be read; it was moved, deleted or locked.",
}


class DatasetError(Exception):
    """No data set, for the reason that `code` names; the text is the sentence for the person who asked for it."""

    sentences = SENTENCES

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(self.sentences[code].format(**facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Dataset:
    """Labelled photos. Row `i` of `table` (by position) is the photo whose file `read(i)` returns.

    `skipped` names files that carry no label that could be read. `sources` are the words that opened it, where the
    photos are a person's own.
    """

    name: str
    table: pd.DataFrame
    licence: str
    read: Callable[[int], bytes]
    stream: Callable[[Sequence[int]], Iterator[tuple[int, bytes]]] | None = None
    skipped: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def scan(self, rows: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """Each row once with its file, in the order they are stored, which is how they are read fastest.

        A file that vanished meanwhile comes as no bytes, so that one photo does not end a long scan.
        """
        wanted = range(len(self)) if rows is None else sorted({int(row) for row in rows})
        if wanted and not 0 <= wanted[0] <= wanted[-1] < len(self):
            raise IndexError(f"rows must lie in 0..{len(self) - 1}")
        return self.stream(wanted) if self.stream else self._one_by_one(wanted)

    def part(self, rows: Iterable[int] | pd.Series, name: str | None = None) -> "Dataset":
        """The data set of these rows only: positions, or a mask over the table."""
        chosen = np.asarray(rows if isinstance(rows, pd.Series | np.ndarray) else list(rows))
        positions = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        part = _Part(self, positions)
        table = self.table.iloc[positions].reset_index(drop=True)
        return Dataset(name or self.name, table, self.licence, part.read, part.stream, sources=self.sources)

    def of_split(self, split: str) -> "Dataset":
        return self.part(self.table["split"] == split)

    def _one_by_one(self, rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        for row in rows:
            try:
                yield row, self.read(row)
            except DatasetError:
                yield row, b""


class _Part:
    """Some rows of another data set, in the order given."""

    def __init__(self, source: Dataset, positions: np.ndarray) -> None:
        self._source, self._positions = source, positions

    def read(self, row: int) -> bytes:
        return self._source.read(int(self._positions[row]))

    def stream(self, rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        places: dict[int, list[int]] = {}
        for row in rows:
            places.setdefault(int(self._positions[row]), []).append(row)
        for position, data in self._source.scan(places):
            for row in places[position]:
                yield row, data


def tabled(
    ids: Sequence[str],
    labels: Any,
    *,
    split: Any = None,
    identity: Any = None,
    race: Any = None,
    age: Any = None,
    age_band: Any = None,
    attributes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The table, from whatever is known. An age in years also gives its band; one value fills a column."""
    count = len(ids)
    table = pd.DataFrame({"id": _words(ids, count), "label": np.asarray(labels, dtype=np.int8)})
    again = table.groupby("id").cumcount()
    table["id"] = table["id"].where(again == 0, table["id"] + "#" + (again + 1).astype(str))
    table["split"] = _words(split, count)
    table["identity"] = _words(identity, count)
    table["race"] = _words(race, count)
    table["age"] = np.full(count, np.nan) if age is None else np.asarray(age, dtype=np.float64)
    table["age_band"] = bands(table["age"]) if age_band is None else _words(age_band, count)
    if attributes is not None:
        flags = {
            f"attr_{str(name).lower()}": column.astype("boolean").array for name, column in attributes.items()
        }
        table = pd.concat([table, pd.DataFrame(flags)], axis=1)
    return table


def bands(years: pd.Series) -> pd.Series:
    """The band of each age in years, as evaluation shows it."""
    cut = pd.cut(years, [*_BAND_STARTS, np.inf], right=False, labels=list(AGE_BANDS))
    return pd.Series(cut.astype("str"), index=years.index).where(cut.notna())


def _words(values: Any, count: int) -> pd.Series:
    if values is None or isinstance(values, str):
        values = [values] * count
    return pd.Series(values, dtype="str").reset_index(drop=True)
