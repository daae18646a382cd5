"""Two evaluations of the same photos, side by side: which those are, and both cut to the faces that both were shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.parts import chosen_evaluation
from training import comparison
from training.comparison import Comparison
from training.evaluations import Kept
from training.view import View
from ui.language import day, t

_SECOND = "rupa.compare.second"


@dataclass(frozen=True)
class Pair:
    """Row by row the same faces in both views; `found` is what the second model turned, right and wrong.

    `names` tell the two apart also where they have the same name.
    """

    first: View
    second: View
    found: Comparison
    names: tuple[str, str]
    only_first: int
    only_second: int


def rivals(kept: Sequence[Kept], chosen: Kept) -> list[Kept]:
    """What else was asked about the same photos in the same way."""
    return [one for one in kept if one.path != chosen.path and _photos(one) == _photos(chosen)]


def turn_to(chosen: Kept, second: Kept) -> None:
    """Let this one stand on the other side when the choice is drawn next, beside the one that is chosen."""
    st.session_state[_SECOND] = str(second.path)
    st.session_state.pop(_key(chosen), None)


def choose_second(rivals: Sequence[Kept], chosen: Kept) -> Kept:
    """Draw the choice of the model that stands on the other side."""
    named = names([chosen, *rivals])[1:]
    by_path = {str(one.path): name for one, name in zip(rivals, named, strict=True)}
    wish = st.session_state.get(_SECOND)
    paths = list(by_path)
    path = st.selectbox(
        t("Compared with"),
        paths,
        index=paths.index(wish) if wish in by_path else 0,
        format_func=by_path.__getitem__,
        key=_key(chosen),
    )
    st.session_state[_SECOND] = path
    return rivals[paths.index(path)]


def names(kept: Sequence[Kept]) -> list[str]:
    """The models' names; where two are alike, with the day, else with what their files begin with."""
    plain = [one.about.model for one in kept]
    dated = [f"{one.about.model} ({day(one.about.made)})" for one in kept]
    hashed = [f"{one.about.model} ({one.about.model_hash[:8]})" for one in kept]
    return [
        name if plain.count(name) == 1 else dated[at] if dated.count(dated[at]) == 1 else hashed[at]
        for at, name in enumerate(plain)
    ]


def opened(first: Kept, second: Kept) -> Pair:
    """Raises `EvaluationError` where one cannot be read or they have nothing in common."""
    views = [chosen_evaluation.open_view(one) for one in (first, second)]
    one, other = names([first, second])
    return _pair(f"{first.path} {first.state}", f"{second.path} {second.state}", (one, other), *views)


def _key(chosen: Kept) -> str:
    return f"{_SECOND}.{chosen.path.stem}.{chosen.about.model}"


def _photos(kept: Kept) -> tuple[str, str, str]:
    return kept.about.photos, kept.about.split, kept.about.source


@st.cache_resource(show_spinner=False, max_entries=12)
def _pair(first: str, second: str, named: tuple[str, str], _one: View, _other: View) -> Pair:
    del first, second
    earlier, later, only_first, only_second = comparison.matched(_one.table, _other.table)
    found = comparison.compare(earlier, later, columns=_one.group_columns)
    if not np.array_equal(_one.ids, _other.ids):
        _one, _other = View.of(earlier, _one.about), View.of(later, _other.about)
    return Pair(_one, _other, found, named, only_first, only_second)
