"""Deleting a run or a search, once somebody has said so twice."""

import streamlit as st

from pages.parts import train_run_buttons
from training import jobs
from training.jobs import JobError
from training.run_state import Run
from ui import access, state
from ui.language import t

_ASKED = "runs.deleting"


def show(run: Run, place: str, question: str) -> None:
    """`place` tells the same buttons on two tabs apart; `question` says what goes, as Markdown."""
    if st.session_state.get(f"{state.PREFIX}{_ASKED}") != run.id:
        st.button(
            t("Delete"),
            key=f"rupa-{place}-delete",
            icon=":material/delete:",
            type="tertiary",
            disabled=not access.presenter() or jobs.active(run),
            on_click=state.keep,
            args=(_ASKED, run.id),
        )
        return
    st.warning(question, icon=":material/delete:")
    with st.container(horizontal=True):
        st.button(t("Delete it for good"), key=f"rupa-{place}-delete-now", on_click=_gone, args=(run.id,))
        st.button(t("Keep it"), key=f"rupa-{place}-keep", on_click=state.drop, args=(_ASKED,))


def _gone(id_: str) -> None:
    state.drop(_ASKED)
    run = jobs.find(id_)
    if run is None or not access.presenter():
        return
    try:
        jobs.delete(run)
    except JobError as error:
        train_run_buttons.tell(error)
