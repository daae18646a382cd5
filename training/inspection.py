"""What to know before training: findings about a data set, each with a code, facts, rows and a sentence of advice.

`inspect_table` needs the table only and takes no time; `inspect_photos` needs the photos' fingerprints.
`inspect` is both. The worst comes first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.card import LABELS
from training.fingerprints import Fingerprints, Pairs, connected
from training.inspect_seen import Seen, of_prints
from training.table import FEMALE, MALE, SPLITS, Dataset

TINY_PX = 48  # the shorter side; a face in it has half of that, and the detector finds few below 20
FEW = 30  # below it, an interval of accuracy is wider than 20 points
LOPSIDED = 0.6  # share of the larger class from which a constant answer starts to look like a result
GROUP_LOPSIDED = 0.75

# By how much each spoils what comes after: 1 makes results untrue, 2 makes them worse, 3 is worth knowing.
SENTENCES: dict[str, tuple[int, str]] = {
    "one_class": (1, "All {photos:,} photos look {label} by their labels; add photos of the other class."),
    "person_on_two_sides": (
        1,
        "Of the photos in {other}, {share:.0%} show somebody who is in {one} too; split by person, or the result says "
        "how well the model knows these people.",
    ),
    "picture_on_two_sides": (
        1,
        "Pictures that are in {one} and again in {other}: {pictures:,}; leave one of each out, or split again.",
    ),
    "two_labels": (
        1,
        "Pictures that are there as female and again as male: {pictures:,}; look at them, and correct or drop them.",
    ),
    "lopsided": (
        1,
        "{split} has {women:,} women and {men:,} men: always answering {label} would score {constant:.1%}, so judge "
        "by balanced accuracy, or choose a split as even as training's.",
    ),
    "empty_split": (1, "There is no photo for {split}; split the data so that each part has some of both classes."),
    "few_in_split": (
        2,
        "{split} has only {women:,} women and {men:,} men; with fewer than {few} of either, accuracy may be off by "
        "ten points by chance.",
    ),
    "uneven_classes": (
        2,
        "Training has {women:,} women and {men:,} men; weigh the classes, or add photos of those who are few.",
    ),
    "lopsided_group": (
        2,
        "Of {group}, {share:.0%} of {photos:,} photos are {label}; a model may learn that this group is {label}.",
    ),
    "small_group": (
        2,
        "{group} has only {photos:,} photos in {split}; say nothing about this group from so few.",
    ),
    "copies": (
        2,
        "Copies of another photo, pixel by pixel: {photos:,}; keep one of each, or they count twice.",
    ),
    "near_copies": (
        3,
        "Photos like another but for size, light or compression: {photos:,}; keep such pairs in one split.",
    ),
    "unreadable": (2, "Files that cannot be read as photos: {photos:,}; replace or delete them."),
    "tiny": (2, "Photos smaller than {px} pixels: {photos:,}; use larger ones, or expect guesses on them."),
    "faceless": (
        2,
        "Photos in which no face was found: {photos:,}; look whether they show one, for they teach little.",
    ),
    "unlabelled": (3, "Files without a label that can be read: {files:,}; they are left out, so check their names."),
    "no_groups": (
        3,
        "Nothing says who is who, or of which age or group people are; only near copies can be kept together.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """`rows` are positions in the data set's table. Sentences in other languages come from `code` and `facts`."""

    code: str
    facts: Mapping[str, Any]
    rows: tuple[int, ...] = field(default=(), repr=False)

    @property
    def severity(self) -> int:
        return SENTENCES[self.code][0]

    @property
    def advice(self) -> str:
        return SENTENCES[self.code][1].format(**self.facts)


def inspect(dataset: Dataset, prints: Fingerprints) -> tuple[Finding, ...]:
    """All there is to say, the worst first."""
    return inspect_both(dataset, of_prints(prints))


def inspect_both(dataset: Dataset, pictures: Seen) -> tuple[Finding, ...]:
    """What the table and the pictures say."""
    return _sorted([*inspect_table(dataset), *inspect_seen(dataset, pictures)])


def inspect_table(dataset: Dataset) -> tuple[Finding, ...]:
    """What the labels, splits and groups say."""
    table = dataset.table
    found = [*_classes(table), *_splits(table), *_groups(table), *_people(table)]
    if dataset.skipped:
        found.append(_finding("unlabelled", files=len(dataset.skipped)))
    if len(table) and table[["identity", "race", "age_band"]].isna().all().all():
        found.append(_finding("no_groups"))
    return _sorted(found)


def inspect_photos(dataset: Dataset, prints: Fingerprints) -> tuple[Finding, ...]:
    """What the pictures themselves say."""
    return inspect_seen(dataset, of_prints(prints))


def inspect_seen(dataset: Dataset, pictures: Seen) -> tuple[Finding, ...]:
    readable = pictures.readable
    found = []
    for code, rows, facts in (
        ("unreadable", ~readable, {}),
        ("tiny", readable & (pictures.sizes.min(axis=1) < TINY_PX), {"px": TINY_PX}),
        ("faceless", readable & (pictures.faces == 0), {}),
    ):
        if rows.any():
            found.append(_finding(code, np.flatnonzero(rows), photos=int(rows.sum()), **facts))
    for code, pairs in (("copies", pictures.same), ("near_copies", pictures.similar)):
        if len(pairs):
            found.append(_finding(code, _rows(pairs), photos=len(np.unique(pairs[:, 1]))))
    return _sorted([*found, *_pictures(dataset.table, np.concatenate([pictures.same, pictures.similar]))])


