"""What each photo of a run is for, learnt from, watched or judged by: dealt at its first start, kept in its folder.

No person and no picture is on two sides, nor where a person's own photos come from several places. Official splits
stay as they are. Photos that come while a run rests are left out, as dealing anew would judge it by what it learnt.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b, sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import atomic
from training import fingerprints, splits
from training.chosen import fresh_name
from training.datasets import KNOWN, joined, open_dataset
from training.table import SPLITS, Dataset

LEARN, MONITOR, JUDGE = "learn", "monitor", "judge"
MONITORED = 0.04  # of the people to learn from: judged after each epoch, and calibrated on
LEAST_WATCHED = 5  # people of each label, where they are at most a quarter of them
HELD_BACK = (
    0.25  # of the people to learn from, where more are to be watched than a source holds back by itself
)
KEPT = "photos.json"
MOST_LOOKED_AT = (
    20_000  # half a minute; of more photos that have official splits, only equal files are copies
)

Groups = NDArray[np.int64]
Kept = Mapping[str, Mapping[str, Sequence[str]]]  # ids by role, by split


@dataclass(frozen=True)
class Dealt:
    """A data set with a split for each photo, and what each row is for; for nothing where that is empty."""

    dataset: Dataset
    role: pd.Series


def dealt(folder: Path, specs: Sequence[str], deal: Callable[[list[Dataset]], list[Dealt]]) -> list[Dealt]:
    """The photos of a run as its folder keeps them, less those that have gone since; else dealt now."""
    opened, path = _opened(specs), folder / KEPT
    if not path.exists():
        return deal(opened)
    said: list[Kept] = json.loads(path.read_bytes())
    return [_as_kept(dataset, one) for dataset, one in zip(opened, said, strict=True)]


def keep(folder: Path, dealt: Sequence[Dealt]) -> None:
    """Write down, once, how the photos were dealt; from then on they may be learnt from."""
    path = folder / KEPT
    if not path.exists():
        atomic.write(path, json.dumps([_to_keep(one) for one in dealt]).encode())


def deal(opened: Sequence[Dataset], seed: int, watch: int = 0) -> list[Dealt]:
    """Give each photo its part; a person's own together. `watch` photos of each source, where it has them to spare."""
    own = [one for one in opened if one.sources]
    theirs = iter(_dealt(own, seed, watch) if own else ())
    return [next(theirs) if one.sources else _dealt([one], seed, watch)[0] for one in opened]


def of(
    table: pd.DataFrame,
    same_picture: Groups | None = None,
    source: NDArray[np.int64] | None = None,
    watch: int = 0,
) -> pd.Series:
    """Learn from "train", judge on "test" (or on "validation" where there is no test), watch people held back.

    So it is in each source; its number for each row is in `source`.
    """
    split, source = table["split"], np.zeros(len(table), np.int64) if source is None else source
    places = _places(table, same_picture)
    role = pd.Series("", index=table.index)
    role[split == "train"] = LEARN
    held = pd.Series(False, index=table.index)
    for number in np.unique(source):
        mine = pd.Series(source == number, index=table.index)
        learnt, watched, judged = (mine & (split == name) for name in SPLITS)
        if not judged.any():
            watched, judged = judged, watched
        if not watched.any():
            watched = _held_back(table, places, learnt)
        more = learnt & (watched | (places < HELD_BACK))
        if (
            watched.sum() < watch
            and table["label"][learnt & ~more].nunique() == table["label"][learnt].nunique()
        ):
            watched |= more
        role[judged] = JUDGE
        role[watched] = MONITOR
        held |= watched & learnt
    role[(role == LEARN) & places.isin(places[held])] = MONITOR  # copies in another source
    return role


def compared(table: pd.DataFrame) -> bool:
    """Whether its pictures are looked at, to find copies, before it is dealt."""
    if table["split"].isna().any():
        return True
    return (
        _holds_back(table["split"]) and bool(table["identity"].isna().any()) and len(table) <= MOST_LOOKED_AT
    )


