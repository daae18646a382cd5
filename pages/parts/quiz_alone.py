"""The quiz for one: an answer, how sure one is of it, then what the model had said; ten times, and a score."""

from dataclasses import dataclass, replace

import streamlit as st

from pages.parts import quiz_board, quiz_face, quiz_words
from pages.parts.evaluation_photos import PhotoMissingError
from pages.parts.quiz_source import Source
from training.quiz import Draw
from training.quiz_score import CANNOT_TELL, Vote
from ui import state
from ui.language import t

_GAME, _PICTURE, _BEFORE = "quiz.game", "quiz.picture", "quiz.before"


@dataclass(frozen=True)
class Game:
    """`said` waits to be told how sure it is; `told` is whether the last face has been revealed and is still shown."""

    source: str
    draw: Draw
    votes: tuple[Vote, ...] = ()
    said: int | None = None
    told: bool = False

    @property
    def number(self) -> int:
        """Of the face that is shown."""
        return len(self.votes) - self.told


def show(source: Source) -> None:
    st.fragment(_play)(source)


def _play(source: Source) -> None:
    game = _game(source)
    address = None
    while game.number < len(game.draw.questions):
        address = _picture(source, game)
        if address is not None:
            break
        left = game.draw.without(game.draw.questions[game.number].id)
        game = replace(game, draw=left, votes=game.votes[: game.number], said=None, told=False)
        state.keep(_GAME, game)
    if address is None:
        _end(game)
        return
    with quiz_face.beside(address, game.number, len(game.draw.questions)):
        quiz_face.place(game.number, len(game.draw.questions))
        if game.told:
            _told(game)
        elif game.said is not None:
            _how_sure(game)
        else:
            quiz_face.buttons(_say, len(game.votes))
        if not game.told:
            quiz_words.hard_on_purpose(game.draw)


def _game(source: Source) -> Game:
    game: Game | None = state.kept(_GAME, lambda: None)
    if game is None or game.source != source.key:
        before: tuple[str, ...] = state.kept(_BEFORE, tuple)
        game = Game(source.key, source.draw(before))
        state.keep(_BEFORE, tuple(one.id for one in game.draw.questions))
        state.keep(_GAME, game)
    return game


def _picture(source: Source, game: Game) -> str | None:
    """None where it cannot be read. One of everybody's is read once for as long as it is shown."""
    of = (source.key, game.draw.questions[game.number].id)
    last: tuple[tuple[str, str], str] | None = state.kept(_PICTURE, lambda: None)
    if last is not None and last[0] == of:
        return last[1]
    try:
        address = source.picture(of[1])
    except PhotoMissingError:
        return None
    if source.for_everybody:
        state.keep(_PICTURE, (of, address))  # any other may be deleted at any time
    return address


def _how_sure(game: Game) -> None:
    st.markdown(
        t("You say: **{answer}**. How sure are you?", answer=quiz_words.answer(game.said)),
    )
    with st.container(key="quiz-sure", horizontal=True, gap="small"):
        for step, words in enumerate(quiz_words.steps()):
            st.button(
                words,
                key=f"quiz-step-{step}",
                on_click=_sure,
                args=(len(game.votes), step),
                shortcut=str(step + 1),
                width="stretch",
            )
    st.button(
        t("skip"),
        key="quiz-step-none",
        type="tertiary",
        on_click=_sure,
        args=(len(game.votes), None),
        shortcut="0",
        width="stretch",
    )
    st.caption(quiz_words.what_steps_mean())


def _told(game: Game) -> None:
    seen = game.draw.questions[: len(game.votes)]
    quiz_face.told(seen[-1], game.votes[-1])
    yours = sum(vote.answer == one.label for one, vote in zip(seen, game.votes, strict=True))
    st.markdown(
        t(
            "Right so far: you **{yours}**, the model **{model}** of {of}.",
            yours=yours,
            model=sum(one.right for one in seen),
            of=len(seen),
        )
    )
    last = len(seen) == len(game.draw.questions)
    st.button(
        t("Show the result") if last else t("Next face"),
        key="quiz-next",
        type="primary",
        on_click=_next,
        args=(len(game.votes),),
        shortcut="N",
    )
    st.caption(quiz_words.of_a_label())


def _end(game: Game) -> None:
    if game.votes:
        quiz_board.alone(game.draw, game.votes)
    else:
        st.info(t("None of these photos can be shown now."))
    st.button(t("Play again"), key="quiz-again", type="primary", on_click=state.drop, args=(_GAME,))


def _now(turn: int) -> Game | None:
    """The game, where the click is about the face that it is at."""
    game: Game | None = state.kept(_GAME, lambda: None)
    return game if game is not None and len(game.votes) == turn else None


def _say(turn: int, answer: int | None) -> None:
    game = _now(turn)
    if game is None or game.told:
        return
    if answer is None:
        state.keep(_GAME, replace(game, votes=(*game.votes, CANNOT_TELL), told=True))
    else:
        state.keep(_GAME, replace(game, said=answer))


def _sure(turn: int, step: int | None) -> None:
    game = _now(turn)
    if game is not None and game.said is not None:
        state.keep(_GAME, replace(game, votes=(*game.votes, Vote(game.said, step)), said=None, told=True))


def _next(turn: int) -> None:
    game = _now(turn)
    if game is not None:
        state.keep(_GAME, replace(game, told=False))
