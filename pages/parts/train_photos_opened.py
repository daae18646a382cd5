"""The photos that a visit is choosing: opened once, looked at once, less what was left out, in the parts it wants.

Everything lies in the session until the choice is made; what was seen in the photos lies in a file, because looking
takes time.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from training import choices, chosen, inspect_seen, inspection
from training.datasets import KNOWN
from training.inspect_seen import Seen
from training.inspection import Finding
from ui import state

if TYPE_CHECKING:
    from training.table import Dataset

FEW = (
    300  # so many are looked at while the page is drawn, at about 25 a second; more by a process of their own
)
MANY = 20_000  # more are looked at when somebody asks for it
_OPENED, _LEFT_OUT, _SHARES, _VIEW = (f"train.photos.{name}" for name in ("opened", "left", "shares", "view"))
_numbers = itertools.count(1)

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Wish:
    """Which photos to learn from: sources as `open_dataset` takes them, and at most how many of them."""

    sources: tuple[str, ...]
    name: str
    most: int | None = None


@dataclass(frozen=True)
class Opened:
    """What was wished for, opened. `number` tells it from every other; `seen` is None while nobody has looked."""

    number: int
    wish: Wish
    dataset: "Dataset"
    place: Path
    seen: Seen | None


@dataclass(frozen=True)
class View:
    """What is left of it, in parts; `rows` are the positions in what was opened."""

    number: int
    dataset: "Dataset"
    rows: np.ndarray
    seen: Seen | None
    findings: tuple[Finding, ...]


def open_(wish: Wish) -> Opened:
    """Open it in place of what was open before; raises `DatasetError`."""
    close()
    whole = chosen.together(wish.sources, chosen.plain_name(wish.name))
    dataset = chosen.at_most(whole, wish.most)
    if set(wish.sources) & set(KNOWN):
        dataset = replace(dataset, name=chosen.plain_name(f"{wish.name} {len(dataset)}"))
    place = inspect_seen.place(dataset, wish.sources)
    opened = Opened(next(_numbers), wish, dataset, place, inspect_seen.read(place, len(dataset)))
    state.keep(_OPENED, opened)
    return opened


def opened() -> Opened | None:
    """What is open; what was seen in it meanwhile is known."""
    found: Opened | None = st.session_state.get(state.PREFIX + _OPENED)
    if found and found.seen is None and (seen := inspect_seen.read(found.place, len(found.dataset))):
        found = replace(found, seen=seen)
        state.keep(_OPENED, found)
    return found


def close() -> None:
    for name in (_OPENED, _LEFT_OUT, _SHARES, _VIEW):
        state.drop(name)


def look(one: Opened, progress: Callable[[int, int], None]) -> None:
    """Look at the photos now, and remember what was seen."""
    seen = inspect_seen.look(one.dataset, progress)
    inspect_seen.write(one.place, seen)
    state.keep(_OPENED, replace(one, seen=seen))


def draft(one: Opened) -> str:
    """All of it as a choice, for the process that looks at it."""
    return choices.keep(choices.of(chosen.dealt(one.dataset, None), one.wish.sources))


def view(one: Opened) -> View:
    """What is left, split and judged; computed anew only where something has changed."""
    key = (one.number, one.seen is not None, left_out(), tuple(sorted((shares() or {}).items())))
    known: tuple[object, View] | None = st.session_state.get(state.PREFIX + _VIEW)
    if known and known[0] == key:
        return known[1]
    gone = np.array([row for rows in left_out() for row in rows], np.int64)
    rows = np.setdiff1d(np.arange(len(one.dataset)), gone)
    part = one.dataset.part(rows)
    seen = one.seen.part(rows) if one.seen else None
    dataset = chosen.dealt(part, shares(), seen.groups() if seen else None) if len(part) else part
    dataset = replace(dataset, skipped=one.dataset.skipped)
    findings: tuple[Finding, ...] = ()
    if len(part):
        findings = inspection.inspect_both(dataset, seen) if seen else inspection.inspect_table(dataset)
    made = View(one.number, dataset, rows, seen, findings)
    state.keep(_VIEW, (key, made))
    return made


def to_spare(finding: Finding, seen: View) -> tuple[int, ...]:
    """The photos, as they were opened, to leave out so that this finding is gone."""
    if seen.seen is None:
        return ()
    rows = inspection.spare(finding, seen.dataset.table, seen.seen)
    return tuple(seen.rows[list(rows)].tolist())


def left_out() -> tuple[tuple[int, ...], ...]:
    """What was left out, one step after the other."""
    found: tuple[tuple[int, ...], ...] = st.session_state.get(state.PREFIX + _LEFT_OUT, ())
    return found


def leave_out(number: int, rows: tuple[int, ...]) -> None:
    """Leave these out of what was opened under this number; a button of what is no longer open does nothing."""
    one = opened()
    if one and one.number == number:
        state.keep(_LEFT_OUT, (*left_out(), rows))


def put_back(steps: int) -> None:
    """Take back the last so many steps."""
    state.keep(_LEFT_OUT, left_out()[:-steps])


def shares() -> Shares | None:
    """The parts that this visit wants; None for those that the photos came with, or the usual ones."""
    found: Shares | None = st.session_state.get(state.PREFIX + _SHARES)
    return found


def split_in(wanted: Shares | None) -> None:
    state.keep(_SHARES, wanted)


def has_official(one: Opened) -> bool:
    return bool(one.dataset.table["split"].notna().any())


def choice(one: Opened, seen: View) -> choices.Choice:
    """What is left, to be kept; raises `ChosenError` where nothing can be learnt from it."""
    chosen.check(seen.dataset.table)
    wishes = {
        "most": one.wish.most,
        "shares": dict(shares() or {}),
        "left_out": sum(map(len, left_out())),
        "looked_at": seen.seen is not None,
    }
    return choices.of(seen.dataset, one.wish.sources, **wishes)
