"""Which faces the Evaluate page is about: a cell of the matrix and groups, each a chip that can be taken off again.

A group narrows every number of the page. A cell only chooses the faces to be looked at: of the women taken for men
nobody was answered rightly, and there is no share to show.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.parts import evaluate_words
from pages.parts.evaluate_seen import Pair, Seen
from training.figures import cell_names
from training.report_words import AND, group_name
from training.view import View
from ui import state
from ui.language import number, speech, t, tn

CELL = "rupa.evaluate.cell"
_GROUPS, _TURN = "evaluate.groups", "evaluate.turn"


def cell() -> tuple[int, int] | None:
    """The label and the answer of the chosen cell."""
    chosen = st.session_state.get(CELL)
    if not chosen:
        return None
    label, predicted = map(int, chosen.split("-"))
    return label, predicted


def choose_cell(mark: object) -> None:
    if isinstance(mark, list | tuple) and len(mark) == 2:
        st.session_state[CELL] = f"{int(mark[0])}-{int(mark[1])}"


def groups(view: View) -> tuple[Pair, ...]:
    """The chosen groups that these faces have."""
    return tuple(
        (column, value)
        for column, value in state.kept(_GROUPS, tuple[Pair, ...])
        if column in view.columns and value in view.columns[column].names
    )


def add(*pairs: Pair) -> None:
    columns = {column for column, _ in pairs}
    others = tuple(pair for pair in state.kept(_GROUPS, tuple[Pair, ...]) if pair[0] not in columns)
    state.keep(_GROUPS, (*others, *pairs))
    _turned()


def choose_group(columns: tuple[str, ...], mark: object) -> None:
    """A row of the groups' chart was clicked."""
    name = mark[0] if isinstance(mark, list) and mark else mark
    values = str(name).split(AND)
    if len(values) == len(columns):
        add(*zip(columns, values, strict=True))


def take_off(column: str) -> None:
    state.keep(_GROUPS, tuple(pair for pair in state.kept(_GROUPS, tuple[Pair, ...]) if pair[0] != column))
    _turned()


def no_cell() -> None:
    st.session_state[CELL] = None
    _turned()


def turn() -> int:
    """Another number after each change that a chart did not make itself: it forgets by it what was clicked last."""
    return state.kept(_TURN, int)


def _turned() -> None:
    state.keep(_TURN, turn() + 1)


def pair_name(pair: Pair) -> str:
    return group_name(pair[1], speech())


def show(seen: Seen) -> None:
    """The chips, and a choice that adds one."""
    chosen, chosen_cell = seen.groups, cell()
    with st.container(key="evaluate-chips", horizontal=True, vertical_alignment="center", gap="small"):
        _choice(seen.whole, chosen)
        for pair in chosen:
            _chip(evaluate_words.group(pair[1]), f"{pair[0]}-{pair[1]}", partial(take_off, pair[0]))
        if chosen_cell:
            count = number(seen.counts.confusion[chosen_cell])
            _chip(f"{cell_names(speech())[chosen_cell]}, {count}", "cell", no_cell)
    if chosen:
        st.markdown(
            tn(
                "Everything from here to the groups, and the headline, is now about this **{n:,} face** only.",
                "Everything from here to the groups, and the headline, is now about these **{n:,} faces** only.",
                len(seen.answers),
            )
        )


def _choice(view: View, chosen: tuple[Pair, ...]) -> None:
    options = [
        (column, value)
        for column in view.group_columns
        for value in view.columns[column].names
        if (column, value) not in chosen
    ]
    key = f"rupa.evaluate.add.{turn()}"
    if options:
        st.selectbox(
            t("Only a group"),
            options,
            index=None,
            key=key,
            format_func=pair_name,
            placeholder=t("Only a group …"),
            label_visibility="collapsed",
            width=240,
            on_change=lambda: add(st.session_state[key]),
        )


def _chip(words: str, key: str, take_off: Callable[[], None]) -> None:
    st.button(
        words,
        icon=":material/close:",
        icon_position="right",
        key=f"rupa-chip-{key}",
        help=t("Take this off"),
        on_click=take_off,
    )
