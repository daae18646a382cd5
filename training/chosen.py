"""What a person chose to learn from, photo by photo: a small JSON whose name is the hash of its content.

`open_dataset("chosen:HASH")` opens it as one data set: the sources joined, what was left out gone, every photo in the
split that it had when it was chosen. A source that grows later changes nothing; one that shrinks loses only what it
lost. So a run, its evaluation and the gate all speak of the same photos.
"""

import errno
import hashlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import atomic, registry
from training import background
from training.report_words import DATASETS
from training.splits import split
from training.table import FEMALE, MALE, SPLITS, Dataset, DatasetError

PREFIX = "chosen:"
LEAST = 10  # of each class: with fewer, none is left to check by once most are learnt from
MAX_PHOTOS = 250_000
MAX_BYTES = 64_000_000
RESTED_S = 7 * 24 * 3600.0
_HASH = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 60
_CHECKED = {"train": 0.8, "validation": 0.2}

Groups = NDArray[np.int64]


class ChosenError(DatasetError):
    """Nothing to learn from, for the reason that `code` names."""

    sentences = {  # noqa: RUF012 - read only
        "chosen_gone": "What was chosen to learn from is no longer here; choose the photos again.",
        "chosen_lost": "None of the photos that were chosen is there any more; choose the photos again.",
        "chosen_too_many": "These are {photos:,} photos; at most {most:,} can be chosen at once, so take fewer.",
        "chosen_not_kept": "The choice could not be kept, because the disk did not take it; make room and try again.",
        "chosen_one_class": (
            "There are photos of {women:,} women and {men:,} men; the model needs both, or it has nothing to tell "
            "apart."
        ),
        "chosen_too_few": (
            "There are photos of {women:,} women and {men:,} men; at least {least} of each are needed to learn from "
            "some and check by others, so add some."
        ),
        "chosen_no_check": (
            "With these parts nobody is left to learn from or to check by; give training and validation some women and "
            "some men each."
        ),
    }


@dataclass(frozen=True)
class Choice:
    """The photos by id, of each split, out of these sources; how they came to be chosen is kept to be told.

    `wishes` holds what was asked for: how many at most, the shares, the seed, how many were left out.
    """

    name: str
    sources: tuple[str, ...]
    photos: Mapping[str, tuple[str, ...]]
    wishes: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(ids) for ids in self.photos.values())


def of(dataset: Dataset, sources: Sequence[str], **wishes: Any) -> Choice:
    """The choice of all photos of this data set, whose every row has a split."""
    if len(dataset) > MAX_PHOTOS:
        raise ChosenError("chosen_too_many", photos=len(dataset), most=MAX_PHOTOS)
    table = dataset.table
    photos = {name: tuple(table["id"][table["split"] == name].astype(str)) for name in SPLITS}
    return Choice(dataset.name, tuple(sources), photos, wishes)


def keep(choice: Choice) -> str:
    """Write it down, and return how `open_dataset` takes it."""
    said = {
        "name": choice.name,
        "sources": list(choice.sources),
        "photos": {name: list(ids) for name, ids in choice.photos.items()},
        "wishes": dict(choice.wishes),
    }
    data = json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
    name = hashlib.sha256(data).hexdigest()[:32]
    path = _folder() / f"{name}.json"
    try:
        with background.turn(path.with_name(".lock")):  # nobody drops it while it is kept again
            try:
                os.utime(path)
            except FileNotFoundError:
                atomic.write(path, data)
            _drop_rested()
    except OSError as error:
        if not atomic.is_full(error) and error.errno not in (errno.EACCES, errno.EROFS):
            raise
        raise ChosenError("chosen_not_kept") from error
    return f"{PREFIX}{name}"


def _drop_rested() -> None:
    """They hold the names of people's photos, and each look at some makes another.

    What a run learns from stays, and what an evaluation is of, whose photos can be looked at.
    """
    from training import evaluations, jobs

    with suppress(OSError):  # what cannot be dropped now is dropped another time
        rested = [one for one in _folder().glob("*.json") if time.time() - one.stat().st_mtime > RESTED_S]
        if not rested:
            return
        named = {spec for run in jobs.runs() for spec in run.data}
        named |= {one.about.photos for one in evaluations.kept()}
        for path in rested:
            if f"{PREFIX}{path.stem}" not in named:
                path.unlink(missing_ok=True)


