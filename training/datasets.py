"""`open_dataset(spec)`: labelled photos from any source as one table that streams.

`utkface`, `aaf`, `celeba`, `celeba-in-the-wild` and `fairface` lie in folders of their own under `RUPA_DATA`;
`folder:PATH` and `zip:PATH` are a person's own photos, `collection:ID` and `flagged` those that people gave to be kept
here, `chosen:HASH` what somebody chose out of any of these; `in_memory` holds photos that lie nowhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from model import typed
from training import chosen, collection, flagged, sources, unpacked
from training.folders import open_folder
from training.places import data_home
from training.table import Dataset, DatasetError, tabled

__all__ = [
    "KNOWN",
    "UNFINISHED",
    "Dataset",
    "DatasetError",
    "HeldPhoto",
    "data_home",
    "in_memory",
    "joined",
    "open_dataset",
]

KNOWN = ("utkface", "aaf", "celeba", "celeba-in-the-wild", "fairface")
UNFINISHED = ".unfinished"  # lies in a folder that is being fetched, and says by which name
_FETCHABLE = ("fairface", "celeba")


@dataclass(frozen=True)
class HeldPhoto:
    """One photo's file with its label, in memory."""

    id: str
    label: int
    data: bytes
    split: str | None = None


def open_dataset(spec: str, home: Path | None = None) -> Dataset:
    """The data set of this name or place. A zip is unpacked, once, into what the app keeps."""
    kind, _, place = spec.partition(":")
    if kind == "chosen" and place:
        return chosen.open_choice(spec, home)
    if spec in KNOWN:
        return _published(spec, home or data_home())
    return replace(_own(spec, kind, place), sources=(spec,))


def in_memory(photos: Sequence[HeldPhoto], name: str = "photos") -> Dataset:
    """Photos that are held in memory and written nowhere."""
    held = tuple(photos)
    table = tabled(
        [photo.id for photo in held],
        [photo.label for photo in held],
        split=[photo.split for photo in held],
    )
    return Dataset(name, table, "Your own photos.", lambda row: held[row].data)


def joined(datasets: Sequence[Dataset], name: str = "joined") -> Dataset:
    """Several data sets as one; ids and identities carry their set's name, so that none meets another's."""
    tables = []
    for dataset in datasets:
        table = dataset.table.copy()
        for column in ("id", "identity"):
            table[column] = (dataset.name + "/" + table[column]).where(table[column].notna())
        tables.append(table.assign(dataset=dataset.name))
    union = _Union(tuple(datasets))
    return Dataset(
        name,
        pd.concat(tables, ignore_index=True),
        " ".join(dict.fromkeys(dataset.licence for dataset in datasets)),
        union.read,
        union.stream,
        tuple(f"{dataset.name}/{file}" for dataset in datasets for file in dataset.skipped),
        tuple(dict.fromkeys(source for dataset in datasets for source in dataset.sources)),
    )


class _Union:
    """Rows of several data sets, one set after the other."""

    def __init__(self, datasets: tuple[Dataset, ...]) -> None:
        self._datasets = datasets
        self._starts = np.cumsum([0, *map(len, datasets)])

    def read(self, row: int) -> bytes:
        which = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._datasets[which].read(row - int(self._starts[which]))

    def stream(self, rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        for dataset, start in zip(self._datasets, self._starts.tolist(), strict=False):
            for row, data in dataset.scan(row - start for row in rows if 0 <= row - start < len(dataset)):
                yield row + start, data


def _own(spec: str, kind: str, place: str) -> Dataset:
    if kind == "folder" and place:
        return open_folder(Path(place))
    if kind == "zip" and place:
        return _open_zip(Path(place))
    if kind == "collection" and place:
        return collection.dataset(place)
    if spec == flagged.NAME:
        return flagged.dataset()
    raise DatasetError("unknown_dataset", spec=spec[:80], known=", ".join(KNOWN))


def _published(name: str, home: Path) -> Dataset:
    folder = home / name.partition("-")[0]
    unfinished = folder / UNFINISHED
    if unfinished.is_file():
        called = unfinished.read_text(encoding="utf-8", errors="replace")[:40]
        raise DatasetError("unfinished", name=called, python=typed.python())
    files = sorted(folder.rglob("*.parquet")) if folder.is_dir() else []
    wild = [file for file in files if file.name == "in_the_wild.parquet"]
    aligned = [file for file in files if file not in wild]
    if name == "celeba-in-the-wild" and wild:
        return sources.celeba(wild, name, split="test")
    if name == "celeba" and aligned:
        return sources.celeba(aligned)
    if name == "utkface" and files:
        return sources.utkface(files)
    if name == "aaf" and files:
        return sources.aaf(files)
    if name == "fairface" and files:
        return sources.fairface(files)
    if name in ("utkface", "aaf", "celeba") and folder.is_dir() and any(folder.iterdir()):
        return open_folder(folder, name)
    if name in _FETCHABLE:
        raise DatasetError("not_fetched", name=name, folder=folder, python=typed.python())
    raise DatasetError("not_there", name=name, folder=folder)


def _open_zip(path: Path) -> Dataset:
    return open_folder(unpacked.photos(path), path.stem)
