"""What would flip it: four sliders that change the photo, each with a mark where the answer turns."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from model import flip, running
from model.flip import DISTANCE, LIGHT, SHARPNESS, TILT, Sweep, Turn, Verdict
from model.running import Running
from pages.parts.opened import Opened
from ui import cards, panels
from ui.language import number, percent, t
from ui.panels import Stretch

STEPS = range(-flip.FURTHEST, flip.FURTHEST + 1)


def show(opened: Opened) -> None:
    engine = running.get()
    kinds = flip.kinds_for(opened.landmarks)
    found = opened.remembered("flip", lambda: _sweeps(opened, engine, kinds))
    moved = next((kind for kind in kinds if _at(opened.key, kind)), kinds[0])
    seen = _changed(opened, engine, moved, _at(opened.key, moved))
    with st.container(key=f"panel-changed-{opened.key}"):
        cards.show(seen, opened.reading.faces.index(opened.answer))
    for kind in kinds:
        with st.container(key=f"panel-slider-{kind}-{opened.key}", gap="small"):
            _slider(opened, found[kind], kinds)
    st.caption(
        t(
            "One thing at a time: moving one slider puts the others back. A face is straightened and cut always alike "
            "before the model sees it, so tilt and distance show how much hangs on that. It is tried in steps of a "
            "twentieth of each slider: what turns and turns back in between may stay unseen."
        )
    )


def _slider(opened: Opened, sweep: Sweep, kinds: Sequence[str]) -> None:
    kind = sweep.kind
    name, left, right = _names(kind)
    key = _key(opened.key, kind)
    st.session_state.setdefault(key, 0)
    st.select_slider(
        name,
        STEPS,
        format_func=lambda amount: effect(kind, amount),
        key=key,
        on_change=_alone,
        args=(opened.key, kind, kinds),
    )
    sentence = _sentence(sweep)
    marks = [_place(turn.amount) for turn in sweep.turns]
    panels.scale(_stretches(opened, sweep), marks, left, right, sentence)
    with st.container(key=f"panel-turn-{kind}-{opened.key}", horizontal=True, gap="small"):
        st.markdown(sentence, width="stretch")
        if sweep.turns:
            st.button(
                t("Show it"),
                key=f"rupa.show.{opened.key}.{kind}",
                type="tertiary",
                on_click=_move,
                args=(opened.key, kind, sweep.turns[0].amount, kinds),
            )


def _sweeps(opened: Opened, engine: Running, kinds: Sequence[str]) -> dict[str, Sweep]:
    def judge(asked: Sequence[tuple[str, int]]) -> list[Verdict]:
        return _ask(opened, engine, asked)

    now = Verdict(opened.answer.label, opened.answer.probabilities["male"])
    return flip.sweeps(judge, kinds, now, engine.artifact.card.sure_at)


def _ask(opened: Opened, engine: Running, asked: Sequence[tuple[str, int]]) -> list[Verdict]:
    card = engine.artifact.card
    crops = flip.changed(opened.pixels, opened.landmarks, asked, card.input_size)
    # A full batch is answered sooner than the half of one, crop by crop.
    spare = -len(crops) % flip.AT_ONCE
    padding = crops[-1:] * spare if spare <= flip.AT_ONCE // 2 else []
    probabilities = engine.service.predict(np.stack(crops + padding)).probabilities
    return flip.verdicts(probabilities[: len(crops)], card.sure_at)


def _changed(opened: Opened, engine: Running, kind: str, amount: int) -> cards.Card:
    """The card of the face as the sliders stand now."""
    if amount == 0:
        answer = opened.answer
        return cards.Card(answer.label, answer.probabilities["female"], cards.crop_of(answer.crop))
    crop = flip.change(opened.pixels, opened.landmarks, kind, amount, engine.artifact.card.input_size)
    [verdict] = _ask(opened, engine, [(kind, amount)])
    return cards.Card(verdict.label, 1 - verdict.p_male, cards.crop_of(crop))


def _key(face: str, kind: str) -> str:
    return f"rupa.slider.{face}.{kind}"


def _at(face: str, kind: str) -> int:
    return int(st.session_state.get(_key(face, kind), 0))


def _alone(face: str, kind: str, kinds: Sequence[str]) -> None:
    """Called with the face's name alone, as `_move`: Streamlit holds on to what a widget calls back with."""
    for other in kinds:
        # One that stands at 0 is left alone: setting it would undo a move that is just on its way here.
        if other != kind and _at(face, other):
            st.session_state[_key(face, other)] = 0


def _move(face: str, kind: str, amount: int, kinds: Sequence[str]) -> None:
    st.session_state[_key(face, kind)] = amount
    _alone(face, kind, kinds)


def _stretches(opened: Opened, sweep: Sweep) -> list[Stretch]:
    """The scale cut where the answer is known to turn."""
    below = next((turn for turn in sweep.turns if turn.amount < 0), None)
    above = next((turn for turn in sweep.turns if turn.amount > 0), None)
    start, end = (_place(below.amount) if below else 0.0), (_place(above.amount) if above else 1.0)
    parts = [Stretch(start, end, opened.answer.label)]
    if below:
        parts.insert(0, Stretch(0.0, start, below.label))
    if above:
        parts.append(Stretch(end, 1.0, above.label))
    return parts


def _place(amount: int) -> float:
    return (amount + flip.FURTHEST) / (2 * flip.FURTHEST)


def _names(kind: str) -> tuple[str, str, str]:
    return {
        LIGHT: (t("Light"), t("darker"), t("lighter")),
        SHARPNESS: (t("Sharpness"), t("sharper"), t("blurrier")),
        TILT: (t("Tilt"), t("to the left"), t("to the right")),
        DISTANCE: (t("Distance"), t("closer"), t("wider")),
    }[kind]


def effect(kind: str, amount: int) -> str:
    """What a step of a slider does to the photo, in words."""
    by = flip.effect(kind, amount)
    if amount == 0:
        return t("as it is")
    if kind == TILT:
        degrees = number(abs(by), 0 if abs(by) >= 1 else 1)
        return (
            t("tilted {degrees}° to the left", degrees=degrees)
            if by < 0
            else t("tilted {degrees}° to the right", degrees=degrees)
        )
    share = percent(abs(by), 1 if kind == SHARPNESS and by > 0 else 0)
    if kind == LIGHT:
        return t("{share} darker", share=share) if by < 0 else t("{share} lighter", share=share)
    if kind == SHARPNESS:
        return (
            t("{share} sharper", share=share)
            if by < 0
            else t("smeared over {share} of its width", share=share)
        )
    return t("cut {share} closer", share=share) if by < 0 else t("cut {share} wider", share=share)


def _sentence(sweep: Sweep) -> str:
    if sweep.turns:
        return " ".join(_turning(sweep.kind, turn) for turn in sweep.turns)
    return {
        LIGHT: t("Neither dark nor light turns this answer."),
        SHARPNESS: t("No amount of sharpening or blur turns this answer."),
        TILT: t(
            "No tilt up to {degrees}° turns this answer.", degrees=number(flip.effect(TILT, flip.FURTHEST))
        ),
        DISTANCE: t("Neither stepping closer nor further back turns this answer."),
    }[sweep.kind]


def _turning(kind: str, turn: Turn) -> str:
    change = effect(kind, turn.amount)
    return {
        "female": t("This answer turns to “looks female” when the photo is {change}.", change=change),
        "male": t("This answer turns to “looks male” when the photo is {change}.", change=change),
        "unsure": t("This answer turns to “not sure” when the photo is {change}.", change=change),
    }[turn.label]