def place(person: str) -> float:
    """A fixed place from 0 to 1 for each person, so that nobody changes sides between runs."""
    return int.from_bytes(sha256(person.encode()).digest()[:8], "big") / 2**64


def _dealt(datasets: Sequence[Dataset], seed: int, watch: int) -> list[Dealt]:
    whole = joined(datasets) if len(datasets) > 1 else datasets[0]
    source = np.repeat(np.arange(len(datasets)), [len(one) for one in datasets])
    lacking = any(_holds_back(whole.table["split"][source == number]) for number in range(len(datasets)))
    same = _same_picture(whole) if lacking or watch else None
    table = whole.table
    if table["split"].isna().any():
        table = table.assign(split=splits.split(table, seed=seed, same_picture=same).to_numpy())
    role = of(table, same, source, watch)
    parts = [source == number for number in range(len(datasets))]
    return [
        Dealt(splits.resplit(one, table["split"][part]), role[part].reset_index(drop=True))
        for one, part in zip(datasets, parts, strict=True)
    ]


def _holds_back(split: pd.Series) -> bool:
    """Whether those to watch are taken from those to learn from, as two other parts are not there, or not yet."""
    return not {"validation", "test"} <= set(split) or bool(split.isna().any())


def _same_picture(dataset: Dataset) -> Groups | None:
    """Which photos are copies; nothing where a published list of people and copies has said so of each photo."""
    unsorted = dataset.table["split"].isna().any()
    if not unsorted and dataset.table["identity"].notna().all():
        return None
    if unsorted or len(dataset) <= MOST_LOOKED_AT:
        return fingerprints.same_picture(fingerprints.take(dataset))
    files = [b""] * len(dataset)
    for row, data in dataset.scan():
        files[row] = blake2b(data or str(row).encode(), digest_size=16).digest()
    return pd.factorize(np.array(files, object))[0].astype(np.int64)


def _places(table: pd.DataFrame, same_picture: Groups | None) -> pd.Series:
    """The place of each row, by the first name among its kin."""
    names = table["identity"].fillna(table["id"])
    if same_picture is not None:
        kin = splits.kin(table, same_picture)
        firsts = (
            pd.DataFrame({"name": names.to_numpy(), "kin": kin}).sort_values("name").drop_duplicates("kin")
        )
        names = pd.Series(kin, index=table.index).map(firsts.set_index("kin")["name"])
    return names.map(place)


def _held_back(table: pd.DataFrame, places: pd.Series, learnt: pd.Series) -> pd.Series:
    """Some of those to learn from; where they are few, a few of each label, or nobody would be watched at all."""
    held = learnt & (places < MONITORED)
    for _, of_label in places[learnt].groupby(table["label"]):
        people = of_label.drop_duplicates()
        held |= learnt & places.isin(people.nsmallest(min(LEAST_WATCHED, len(people) // 4)))
    return held


def _opened(specs: Sequence[str]) -> list[Dataset]:
    """With a name each of its own; published ones keep theirs, by which they are opened."""
    taken = set(specs) & set(KNOWN)
    opened = []
    for spec in specs:
        one = open_dataset(spec)
        if spec not in KNOWN:
            one = replace(one, name=fresh_name(one.name, taken))
            taken.add(one.name)
        opened.append(one)
    return opened


def _to_keep(dealt: Dealt) -> Kept:
    table = dealt.dataset.table
    said: dict[str, dict[str, list[str]]] = {}
    for id_, role, split in zip(table["id"], dealt.role, table["split"], strict=True):
        said.setdefault(role, {}).setdefault(split, []).append(id_)
    return said


def _as_kept(dataset: Dataset, said: Kept) -> Dealt:
    part_of = {
        id_: (role, split) for role, parts in said.items() for split, ids in parts.items() for id_ in ids
    }
    there = dataset.table["id"].isin(list(part_of))
    dataset = dataset if there.all() else dataset.part(there)
    roles, named = ([part_of[id_][at] for id_ in dataset.table["id"]] for at in (0, 1))
    return Dealt(splits.resplit(dataset, pd.Series(named, dtype="str")), pd.Series(roles, dtype="str"))