def find(spec: str) -> Choice:
    """The choice of this name, where this program wrote it."""
    path = _path(spec)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES or hashlib.sha256(data).hexdigest()[:32] != path.stem:
            raise ChosenError("chosen_gone")
        said = json.loads(data)
        photos = {part: tuple(said["photos"][part]) for part in SPLITS}
        return Choice(said["name"], tuple(said["sources"]), photos, said["wishes"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ChosenError("chosen_gone") from error


def open_choice(spec: str, home: Path | None = None) -> Dataset:
    """Its photos, as one data set, in the order of their sources."""
    choice = find(spec)
    whole = together(choice.sources, choice.name, home)
    home_of = {id_: part for part, ids in choice.photos.items() for id_ in ids}
    splits = whole.table["id"].map(home_of)
    if not splits.notna().any():
        raise ChosenError("chosen_lost")
    part = whole.part(splits.notna(), choice.name)
    return with_splits(part, splits[splits.notna()])


def with_splits(dataset: Dataset, splits: pd.Series) -> Dataset:
    table = dataset.table.assign(split=splits.astype("str").to_numpy())
    return replace(dataset, table=table)


def together(sources: Sequence[str], name: str, home: Path | None = None) -> Dataset:
    """The sources as one data set of this name; two that are called the same stay apart."""
    from training.datasets import joined, open_dataset

    opened: list[Dataset] = []
    for spec in sources:
        if spec.startswith(PREFIX):
            raise ChosenError("chosen_gone")  # nobody wrote a choice of choices, which might never end
        one, taken = open_dataset(spec, home), {other.name for other in opened}
        names = [one.name, *(f"{one.name} {number}" for number in range(2, len(opened) + 3))]
        fresh = next(each for each in names if each not in taken)
        opened.append(replace(one, name=fresh))
    [only, *more] = opened
    if more:
        return joined(opened, name)
    return replace(only, name=name)


def at_most(dataset: Dataset, most: int | None, seed: int = 0) -> Dataset:
    """As many women as men, `most` in all, the same ones for the same seed; all where there are no more."""
    if most is None or len(dataset) <= most:
        return dataset
    table = dataset.table
    rng = np.random.default_rng(seed)
    by_id = np.argsort(table["id"].to_numpy(dtype=str), kind="stable")
    labels = table["label"].to_numpy()[by_id]
    women, men = (rng.permutation(by_id[labels == label]) for label in (FEMALE, MALE))
    of_women = min(len(women), max(most // 2, most - len(men)))
    rows = np.sort(np.concatenate([women[:of_women], men[: most - of_women]]))
    return dataset.part(rows)


def dealt(
    dataset: Dataset, shares: Mapping[str, float] | None, alike: Groups | None = None, seed: int = 0
) -> Dataset:
    """With a split for each photo, in these shares; without any, official ones stay and the rest is dealt.

    Official ones that leave nobody to check by give some of those to learn from to it; where they name one part only,
    they are no division at all.
    """
    deal = partial(split, seed=seed, same_picture=alike)
    if shares is not None:
        return with_splits(dataset, deal(dataset.table, shares=shares, official=False))
    splits = deal(dataset.table)
    there = set(splits)
    if "validation" not in there and {"train", "test"} <= there:
        learnt = (splits == "train").to_numpy()
        groups = None if alike is None else alike[learnt]
        parts = split(dataset.table[learnt], shares=_CHECKED, seed=seed, same_picture=groups, official=False)
        splits = splits.where(~learnt, parts.reindex(splits.index))
    elif not {"train", "validation"} <= there:
        splits = deal(dataset.table, official=False)
    return with_splits(dataset, splits)


def check(table: pd.DataFrame) -> None:
    """Raises `ChosenError` where nothing can be learnt from photos that are split like this."""
    women, men = (int((table["label"] == label).sum()) for label in (FEMALE, MALE))
    if not women or not men:
        raise ChosenError("chosen_one_class", women=women, men=men)
    if min(women, men) < LEAST:
        raise ChosenError("chosen_too_few", women=women, men=men, least=LEAST)
    sides = table.groupby("split")["label"].nunique()
    if any(sides.get(name, 0) < len((FEMALE, MALE)) for name in ("train", "validation")):
        raise ChosenError("chosen_no_check")


def plain_name(name: str) -> str:
    """Fit to be part of a file's name, and no name that a published data set has."""
    from training.datasets import KNOWN

    plain = " ".join(re.sub(r"[^\w .()-]+", " ", name).split()).strip(". ")[:_LONGEST_NAME].strip()
    return f"{plain} (part)" if plain in KNOWN else plain or "photos"


def sources_of(spec: str) -> tuple[str, ...]:
    """What has to be there for this to be opened; the spec itself where it is no choice."""
    if not spec.startswith(PREFIX):
        return (spec,)
    try:
        return _told(spec)[1]
    except ChosenError:
        return ()


def for_everybody(spec: str) -> bool:
    """Whether these are published photos and no others, which whoever comes may see; not where nobody can tell."""
    sources = sources_of(spec)
    return bool(sources) and all(source in DATASETS for source in sources)


def name_of(spec: str) -> str:
    """What a person calls it; nothing where it is no longer here."""
    try:
        return _told(spec)[0]
    except ChosenError:
        return ""


def _told(spec: str) -> tuple[str, tuple[str, ...]]:
    """Its name and its sources, of a choice that may be long; raises `ChosenError`."""
    path = _path(spec)
    try:
        return _read(spec, path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ChosenError("chosen_gone") from error


@lru_cache(maxsize=256)
def _read(spec: str, path: Path, written_ns: int) -> tuple[str, tuple[str, ...]]:
    """Who watches the runs asks every few seconds, of each."""
    del path, written_ns
    choice = find(spec)
    return choice.name, choice.sources


def in_use() -> frozenset[str]:
    """The sources that runs learn from which wait, are at work, or go on by themselves."""
    from training import jobs

    waiting = filter(jobs.active, jobs.runs())
    return frozenset(source for run in waiting for spec in run.data for source in sources_of(spec))


def _path(spec: str) -> Path:
    name = spec.removeprefix(PREFIX)
    if not _HASH.fullmatch(name):
        raise ChosenError("chosen_gone")
    return _folder() / f"{name}.json"


def _folder() -> Path:
    return registry.home() / "data" / "chosen"
