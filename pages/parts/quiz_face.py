"""One face of the quiz as every screen shows it: the picture, the buttons to vote with, and what is revealed."""

import html
from collections.abc import Callable

import streamlit as st

from pages.parts import quiz_words
from training.quiz import Question
from training.quiz_score import Tally, Vote
from training.table import FEMALE, MALE
from ui.language import t, tn


def beside(address: str, number: int, of: int) -> "st.delta_generator.DeltaGenerator":
    """Draw the face; returns the place beside it, which on a phone is below it."""
    picture, side = st.columns([3, 2], gap="large")
    alt = html.escape(t("Face {n} of {of}", n=number + 1, of=of), quote=True)
    with picture:
        st.html(f'<img class="quiz-face" src="{address}" alt="{alt}">')
    return side


def place(number: int, of: int) -> None:
    st.html(f'<p class="quiz-place">{html.escape(t("Face {n} of {of}", n=number + 1, of=of))}</p>')


def buttons(
    on_click: Callable[[int, int | None], None],
    turn: int,
    *,
    chosen: Vote | None = None,
    keys: bool = True,
) -> None:
    """`on_click` gets the turn and the answer; `chosen` is the vote so far."""
    with st.container(key="quiz-vote", gap="small"):
        with st.container(horizontal=True, gap="small"):
            for answer, key in ((FEMALE, t("F")), (MALE, t("M"))):
                _button(answer, on_click, turn, chosen=chosen, key=key if keys else None)
        _button(None, on_click, turn, chosen=chosen, key="X" if keys else None)


def told(question: Question, you: Vote | None) -> None:
    """The model's answer, the label, and what the visitor had said, each with its name."""
    model = quiz_words.kind(question.answer if question.sure else None)
    rows = [
        (model, _judged(t("The model"), question.right), quiz_words.model(question)),
        (quiz_words.kind(question.label), t("The label"), quiz_words.label(question)),
    ]
    if you:
        right = None if you.answer is None else you.answer == question.label
        rows.append((quiz_words.kind(you.answer), _judged(t("You"), right), quiz_words.vote(you)))
    cells = "".join(
        f'<li class="{kind}"><small>{html.escape(name)}</small><strong>{html.escape(said)}</strong></li>'
        for kind, name, said in rows
    )
    st.html(f'<ul class="quiz-told">{cells}</ul>')


def votes(tally: Tally) -> None:
    """How the room voted: three bars, each with its number."""
    most = max(tally.female, tally.male, tally.cannot_tell, 1)
    rows = "".join(
        f'<li class="{quiz_words.kind(answer)}"><span>{html.escape(quiz_words.answer(answer))}</span>'
        f'<i style="width:{100 * count / most:.1f}%"></i><b>{count}</b></li>'
        for answer, count in ((FEMALE, tally.female), (MALE, tally.male), (None, tally.cannot_tell))
    )
    said = tn("{n} vote", "{n} votes", tally.of)
    st.html(f'<p class="quiz-place">{html.escape(said)}</p><ul class="quiz-votes">{rows}</ul>')


def _judged(who: str, right: bool | None) -> str:
    return who if right is None else f"{who} · {t('right') if right else t('wrong')}"


def _button(
    answer: int | None,
    on_click: Callable[[int, int | None], None],
    turn: int,
    *,
    chosen: Vote | None,
    key: str | None,
) -> None:
    is_chosen = chosen is not None and chosen.answer == answer
    st.button(
        quiz_words.answer(answer),
        key=f"quiz-{quiz_words.kind(answer)}",
        type="primary" if is_chosen or (chosen is None and answer is not None) else "secondary",
        icon=":material/check:" if is_chosen else None,
        on_click=on_click,
        args=(turn, answer),
        shortcut=key,
        width="stretch",
    )
