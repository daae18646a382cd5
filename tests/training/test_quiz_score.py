"""Scores of people and the model, against plain counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from training import quiz_score, statistics
from training.quiz import Question
from training.quiz_score import CANNOT_TELL, FAIRLY, GUESS, VERY, Tally, Vote

questions = st.lists(
    st.builds(Question, id=st.just("a"), label=st.integers(0, 1), p_male=st.floats(0, 1), sure=st.booleans()),
    min_size=1,
    max_size=6,
)
votes = st.builds(
    Vote,
    st.one_of(st.none(), st.integers(0, 1)),
    st.one_of(st.none(), st.integers(0, len(quiz_score.STEPS) - 1)),
)
rounds = questions.flatmap(
    lambda asked: st.tuples(
        st.just(asked),
        st.lists(st.lists(votes, max_size=5), min_size=len(asked), max_size=len(asked)),
    )
)


@given(questions)
def test_the_model_scores_as_scikit_learn_counts(asked: list[Question]) -> None:
    counted = accuracy_score(
        [one.label for one in asked], [one.p_male > 0.5 for one in asked], normalize=False
    )

    assert quiz_score.model_right(asked) == counted


@given(rounds)
def test_the_majority_is_right_where_more_say_so(of: tuple[list[Question], list[list[Vote]]]) -> None:
    asked, ballots = of

    counted = sum(
        sum(vote.answer == one.label for vote in ballot)
        > max(sum(vote.answer == other for vote in ballot) for other in (1 - one.label, None))
        for one, ballot in zip(asked, ballots, strict=True)
    )

    assert quiz_score.majority_right(asked, ballots) == counted


@given(rounds)
def test_every_vote_that_said_how_sure_it_is_counts_once(of: tuple[list[Question], list[list[Vote]]]) -> None:
    asked, ballots = of

    kept = quiz_score.calibration(asked, ballots)

    for step in (GUESS, FAIRLY, VERY):
        said = [
            vote.answer == one.label
            for one, ballot in zip(asked, ballots, strict=True)
            for vote in ballot
            if vote.answer is not None and vote.sureness == step
        ]
        assert (kept[step].of, kept[step].right) == (len(said), sum(said))
        assert kept[step].faces <= min(len(asked), len(said)) + 1e-9
        assert (kept[step].share is None) == (not said)


@given(questions)
def test_every_answer_of_the_model_is_of_one_sureness(asked: list[Question]) -> None:
    kept = quiz_score.model_calibration(asked)

    assert sum(one.of for one in kept) == len(asked)
    assert sum(one.right for one in kept) == quiz_score.model_right(asked)


@given(rounds)
def test_the_average_person_lies_inside_an_interval_of_faces(
    of: tuple[list[Question], list[list[Vote]]],
) -> None:
    asked, ballots = of

    average = quiz_score.average(asked, ballots)

    seen = [(one, ballot) for one, ballot in zip(asked, ballots, strict=True) if ballot]
    if not seen:
        assert average is None
        return
    assert average is not None
    shares = [sum(vote.answer == one.label for vote in ballot) / len(ballot) for one, ballot in seen]
    assert average.value == pytest.approx(sum(shares) / len(shares))
    assert 0 <= average.low <= average.value + 1e-9
    assert average.value <= average.high + 1e-9
    assert average.high <= 1


def test_many_votes_on_one_face_are_one_face() -> None:
    [kept] = [
        kept
        for kept in quiz_score.calibration([Question("a", 1, 0.4, True)], [[Vote(1, VERY)] * 50])
        if kept.of
    ]

    assert (kept.right, kept.of) == (50, 50)
    assert kept.share is not None
    assert kept.share.interval == statistics.wilson(1, 1)


def test_the_interval_of_the_sure_ones_misses_the_truth_in_one_round_of_twenty_at_most() -> None:
    """Thirty people and ten faces, some easy and some hard: who sees a face as an easy one is sure of the answer."""
    random = np.random.default_rng(0)
    faces = random.normal(0.3, 1, (1000, 10, 1))
    signs = faces + random.normal(0, 0.5, (1000, 10, 30))
    sure, right = np.abs(signs) > 1.2, signs > 0
    truth = right[sure].mean()

    missed = 0
    for of_sure, of_right in zip(sure, right, strict=True):
        ballots = [
            [Vote(int(said), VERY) for said in told[very]]
            for very, told in zip(of_sure, of_right, strict=True)
        ]
        share = quiz_score.calibration([Question("a", 1, 0.9, True)] * 10, ballots)[VERY].share
        missed += share is not None and not share.low <= truth <= share.high

    assert missed <= 60  # 53 here; 10 of 100 where a face with one answer counts as much as one with thirty


def test_as_many_for_each_is_no_answer_and_cannot_tell_is_none() -> None:
    assert quiz_score.tally([Vote(0), Vote(1), CANNOT_TELL, CANNOT_TELL]) == Tally(1, 1, 2)
    assert Tally(1, 1, 2).majority is None
    assert Tally(0, 1, 9).majority is None
    assert Tally(0, 9, 9).majority is None
    assert Tally(2, 4, 3).majority == 1


@pytest.mark.parametrize(
    ("confidence", "step"), [(0.5, GUESS), (0.699, GUESS), (0.7, FAIRLY), (0.9, VERY), (1.0, VERY)]
)
def test_the_model_is_as_sure_as_its_chance(confidence: float, step: int) -> None:
    assert quiz_score.step_of(confidence) == step


@pytest.mark.parametrize("answer", [2, -1, True, 1.0, "1", float("nan"), 10**30, [0]])
def test_a_forged_answer_is_no_vote(answer: object) -> None:
    with pytest.raises(ValueError, match="answers"):
        Vote(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize("sureness", [3, -1, False, 2.0, "2", float("nan")])
def test_a_forged_sureness_is_no_vote(sureness: object) -> None:
    with pytest.raises(ValueError, match="sure"):
        Vote(0, sureness)  # type: ignore[arg-type]
