"""What a choice of photos opens as: its sources joined, what was left out gone, each photo in the split it had.

A source that grows later changes nothing; one that shrinks loses only what it lost. Before a choice is kept
(`choices.py`), `at_most` takes as many of each, `dealt` gives each photo a split, `check` refuses what cannot teach.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training import choices
from training.choices import ChosenError
from training.splits import split
from training.table import FEMALE, MALE, Dataset

LEAST = 10  # of each class: with fewer, none is left to check by once most are learnt from
_LONGEST_NAME = 60
_CHECKED = {"train": 0.8, "validation": 0.2}

Groups = NDArray[np.int64]


def open_choice(spec: str, home: Path | None = None) -> Dataset:
    """Its photos, as one data set, in the order of their sources."""
    choice = choices.find(spec)
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
        if spec.startswith(choices.PREFIX):
            raise ChosenError("chosen_gone")  # nobody wrote a choice of choices, which might never end
        one = open_dataset(spec, home)
        opened.append(replace(one, name=fresh_name(one.name, {other.name for other in opened})))
    [only, *more] = opened
    if more:
        return joined(opened, name)
    return replace(only, name=name)


def fresh_name(name: str, taken: Set[str]) -> str:
    """This name, with a number where it is taken."""
    names = [name, *(f"{name} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)


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
