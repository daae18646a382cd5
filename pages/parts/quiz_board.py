"""The end of a round: who was right how often, and whether who was sure was right."""

import html
from collections.abc import Sequence

import streamlit as st

from pages.parts import quiz_words
from training import quiz_score
from training.quiz import Draw, Question
from training.quiz_room import Result
from training.quiz_score import Kept, Vote
from training.statistics import Estimate
from ui import panels
from ui.language import number, of_100, percent, t
from ui.panels import Share


def alone(draw: Draw, votes: Sequence[Vote]) -> None:
    """You beside the model."""
    questions = draw.questions
    yours = sum(vote.answer == one.label for one, vote in zip(questions, votes, strict=True))
    model, of = quiz_score.model_right(questions), len(questions)
    _headline(
        t("You got {yours} of {of} right, the model {model}.", yours=yours, of=of, model=model),
    )
    _bars([_counted(t("You"), yours, of), _counted(t("The model"), model, of)])
    _what_counts(draw)
    _calibration(t("You"), quiz_score.calibration(questions, [(vote,) for vote in votes]), questions, draw)


def room(result: Result, mine: Sequence[Vote | None] = ()) -> None:
    """The room beside the model, on the faces that somebody voted on; above both the visitor, who may have voted."""
    voted = [at for at, ballot in enumerate(result.ballots) if ballot]
    if not voted:
        _headline(t("Nobody voted."))
        return
    questions, ballots = [result.draw.questions[at] for at in voted], [result.ballots[at] for at in voted]
    of, model = len(questions), quiz_score.model_right(questions)
    majority = quiz_score.majority_right(questions, ballots)
    _headline(t("The room got {room} of {of} right, the model {model}.", room=majority, of=of, model=model))
    yours = [
        vote.answer == one.label
        for one, vote in zip(result.draw.questions, mine, strict=False)
        if vote is not None
    ]
    average = quiz_score.average(questions, ballots)
    _bars(
        [
            _counted(t("You"), sum(yours), len(yours)),
            _counted(t("What most of the room said"), majority, of),
            _bar(t("One person, on average"), average, percent(average.value)) if average else None,
            _counted(t("The model"), model, of),
        ]
    )
    _what_counts(
        result.draw,
        t(
            "The room gets a point where the right answer had more votes than the wrong one and than “cannot tell”."
        ),
    )
    _calibration(t("People"), quiz_score.calibration(questions, ballots), questions, result.draw)


def _headline(sentence: str) -> None:
    st.html(f'<p class="quiz-headline" role="status">{html.escape(sentence)}</p>')


def _counted(name: str, right: int, of: int) -> Share | None:
    estimate = quiz_score.of_faces(right, of)
    return _bar(name, estimate, t("{right} of {of}", right=right, of=of)) if estimate else None


def _bar(name: str, share: Estimate, said: str) -> Share:
    return Share(name, share.value, share.low, share.high, f"{said} {_span(share)}")


def _bars(bars: Sequence[Share | None]) -> None:
    panels.shares([bar for bar in bars if bar])


def _what_counts(draw: Draw, *of_the_room: str) -> None:
    said = t(
        "“Cannot tell” gives no point; of the model the likelier answer counts. In brackets: what other faces as "
        "hard as these may give. Where two ranges overlap, this round cannot tell who is better."
    )
    st.caption(" ".join((*of_the_room, said, quiz_words.who_is_better(draw))).strip())


def _calibration(who: str, people: Sequence[Kept], questions: Sequence[Question], draw: Draw) -> None:
    model = quiz_score.model_calibration(questions)
    if not any(kept.of for kept in people):
        return
    st.subheader(t("Who was sure: were they right?"), anchor=False)
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{_cell(theirs)}</td><td>{_cell(models)}</td></tr>"
        for name, theirs, models in zip(quiz_words.steps(), people, model, strict=True)
        if theirs.of or models.of
    )
    heads = (t("How sure"), who, t("The model"))
    head = "".join(f"<th>{html.escape(word)}</th>" for word in heads)
    st.html(f'<table class="quiz-sure"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')
    st.caption(f"{quiz_words.what_steps_mean()} {quiz_words.whose_word(draw)}".strip())


def _cell(kept: Kept) -> str:
    if kept.share is None:
        return "–"
    said = t("right in {right} of {of}", right=number(kept.right), of=number(kept.of))
    return f"{html.escape(said)} <small>{html.escape(_span(kept.share))}</small>"


def _span(share: Estimate) -> str:
    return t("({low} to {high}%)", low=of_100(share.low), high=of_100(share.high))
