"""Pause, stop and resume a run, wherever it is shown; each stands there only where it makes sense."""

from collections.abc import Callable

import streamlit as st

from training import jobs
from training.jobs import JobError
from training.run_state import Run
from ui import access, state
from ui.language import t

_FAULT = "train.fault"
_ACTIONS: dict[str, Callable[[Run], object]] = {
    "pause": jobs.pause,
    "stop": jobs.stop,
    "resume": jobs.resume,
}


def show(run: Run, place: str) -> None:
    """`place` tells the same buttons on two pages apart."""
    fault()
    offered = _offered(run)
    if not offered:
        return
    with st.container(horizontal=True, gap="small"):
        for action, words, icon in offered:
            st.button(
                words,
                key=f"rupa-{place}-{action}",
                icon=f":material/{icon}:",
                disabled=not access.presenter(),
                on_click=act,
                args=(action, run.id),
            )


def act(action: str, id_: str) -> None:
    """Do it to the run of this id, as it stands now; whoever may not does nothing."""
    if not access.presenter():
        return
    try:
        _ACTIONS[action](_there(id_))
        if action != "pause":
            jobs.ensure_worker()
    except JobError as error:
        tell(error)


def go_on() -> None:
    """Have somebody at work on what waits; why nobody can be stands there when the buttons are drawn."""
    try:
        jobs.ensure_worker()
    except JobError as error:
        tell(error)


def tell(error: JobError) -> None:
    """Have the sentence stand there when the page is drawn next."""
    state.keep(_FAULT, error.code)


def fault() -> None:
    """What could not be done just now, once."""
    code = st.session_state.get(f"{state.PREFIX}{_FAULT}")
    if code in jobs.SENTENCES:
        state.drop(_FAULT)
        st.warning(t(jobs.SENTENCES[code]), icon=":material/info:")


def _offered(run: Run) -> list[tuple[str, str, str]]:
    if run.wish == "pause":
        return [("resume", t("Go on after all"), "play_arrow")] if run.state == "running" else []
    if run.wish:
        return []
    if run.state == "running":
        ends = t("Stop and keep the best epoch") if run.history and not run.trials else t("Stop")
        return [("pause", t("Pause"), "pause"), ("stop", ends, "stop")]
    if run.state == "queued":
        return [("pause", t("Pause"), "pause"), ("stop", t("Take it out of the queue"), "stop")]
    if not run.resumable:
        return []
    offered = [("resume", t("Resume") if run.history else t("Begin again"), "play_arrow")]
    if run.history and run.state != "failed" and not run.trials:
        offered.append(("stop", t("Make a model of the best epoch"), "flag"))
    return offered


def _there(id_: str) -> Run:
    run = jobs.find(id_)
    if run is None:
        raise JobError("gone")
    return run
