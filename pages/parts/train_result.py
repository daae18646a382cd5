"""The step "result" of the Train page: how good the run's model is beside the one that answers, and which one shall."""

import streamlit as st

from model import registry
from model.card import ModelError
from pages.parts import (
    compare_headline,
    job_panel,
    train_result_answers,
    train_result_files,
    train_result_sides,
    train_result_verdict,
    train_run_words,
    train_steps,
)
from training import jobs, promotion
from training.gate import Verdict
from training.page_asked import Judge
from training.prediction_table import EvaluationError
from ui.language import t


def line() -> str | None:
    run = train_steps.run()
    if run is None or not run.finished:
        return None
    if run.id == promotion.active():
        return t("answers now")
    try:
        return train_result_verdict.in_short(train_result_verdict.of(run.id, promotion.answering()))
    except (ModelError, EvaluationError):
        return None


def show() -> None:
    compare_headline.begin()
    train_result_answers.said()
    run = train_steps.run()
    model = None
    if run is None or not run.finished:
        st.info(t("Once a run is done, here stands how good its model is beside the one that answers now."))
        _latest()
    else:
        st.markdown(f"**{train_run_words.title(run)}**")
        model = run.id
        try:
            _result(model)
        except (ModelError, EvaluationError) as error:
            st.error(job_panel.why(error.code, error.facts), icon=":material/build:")
    st.divider()
    train_result_answers.show()
    train_result_files.show(model)


def _latest() -> None:
    """The run that ended last, for whoever comes back later."""
    done = [run for run in jobs.runs() if run.state == "done" and run.finished]
    if not done:
        return
    last = max(done, key=lambda run: run.ended or run.asked)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("The run that ended last: **{name}**", name=train_run_words.title(last)))
        st.button(
            t("See the result"),
            key="rupa-result-latest",
            type="primary",
            on_click=train_steps.watch_id,
            args=(last.id,),
        )


def _result(model: str) -> None:
    artifact = registry.find(model)
    train_result_verdict.check(artifact)
    answers = promotion.answering()
    if model == answers:
        st.markdown(t("This model answers now, for everybody here."))
        before = promotion.before()
        verdict = train_result_verdict.of(model, before) if before else None
        if verdict and verdict.files:
            train_result_verdict.began(artifact)
            train_result_sides.show(verdict)
        else:
            train_result_verdict.own(artifact)
        return
    verdict = train_result_verdict.of(model, answers)
    if verdict.needed:
        train_result_verdict.own(artifact)
        _ask(verdict, verdict.needed[0])
        return
    train_result_verdict.sentence(verdict)
    train_result_answers.choose(verdict)
    if verdict.files:
        train_result_sides.show(verdict)
    else:
        train_result_verdict.own(artifact)


def _ask(verdict: Verdict, asked: Judge) -> None:
    """Let the model that answers be asked about the same photos; when it has been, the page goes on by itself."""
    if job_panel.watch(Judge):
        return
    job_panel.over(Judge)
    train_result_verdict.sentence(verdict)
    pressed = st.button(
        t("Ask it about the same photos"),
        key="rupa-result-judge",
        type="primary",
        icon=":material/balance:",
        disabled=not job_panel.can_start(),
    )
    job_panel.held_up()
    if pressed:
        job_panel.begin(asked)
