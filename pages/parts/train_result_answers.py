"""Which model answers, and who changes that: promote, keep, go back, and what was changed before."""

from collections.abc import Callable

import streamlit as st

from model import running
from model.card import ModelError
from pages.parts import job_panel
from pages.parts.evaluate_words import literal
from training import promotion
from training.gate import Verdict
from training.prediction_table import EvaluationError
from training.promotion import Change, PromotionError
from ui import access, language, state
from ui.language import day, t

_SAID = "train.result"  # what this visit did last: a word for it, and the model that it is about
_BACK_TO = "train.result-back-to"
_MOST = 50


def said() -> None:
    """What came of the last click."""
    done, model = st.session_state.get(f"{state.PREFIX}{_SAID}", ("", ""))
    if done in ("promoted", "back") and model == promotion.active():
        name = literal(model)
        words = (
            t("{model} answers from now on, for everybody here.", model=name)
            if done == "promoted"
            else t("{model} answers again, for everybody here.", model=name)
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(words, icon=":material/check_circle:")
            if st.button(t("Try it on a photo"), key="rupa-result-try", icon=":material/photo_camera:"):
                language.turn_to("photo")


def choose(verdict: Verdict) -> None:
    """Let it answer, or not. Against the gate only with a reason."""
    may, model = access.presenter(), verdict.candidate
    speaks_for_it = verdict.answer == "promote"
    reason, promoted = None, False
    with st.container(horizontal=True, vertical_alignment="center", key="rupa-result-choice"):
        if speaks_for_it:
            promoted = st.button(
                t("Promote"),
                key="rupa-promote",
                type="primary",
                icon=":material/upgrade:",
                disabled=not may,
                help=t("This model answers from then on, for everybody here. You can go back at any time."),
            )
        if st.button(
            t("Keep the old one"),
            key="rupa-keep",
            type="secondary" if speaks_for_it else "primary",
            disabled=not may,
        ):
            state.keep(_SAID, ("kept", model))
        if not speaks_for_it:
            with st.popover(t("Promote anyway"), disabled=not may, key="rupa-anyway"):
                reason, promoted = _reason(model)
    access.explain()
    if st.session_state.get(f"{state.PREFIX}{_SAID}") == ("kept", model):
        st.markdown(
            t("{model} goes on answering. This one stays among the runs.", model=literal(verdict.active))
        )
    if promoted:
        _change("promoted", lambda: promotion.promote(model, reason))


def show() -> None:
    """Which one answers now, the way back, and every change there was."""
    with st.container(horizontal=True, vertical_alignment="center", key="rupa-result-now"):
        st.markdown(t("Now answers: **{model}**", model=literal(promotion.answering())), width="content")
        if earlier := promotion.before():
            st.button(
                t("Go back to {model}", model=literal(earlier)),
                key="rupa-roll-back",
                icon=":material/undo:",
                disabled=not access.presenter(),
                on_click=state.keep,  # the model that stood on the button, whichever is the one before by then
                args=(_BACK_TO, earlier),
            )
    if meant := st.session_state.pop(f"{state.PREFIX}{_BACK_TO}", None):
        _change("back", lambda: promotion.roll_back(meant))
    if changes := promotion.history():
        with st.expander(t("What was changed before")):
            st.markdown("\n".join(f"- {_told(change)}" for change in changes[:_MOST]))


def _reason(model: str) -> tuple[str, bool]:
    with st.form(f"rupa-reason-{model}", border=False):
        typed = st.text_area(
            t("Why should it answer, though the comparison does not speak for it?"),
            max_chars=promotion.MAX_REASON,
            key=f"rupa-reason-{model}-text",
            help=t("This is written down, and stands in the list of changes for everybody to see."),
        )
        return typed, st.form_submit_button(t("Promote anyway"), key="rupa-promote-anyway")


def _change(done: str, change: Callable[[], Change]) -> None:
    """Do it, and let every session of this server answer so; a click that comes without permission does nothing."""
    if not access.presenter():
        st.warning(t("Only the presenter can change which model answers. Nothing was changed."))
        return
    try:
        made = change()
        with st.spinner(t("The model is being exchanged; who asks meanwhile is answered by the one before.")):
            refused = _refused()
            taken_back = refused is not None and promotion.take_back(made)
            if taken_back:
                _refused()
    except PromotionError as error:
        st.warning(t(promotion.SENTENCES[error.code]), icon=":material/info:")
        return
    except (ModelError, EvaluationError) as error:
        st.error(job_panel.why(error.code, error.facts), icon=":material/build:")
        return
    if refused:
        st.error(job_panel.why(refused.code, refused.facts), icon=":material/build:")
        if taken_back:
            st.markdown(t("{model} goes on answering.", model=literal(made.before)))
        return
    state.keep(_SAID, (done, made.after))
    st.rerun()


def _refused() -> ModelError | None:
    """Have the model answer that was chosen; why it cannot."""
    try:
        return running.exchange().passed_over
    except ModelError as error:
        return error


def _told(change: Change) -> str:
    names = {"before": literal(change.before), "after": literal(change.after)}
    if change.kind == "roll_back":
        words = t("from {before} back to {after}", **names)
    elif change.reason:
        words = t("from {before} to {after}, because: {reason}", reason=literal(change.reason, 500), **names)
    else:
        words = t("from {before} to {after}, as the comparison advised", **names)
    try:
        return f"{day(change.when)}: {words}"
    except ValueError:
        return words
