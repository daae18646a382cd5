"""That's wrong: what the answer should have been, and, only if the visitor agrees in words, the face to learn from."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import streamlit as st

from model import running
from model.card import LABELS
from model.faces import CROP_VERSION, Pixels, align
from pages.parts import kept_faces, session_errors
from pages.parts.opened import Opened, menu_key
from pages.parts.session_errors import NO_FACE, NOT_SAID, WrongAnswer
from training import flagged
from training.flagged import FlaggedError
from ui import access, holding, panels
from ui.language import plain_error, t, tn


def show(opened: Opened) -> None:
    wrong = _noted(opened)
    panels.said(
        t("What should it have said?"),
        t("You may well know better than the model; it knows only this picture."),
    )
    if wrong is None or not wrong.kept:
        if wrong:  # the row forgets what was chosen while the panel is closed
            st.session_state.setdefault(f"rupa.should.{opened.key}", wrong.should_be)
        choice = st.pills(
            t("What should it have said?"),
            [*(label for label in LABELS if label != opened.answer.label), NOT_SAID, NO_FACE],
            format_func=_words,
            key=f"rupa.should.{opened.key}",
            label_visibility="collapsed",
        )
        wrong = _note(opened, wrong, choice)
    if wrong is None:
        return
    st.markdown(
        tn(
            "Thank you, it is noted: you found {n} mistake in this session. It is forgotten when the session ends.",
            "Thank you, it is noted: you found {n} mistakes in this session. They are forgotten when it ends.",
            len(session_errors.of_session()),
        )
    )
    if wrong.kept:
        _kept(wrong)
    elif wrong.should_be in LABELS:
        _offer(opened, wrong)
    _next_step(opened)


def _noted(opened: Opened) -> WrongAnswer | None:
    """What was said of this face; one that has been deleted elsewhere is no longer kept."""
    wrong = session_errors.of_face(opened.key)
    if wrong and wrong.kept and wrong.kept not in flagged.ids():
        wrong = replace(wrong, kept=None)
        session_errors.put(wrong)
    return wrong


def _words(choice: str) -> str:
    return {
        "female": t("Female"),
        "male": t("Male"),
        NOT_SAID: t("I'd rather not say"),
        NO_FACE: t("This is not a face"),
    }[choice]


def _note(opened: Opened, wrong: WrongAnswer | None, choice: str | None) -> WrongAnswer | None:
    """No callback of the row, which would hold on to the photo also after it was forgotten."""
    if choice is None:
        session_errors.drop(opened.key)
        return None
    if wrong is None or wrong.should_be != choice:
        answer = opened.answer
        wrong = WrongAnswer(
            opened.key, answer.crop, answer.label, choice, answer.confidence, datetime.now(UTC)
        )
        session_errors.put(wrong)
    return wrong


def _offer(opened: Opened, wrong: WrongAnswer) -> None:
    crop = _wide_crop(opened)
    if crop is None:
        return
    kept_faces.small(flagged.jpeg(crop), t("The picture that would be kept"))
    access.say_whose_computer()
    agreed = st.checkbox(
        t(
            "Keep this picture on this computer, so that the model can be taught with it. What is kept: this picture, "
            "which shows a little more than the model saw; your answer; what the model said and its name; today's "
            "date. Not your name, nothing else of the photo, nothing of where or when it was taken. It is sent "
            "nowhere, and you can delete it again. A model that has learnt from it meanwhile stays, and what was "
            "measured on it keeps a code and some numbers, but no picture. If it shows somebody else, ask them first."
        ),
        key=f"rupa.consent.{opened.key}",
    )
    if st.button(t("Keep it for teaching"), disabled=not agreed, key=f"rupa.keep.{opened.key}") and agreed:
        _keep(opened, wrong, crop)


def _keep(opened: Opened, wrong: WrongAnswer, crop: Pixels) -> None:
    said = flagged.Said(
        wrong.said, round(opened.answer.probabilities["male"], 4), running.get().artifact.name, CROP_VERSION
    )
    try:
        name = flagged.save(crop, wrong.should_be, said, holding.visit())
    except FlaggedError as error:
        st.warning(plain_error(error, flagged.SENTENCES))
        return
    session_errors.put(replace(wrong, kept=name))
    st.rerun()  # all of the page, since the receipt tells what is kept


def _kept(wrong: WrongAnswer) -> None:
    count = len(flagged.ids())
    st.success(
        tn(
            "Kept. {n} face waits on this computer to be taught with.",
            "Kept. {n} faces wait on this computer to be taught with.",
            count,
        ),
        icon=":material/check:",
    )
    if wrong.kept and st.button(t("Delete it again"), key=f"rupa.delete.{wrong.kept}"):
        kept_faces.delete(wrong.kept)
        st.rerun()


def _next_step(opened: Opened) -> None:
    """A wrong answer is where it gets interesting."""
    with st.container(horizontal=True, gap="small"):
        for panel, words in (("why", t("See where it looked")), ("flip", t("See what would have turned it"))):
            st.button(
                words,
                key=f"rupa.next.{panel}.{opened.key}",
                type="tertiary",
                on_click=_open,
                args=(opened.key, panel),
            )


def _open(face: str, panel: str) -> None:
    st.session_state[menu_key(face)] = panel


def _wide_crop(opened: Opened) -> Pixels | None:
    """A little more than the model saw, so that training can shift and turn it; None where no face was found."""
    # Pandas, which comes with it, would make the first page wait.
    from training import crops

    if not np.isfinite(opened.landmarks).all():
        return None
    return align(opened.pixels, opened.landmarks, crops.SIZE, crops.FIELD)
