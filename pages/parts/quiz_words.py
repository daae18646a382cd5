"""How the quiz says things: answers, how sure somebody was, and what was true of the ten faces."""

import streamlit as st

from pages.parts import card_words
from training.quiz import Draw, Question
from training.quiz_score import STEPS, Vote
from training.table import FEMALE
from ui import access
from ui.language import number, of_100, percent, t, tn


def answer(answer: int | None) -> str:
    if answer is None:
        return t("cannot tell")
    return t("female") if answer == FEMALE else t("male")


def kind(answer: int | None) -> str:
    """As the colours know it."""
    return "unsure" if answer is None else "female" if answer == FEMALE else "male"


def steps() -> tuple[str, ...]:
    return t("a guess"), t("fairly sure"), t("very sure")


def what_steps_mean() -> str:
    """In chances, so that what people say can be held against what the model says."""
    fairly, very = (number(10 * step) for step in STEPS[1:])
    return t(
        "“Fairly sure” means: right in at least {fairly} of 10 such faces. “Very sure”: in {very} of 10 or more.",
        fairly=fairly,
        very=very,
    )


def vote(vote: Vote) -> str:
    said = answer(vote.answer)
    return said if vote.sureness is None else f"{said}, {steps()[vote.sureness]}"


def model(question: Question) -> str:
    share = percent(question.confidence)
    if not question.sure:
        unsure = (t("not sure, {share} female", share=share), t("not sure, {share} male", share=share))
        return unsure[question.answer]
    return (t("looks female, {share}", share=share), t("looks male, {share}", share=share))[question.answer]


def label(question: Question) -> str:
    return (t("labelled female"), t("labelled male"))[question.label]


def of_a_label() -> str:
    return t("A label is what somebody once wrote down about a photo. It is no truth about the person.")


def hard_on_purpose(draw: Draw) -> None:
    """What these faces are, and how the model does on all of them."""
    overall = draw.overall
    if overall is None:
        st.caption(t("These are faces of which somebody said that the model was wrong."))
        return
    said = [] if draw.all_shown else _hard(draw)
    if few := card_words.of_few(overall.value, draw.of, overall.low, overall.high):
        said.append(t("The model, on all of the photos: {few}.", few=few))
    else:
        said.append(
            t(
                "On all {of} faces it is right in {right} of 100 ({low} to {high}).",
                of=number(draw.of),
                right=of_100(overall.value),
                low=of_100(overall.low),
                high=of_100(overall.high),
            )
        )
    if access.presenter():
        said.append(t("Draw {seed}: of these photos it always gives these faces.", seed=str(draw.seed)))
    st.caption(" ".join(said))


def who_is_better(draw: Draw) -> str:
    """What a score on these faces cannot tell; nothing, where they were not chosen."""
    if draw.all_shown:
        return ""
    if draw.overall is None:
        return t(
            "Of each of these faces somebody had said that the model was wrong; that people beat it here does not "
            "show that they are better."
        )
    return t(
        "The faces were chosen by what the model got wrong or was least sure of, so it does worse here than on other "
        "photos; that people beat it here does not show that they are better."
    )


def whose_word(draw: Draw) -> str:
    """The same of being sure: the faces were not chosen by how sure people are."""
    if draw.all_shown:
        return ""
    return t(
        "Because of how the faces were chosen, the model looks too sure here; how well it keeps its word on all "
        "photos, the Evaluate page shows."
    )


def _hard(draw: Draw) -> list[str]:
    return [
        t("These faces are hard on purpose:"),
        tn(
            "{n} that the model got wrong or was not sure of,",
            "{n} that the model got wrong or was not sure of,",
            draw.stumbled,
        ),
        tn(
            "{n} of those that it got right, but was least sure of.",
            "{n} of those that it got right, but was least sure of.",
            len(draw.questions) - draw.stumbled,
        ),
    ]