def balance(table: pd.DataFrame, column: str | None = None) -> pd.DataFrame:
    """How many women and men, for each split, and each value of `column` where one is named."""
    parts = [table["split"].fillna("unsplit")]
    if column:
        parts.append(table[column].astype("str").fillna("unknown"))
    counts = pd.crosstab(parts, table["label"]).reindex(columns=[FEMALE, MALE], fill_value=0)
    return counts.set_axis(list(LABELS), axis=1)


def _classes(table: pd.DataFrame) -> Iterator[Finding]:
    if table["label"].nunique() == 1:
        yield _finding("one_class", photos=len(table), label=LABELS[int(table["label"].iloc[0])])
        return
    learnt = table if table["split"].isna().all() else table[table["split"] == "train"]
    women, men = _count(learnt)
    if len(learnt) and max(women, men) > LOPSIDED * len(learnt):
        yield _finding("uneven_classes", women=women, men=men)


def _splits(table: pd.DataFrame) -> Iterator[Finding]:
    present = [name for name in SPLITS if (table["split"] == name).any()]
    for name in ("train", "validation"):
        if present and name not in present and set(present) != {"test"}:
            yield _finding("empty_split", split=name)
    for name in present:
        if name == "train" or table["label"].nunique() == 1:
            continue
        asked = table[table["split"] == name]
        women, men = _count(asked)
        larger = max(women, men)
        if larger > LOPSIDED * len(asked):
            label = LABELS[FEMALE if women == larger else MALE]
            constant = larger / len(asked)
            yield _finding(
                "lopsided", asked.index, split=name, women=women, men=men, label=label, constant=constant
            )
        if min(women, men) < FEW:
            yield _finding("few_in_split", split=name, women=women, men=men, few=FEW)


def _groups(table: pd.DataFrame) -> Iterator[Finding]:
    for column in ("race", "age_band"):
        for value, rows in table.groupby(column, observed=True):
            group = f"{column.replace('_', ' ')} {value}"
            women, men = _count(rows)
            share = max(women, men) / len(rows)
            if len(rows) >= FEW and share > GROUP_LOPSIDED:
                label = LABELS[FEMALE if women > men else MALE]
                yield _finding(
                    "lopsided_group", rows.index, group=group, share=share, photos=len(rows), label=label
                )
            for split, part in rows.groupby("split"):
                if split != "train" and len(part) < FEW:
                    yield _finding("small_group", part.index, group=group, photos=len(part), split=split)


def _people(table: pd.DataFrame) -> Iterator[Finding]:
    sides = table.pivot_table(index="identity", columns="split", values="label", aggfunc="size")
    for one, other in _pairs_of_splits(sides.columns.tolist()):
        both = sides.index[sides[one].notna() & sides[other].notna()]
        if len(both):
            asked = table["split"] == other
            rows = np.flatnonzero(table["identity"].isin(both) & asked)
            share = len(rows) / int(asked.sum())
            yield _finding("person_on_two_sides", rows, people=len(both), share=share, one=one, other=other)


def _pictures(table: pd.DataFrame, pairs: Pairs) -> Iterator[Finding]:
    """Pictures that are there more than once with two labels, or on two sides."""
    if not len(pairs):
        return
    labels, splits = table["label"].to_numpy(), table["split"].fillna("").to_numpy()
    left, right = pairs.T
    disagree = pairs[labels[left] != labels[right]]
    if len(disagree):
        yield _finding("two_labels", _rows(disagree), pictures=_pictures_in(disagree))
    for one, other in _pairs_of_splits(sorted(set(splits))):
        across = pairs[
            ((splits[left] == one) & (splits[right] == other))
            | ((splits[left] == other) & (splits[right] == one))
        ]
        if len(across):
            yield _finding(
                "picture_on_two_sides", _rows(across), pictures=_pictures_in(across), one=one, other=other
            )


def _pictures_in(pairs: Pairs) -> int:
    return len(np.unique(pairs[:, 0]))


def _pairs_of_splits(names: list[str]) -> Iterator[tuple[str, str]]:
    present = [name for name in SPLITS if name in names]
    for place, one in enumerate(present):
        for other in present[place + 1 :]:
            yield one, other


def _count(rows: pd.DataFrame) -> tuple[int, int]:
    return int((rows["label"] == FEMALE).sum()), int((rows["label"] == MALE).sum())


def _rows(pairs: Pairs) -> NDArray[np.int64]:
    return np.unique(pairs)


def _finding(code: str, rows: Any = (), **facts: Any) -> Finding:
    return Finding(code, facts, tuple(int(row) for row in rows))


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: finding.severity))


def spare(finding: Finding, table: pd.DataFrame, pictures: Seen) -> tuple[int, ...]:
    """The rows to leave out so that this finding is gone: of pictures that are there twice all but one of each.

    Nothing where leaving photos out does not help.
    """
    rows = np.array(finding.rows, np.int64)
    if finding.code in ("unreadable", "tiny", "faceless", "two_labels", "person_on_two_sides"):
        return finding.rows
    if finding.code == "picture_on_two_sides":
        return tuple(rows[(table["split"].to_numpy() == finding.facts["one"])[rows]].tolist())
    if finding.code in ("copies", "near_copies"):
        pairs = pictures.same if finding.code == "copies" else pictures.similar
        groups = connected(len(pictures), pairs)[rows]
        firsts = np.unique(groups, return_index=True)[1]
        return tuple(np.delete(rows, firsts).tolist())
    return ()
