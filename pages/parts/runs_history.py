"""Every run that was begun here: a table, and what is worth knowing of those that are chosen in it."""

import streamlit as st

from pages.parts import (
    evaluate_charts,
    runs_one,
    runs_settings,
    runs_table,
    train_run_buttons,
    train_run_words,
)
from pages.parts.evaluate_words import literal
from training import figures_runs, jobs
from training.run_state import Run
from ui import charts, language
from ui.language import speech, t, tn

EVERY_S = 3.0
_MOST_LETTERS = 1000


def show() -> None:
    runs = jobs.runs()
    if not runs:
        _nothing_yet()
        return
    if any(map(jobs.active, runs)):
        st.fragment(_drawn, run_every=EVERY_S)(followed=True)
    else:
        _drawn(followed=False)


def _drawn(*, followed: bool) -> None:
    runs = jobs.runs()
    at_work = any(map(jobs.active, runs))
    if followed and not at_work:
        st.rerun()
    if at_work:
        train_run_buttons.go_on()
    train_run_buttons.fault()
    chosen = runs_table.choose(runs)
    if not chosen:
        st.caption(t("Choose one run or several, by the boxes at the left, to see more of them."))
        return
    if len(chosen) == 1:
        runs_one.show(chosen[0])
    _curves(chosen)
    runs_settings.show(chosen)
    runs_one.tensorboard(chosen)


def _curves(runs: list[Run]) -> None:
    named = {
        f"{place + 1} · {train_run_words.name(run)}": run.history
        for place, run in enumerate(runs)
        if not run.trials
    }
    drawn = figures_runs.compared(named, evaluate_charts.look(), speech())
    if drawn is None:
        return
    begun = len(figures_runs.begun(named))
    st.markdown(t("**How they learnt**") if begun > 1 else t("**How it learnt**"))
    charts.show(drawn.figure, says=drawn.says, key="runs-curves")
    st.caption(literal(drawn.says, _MOST_LETTERS))
    more = begun - figures_runs.MOST
    if more > 0:
        st.caption(tn("{n} more is chosen and not drawn.", "{n} more are chosen and not drawn.", more))


def _nothing_yet() -> None:
    st.markdown(
        t(
            "Here every run will stand with its settings, its curves and what came of it, so that you can see which "
            "change made the model better. None was begun yet."
        )
    )
    if st.button(t("Teach the model"), key="rupa-runs-first", type="primary", icon=":material/school:"):
        language.turn_to("train")
