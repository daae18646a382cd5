"""What a person chose to learn from, photo by photo: a small JSON whose name is the hash of its content.

A run, its evaluation and the gate name it as `chosen:HASH`, and so all speak of the same photos. `chosen.py` opens it.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from model import atomic, registry
from training import background
from training.report_words import DATASETS
from training.table import SPLITS, Dataset, DatasetError

PREFIX = "chosen:"
MAX_PHOTOS = 250_000
MAX_BYTES = 64_000_000
RESTED_S = 7 * 24 * 3600.0
_HASH = re.compile(r"[0-9a-f]{32}")


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
        if not atomic.is_full(error) and not atomic.is_closed(error):
            raise
        raise ChosenError("chosen_not_kept") from error
    return f"{PREFIX}{name}"


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


def in_use() -> frozenset[str]:
    """The sources that runs learn from which wait, are at work, or go on by themselves."""
    from training import jobs

    waiting = filter(jobs.active, jobs.runs())
    return frozenset(source for run in waiting for spec in run.data for source in sources_of(spec))


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


def _path(spec: str) -> Path:
    name = spec.removeprefix(PREFIX)
    if not _HASH.fullmatch(name):
        raise ChosenError("chosen_gone")
    return _folder() / f"{name}.json"


def _folder() -> Path:
    return registry.home() / "data" / "chosen"
