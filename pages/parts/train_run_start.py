"""Before a run: what it learns from, in which way and how long, what it is called, and the button that starts it."""

import streamlit as st

from pages.parts import train_photos, train_recipe, train_run_buttons, train_run_words, train_steps
from pages.parts.train_steps import Choice, Photos
from training import jobs, mistakes
from training.jobs import Asked, JobError
from ui import access
from ui.language import t, tn

_NAME = "rupa-train-name"
MOST_LETTERS = 80


def show() -> None:
    photos, choice = train_steps.photos(), train_steps.choice()
    if photos is None:
        _first(t("Choose the photos to learn from first."), t("Choose photos"), train_steps.PHOTOS)
        return
    if choice is None:
        _first(t("Choose how it is to learn first."), t("Choose a recipe"), train_steps.RECIPE)
        return
    train_run_buttons.fault()
    st.markdown(t("**From:** {photos}", photos=train_photos.line() or "…"))
    st.markdown(t("**How:** {recipe}", recipe=train_recipe.line() or "…"))
    name = st.text_input(
        t("What do you call this run? You may leave it empty."), key=_NAME, max_chars=MOST_LETTERS
    )
    ahead = sum(map(jobs.active, jobs.runs()))
    with st.container(horizontal=True, vertical_alignment="center"):
        started = st.button(
            t("Start to learn"),
            key="rupa-train-start",
            type="primary",
            icon=":material/play_arrow:",
            disabled=not access.presenter(),
        )
        if ahead:
            st.markdown(
                tn(
                    "It waits until {n} other run has ended.",
                    "It waits until {n} other runs have ended.",
                    ahead,
                )
            )
    st.caption(
        t(
            "It goes on when you close this page or restart the app. While it learns, up to {n} small faces that it "
            "gets wrong are kept with the run on this computer, until you delete the run, or these photos here.",
            n=mistakes.MOST,
        )
    )
    if started and access.presenter():
        _start(photos, choice, name)
    _at_work()


def _start(photos: Photos, choice: Choice, name: str) -> None:
    try:
        run = jobs.enqueue(Asked(photos.data, choice.recipe, name))
        # A second click finds the run instead of this button.
        train_steps.watch(run)
        jobs.ensure_worker()
    except JobError as error:
        train_run_buttons.tell(error)
    st.rerun()


def _first(sentence: str, button: str, step: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(sentence)
        st.button(button, key="rupa-train-first", type="primary", on_click=train_steps.go, args=(step,))
    _at_work()


def _at_work() -> None:
    """The run of somebody else, to look at."""
    run = train_steps.run()
    if run is None or not jobs.active(run):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("At work now: **{name}**", name=train_run_words.title(run)))
        st.button(
            t("Watch it"),
            key="rupa-train-watch",
            type="tertiary",
            on_click=train_steps.watch_id,
            args=(run.id,),
        )
