"""The step "run" of the Train page: start it, watch it, and hold it, whoever began it and wherever one comes from."""

import streamlit as st

from pages.parts import train_run_live, train_run_start, train_run_words, train_steps
from training import jobs
from training.run_state import Run
from ui import state
from ui.language import number, t

_SEEN = "train.seen"  # the run that this visit has seen at work, whose end opens its result


def line() -> str | None:
    run = _looked_at()
    if run is None:
        return None
    told = f"**{train_run_words.title(run)}** · {train_run_words.state(run)}"
    if run.epoch and run.state != "queued":
        told += " · " + t("epoch {n} of {of}", n=number(run.epoch), of=number(run.epochs))
    return told


def show() -> None:
    run = _looked_at()
    if run is None:
        train_run_start.show()
        return
    st.markdown(f"**{train_run_words.title(run)}**")
    if jobs.active(run):
        train_steps.watch(run)
        state.keep(_SEEN, run.id)
        train_run_live.follow(run)
        return
    if run.state == "done" and st.session_state.get(f"{state.PREFIX}{_SEEN}") == run.id:
        state.drop(_SEEN)
        train_steps.go(train_steps.RESULT)
        st.rerun()
    _over(run)
    train_run_live.show(run, "train")


def _looked_at() -> Run | None:
    """What this visit watches; who has chosen photos and a recipe is about to start one instead."""
    mine = train_steps.watched()
    if mine or (train_steps.photos() and train_steps.choice()):
        return mine
    return train_steps.run()


def _over(run: Run) -> None:
    """How it ended, and what comes next."""
    if run.state == "failed":
        st.error(train_run_words.why(run), icon=":material/error:")
    elif run.code:
        st.warning(train_run_words.why(run), icon=":material/info:")
    elif run.state == "paused":
        st.markdown(t("It rests after epoch {n} of {of}.", n=number(run.epoch), of=number(run.epochs)))
    elif run.state == "stopped":
        st.markdown(t("It was stopped before it was done."))
    else:
        st.markdown(t("It is done: the best epoch has become a model."))
    with st.container(horizontal=True):
        if run.state == "done":
            st.button(
                t("See the result"),
                key="rupa-train-result",
                type="primary",
                on_click=train_steps.go,
                args=(train_steps.RESULT,),
            )
        st.button(t("Begin another run"), key="rupa-train-another", on_click=train_steps.again)
