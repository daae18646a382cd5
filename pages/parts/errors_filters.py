"""The chips above the gallery: which faces to see, and in which order. Those that are chosen hold all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st

from pages.parts import errors_map, errors_words
from pages.parts.errors_known import Known, Places
from training.report_words import group_name
from training.view import ATTRIBUTE, Selection
from ui.language import number, percent, speech, t, tn

Chip = TypeVar("Chip", int, str)

WRONG, RIGHT = "wrong", "right"
CONFIDENT, SUSPICION = "confident", "suspicion"
_LOWEST, _HIGHEST = 50, 100


@dataclass(frozen=True)
class Choice:
    """What is asked for; `doubtful` asks for labels that are probably wrong, `order` is a column or one of two."""

    selection: Selection
    doubtful: bool
    order: str
    on_a_map: bool


def draw(known: Known) -> Choice:
    """Draw the chips, and return what they ask for."""
    view, key = known.view, f"rupa.errors.{known.key}"
    groups: list[tuple[str, str]] = []
    with st.container(key="errors-filters", gap="small"):
        with st.container(key="errors-chips", horizontal=True, gap="medium"):
            fate = _chips(t("The answer was"), {WRONG: t("wrong"), RIGHT: t("right")}, f"{key}.fate", WRONG)
            label = _chips(t("Labelled"), {0: t("Women"), 1: t("Men")}, f"{key}.label")
            predicted = _chips(t("Taken for"), {0: t("women"), 1: t("men")}, f"{key}.predicted")
        with st.container(key="errors-selects"):
            how_many = len(view.group_columns) + bool(view.attributes) + 1
            columns = st.columns([*[1.0] * how_many, 1.25], vertical_alignment="bottom")
            places = iter(columns)
            with next(places):
                low, high = _confidence(f"{key}.confidence")
            for column in view.group_columns:
                with next(places):
                    if name := _group(known, column, f"{key}.{column}"):
                        groups.append((column, name))
            if view.attributes:
                with next(places):
                    groups += _attribute(known, f"{key}.attribute")
            with next(places):
                order = _order(known, f"{key}.order")
        with st.container(horizontal=True, gap="large", key="errors-toggles"):
            doubtful = _doubtful(known, f"{key}.doubtful")
            on_a_map = st.toggle(t("Choose on a map"), key="rupa.errors.map")
    selection = Selection(
        label=label,
        predicted=predicted,
        right=None if fate is None else fate == RIGHT,
        confidence=None if (low, high) == (_LOWEST, _HIGHEST) else (low / 100, high / 100),
        groups=tuple(groups),
    )
    return Choice(selection, doubtful, order, on_a_map)


def places(known: Known, choice: Choice) -> Places:
    """Where the faces are that are asked for, in the order asked for."""
    chosen = known.view.where(known.answers, choice.selection)
    if choice.doubtful:
        chosen &= known.suspicion.probably
    if (circled := errors_map.circled(known)) is not None:
        only = np.zeros(len(chosen), dtype=bool)
        only[circled] = True
        chosen &= only
    found = np.flatnonzero(chosen)
    falling = -known.confidence[found]
    if choice.order == SUSPICION:
        return found[np.lexsort((falling, -known.suspicion.score[found]))]
    if choice.order in known.view.columns:
        codes = known.view.columns[choice.order].codes[found]
        return found[np.lexsort((falling, np.where(codes < 0, codes.max(initial=0) + 1, codes)))]
    return found[np.argsort(falling, kind="stable")]


def _chips(name: str, words: Mapping[Chip, str], key: str, first: Chip | None = None) -> Chip | None:
    chosen: Chip | None = st.pills(name, list(words), format_func=words.__getitem__, key=key, default=first)
    return chosen


def _confidence(key: str) -> tuple[int, int]:
    low, high = st.select_slider(
        t("How sure the model was"),
        range(_LOWEST, _HIGHEST + 1),
        (_LOWEST, _HIGHEST),
        format_func=lambda share: percent(share / 100),
        key=key,
    )
    return low, high


def _group(known: Known, column: str, key: str) -> str | None:
    words = {"race": t("Race, as labelled"), "age": t("Age")}
    names = known.view.columns[column].names
    chosen: str | None = st.selectbox(
        words.get(column, column),
        names,
        index=None,
        format_func=lambda name: group_name(name, speech()),
        placeholder=t("all"),
        key=key,
    )
    return chosen


def _attribute(known: Known, key: str) -> list[tuple[str, str]]:
    options = [(name, value) for name in known.view.attributes for value in ("yes", "no")]
    chosen = st.selectbox(
        t("Attribute"),
        options,
        index=None,
        format_func=lambda pair: _with_or_without(*pair),
        placeholder=t("all"),
        key=key,
    )
    return [chosen] if chosen else []


def _with_or_without(name: str, value: str) -> str:
    words = errors_words.attribute(name.removeprefix(ATTRIBUTE), speech())
    return (
        t("with: {attribute}", attribute=words)
        if value == "yes"
        else t("without: {attribute}", attribute=words)
    )


def _doubtful(known: Known, key: str) -> bool:
    doubtful = int(known.suspicion.probably.sum())
    if not doubtful:
        return False
    return st.toggle(
        tn("Only {n:,} doubtful label", "Only {n:,} doubtful labels", doubtful),
        key=key,
        help=t(
            "Found by confident learning (the package cleanlab): faces on which the model is surer of another answer "
            "than it usually is. It can be the model that is wrong; look, and vote."
        ),
    )


def _order(known: Known, key: str) -> str:
    words = {CONFIDENT: t("surest first"), SUSPICION: t("most doubtful first")}
    words |= {"race": t("by race"), "age": t("by age")}
    options = [CONFIDENT, *known.view.group_columns, SUSPICION]
    return str(st.selectbox(t("Order"), options, format_func=lambda one: words.get(one, one), key=key))


def counted(found: int, known: Known) -> str:
    """How many faces there are to see, of how many."""
    return t(
        "{found} of {all} faces",
        found=number(found),
        all=number(len(known.answers)),
    )
