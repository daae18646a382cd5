"""Who is learnt from and who is asked: train, validation and test, never one person or one picture on two sides.

Whatever belongs together (an identity, copies and near copies of a picture) moves as one. Official splits stay as they
are; photos without one go where their kin is. The same seed gives the same split, in whatever order the rows come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.fingerprints import connected
from training.table import SPLITS, Dataset, DatasetError

SHARES: Mapping[str, float] = {"train": 0.7, "validation": 0.2, "test": 0.1}


class SplitError(DatasetError):
    """No split, for the reason that `code` names."""

    sentences = {  # noqa: RUF012 - read only
        "bad_shares": "The shares {shares} are no split; give train, validation and test parts that add up to 1.",
    }


def kin(table: pd.DataFrame, same_picture: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """A number for each row, equal where rows show one person or one picture, also by way of a third row.

    `same_picture` is `fingerprints.same_picture`, or any other numbers of that kind.
    """
    links = [_chain(table["identity"].to_numpy(), table["identity"].notna().to_numpy())]
    if same_picture is not None:
        links.append(_chain(same_picture, np.ones(len(table), bool)))
    return connected(len(table), np.concatenate(links))


def split(
    table: pd.DataFrame,
    *,
    shares: Mapping[str, float] = SHARES,
    seed: int = 0,
    same_picture: NDArray[np.int64] | None = None,
    official: bool = True,
    by: Sequence[str] = ("label",),
) -> pd.Series:
    """The split of each row: within each value of `by` in these shares, as near as kin allows.

    The shares are of the rows without an official split; with `official=False`, that is all of them.
    """
    _check(shares)
    groups = kin(table, same_picture)
    splits = np.full(len(table), None, object)
    if official:
        named = table["split"].notna().to_numpy()
        splits[named] = table["split"].to_numpy()[named]
        homes = _homes(groups, splits)
        splits[~named] = [homes.get(group) for group in groups[~named].tolist()]
    free = np.flatnonzero([name is None for name in splits])
    if len(free):
        splits[free] = _dealt(table.iloc[free], groups[free], shares, seed, by)
    return pd.Series(splits, index=table.index, dtype="str", name="split")


def resplit(dataset: Dataset, splits: pd.Series) -> Dataset:
    """The same photos with these splits."""
    return replace(dataset, table=dataset.table.assign(split=splits.to_numpy()))


def _check(shares: Mapping[str, float]) -> None:
    values = list(shares.values())
    known = set(shares) <= set(SPLITS)
    if not known or not all(0 <= value <= 1 for value in values) or not np.isclose(sum(values), 1):
        raise SplitError("bad_shares", shares=dict(shares))


def _chain(names: NDArray, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Each row paired with the next one of the same name."""
    rows = np.flatnonzero(known)
    codes = pd.factorize(names[rows])[0]
    order = np.argsort(codes, kind="stable")
    alike = np.flatnonzero(np.diff(codes[order]) == 0)
    return np.column_stack([rows[order[alike]], rows[order[alike + 1]]])


def _homes(groups: NDArray[np.int64], splits: NDArray[np.object_]) -> dict[int, str]:
    """Where a group's official members are. Kin that officially sits on two sides draws its rest to training."""
    homes: dict[int, str] = {}
    for name in reversed(SPLITS):
        homes.update(dict.fromkeys(groups[splits == name].tolist(), name))
    return homes


def _dealt(
    table: pd.DataFrame, groups: NDArray[np.int64], shares: Mapping[str, float], seed: int, by: Sequence[str]
) -> list[str]:
    """Deal groups out, the largest first, each to the split that it brings nearest to its share so far."""
    names = [name for name in SPLITS if shares.get(name, 0) > 0]
    wanted = np.array([shares[name] for name in names])
    strata = pd.MultiIndex.from_frame(table[list(by)].astype("str").fillna("unknown")).factorize(sort=True)[0]
    members = pd.DataFrame({"group": groups, "stratum": strata, "id": table["id"].to_numpy()})
    units = members.groupby("group").agg(size=("id", "size"), id=("id", "min"), stratum=("stratum", "min"))
    units = units.sort_values("id")
    units["turn"] = np.random.default_rng(seed).permutation(len(units))
    units = units.sort_values(["size", "stratum", "turn"], ascending=[False, True, True])
    of_group = members.groupby("group")["stratum"].agg(list).to_dict()
    filled = np.zeros((int(strata.max(initial=0)) + 1, len(names)))
    homes: dict[int, str] = {}
    for group in units.index:
        brings, counts = np.unique(of_group[group], return_counts=True)
        so_far = filled[brings].sum(axis=1) + counts
        lacking = wanted * so_far[:, None] - filled[brings]
        best = int(np.argmax(counts @ lacking))
        filled[brings, best] += counts
        homes[group] = names[best]
    return [homes[group] for group in groups.tolist()]
