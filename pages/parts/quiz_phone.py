"""The quiz on the phone of somebody in the room: the face, two buttons, and what came of it.

What is asked for again and again is one line; everything else is drawn anew only after a vote and when the room has
moved on, so that many phones cost little.
"""

import secrets
from hashlib import sha256

import streamlit as st
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from pages.parts import quiz_board, quiz_desk, quiz_face, quiz_words
from training import quiz_room
from training.quiz_room import Fate, Room, Seen
from training.quiz_score import Vote
from ui import state
from ui.language import t, tn

EVERY_S, WAITING_S = 1.5, 3.0
# Outside of what "Forget now" forgets: whoever forgets photos is still the same voter.
_VOTER = "rupa-quiz-voter"
_MINE, _FATE, _WAS_HERE = "quiz.mine", "quiz.fate", "quiz.was-here"


def show(room: Room) -> None:
    state.keep(_WAS_HERE, True)
    if not room.enter(_voter()):
        st.warning(t("The room is full. You can look at the presenter's screen."), icon=":material/groups:")
        st.fragment(_knock, run_every=WAITING_S)()
        return
    shown, mine = room.snapshot(), room.vote_of(_voter())
    seen = shown.seen
    if shown.result is not None:
        quiz_board.room(shown.result, [_all_mine().get((seen.round, at)) for at in range(seen.of)])
    elif shown.picture is not None:
        with quiz_face.beside(shown.picture, seen.number, seen.of):
            if shown.revealed is not None:
                question, tally = shown.revealed
                quiz_face.told(question, _all_mine().get((seen.round, seen.number)))
                st.caption(quiz_words.of_a_label())
                quiz_face.votes(tally)
            else:
                _ballot(seen, mine)
    # Outside, so that it is the same fragment from face to face.
    st.fragment(_watch, run_every=EVERY_S)(seen.turn, mine)
    quiz_desk.offer_screen()


def wait_for_a_room() -> None:
    """Where no room is open: enter one as soon as there is."""
    if state.kept(_WAS_HERE, bool):
        st.info(t("The presenter has closed the room. You can go on alone."), icon=":material/groups:")
        state.drop(_WAS_HERE)
    st.fragment(_wait, run_every=WAITING_S)()


def _wait() -> None:
    if quiz_room.current() is not None:
        st.rerun()


def _ballot(seen: Seen, mine: Vote | None) -> None:
    """No fragment: what is pressed while the page is drawn anew for the next face would be dropped without a word."""
    if mine is not None:
        _remember(seen, mine)  # it may have been given in another tab, or before the page was loaded again
    quiz_face.buttons(_vote, seen.turn, chosen=mine, keys=False)
    if mine is None:
        fate: Fate | None = state.kept(_FATE, lambda: None)
        words = {
            "late": t("That vote came too late."),
            "full": t("The room is full, so your vote does not count."),
        }
        st.html(f'<p class="quiz-counts">{words.get(fate or "", t("What do you say?"))}</p>')
        return
    said = quiz_words.answer(mine.answer)
    counts = t("Your vote counts: {answer}. You can change it until the answer is shown.", answer=said)
    st.html(f'<p class="quiz-counts" role="status">{counts}</p>')
    if mine.answer is None:
        return
    steps = quiz_words.steps()
    key = f"rupa-quiz-sure-{seen.turn}"
    # It shows what counts, and asks anew once the answer is another.
    if st.session_state.get(key) != mine.sureness:
        st.session_state[key] = mine.sureness
    st.segmented_control(
        t("How sure are you?"),
        list(range(len(steps))),
        format_func=steps.__getitem__,
        key=key,
        on_change=_sure,
        args=(seen.turn, key),
    )


def _knock() -> None:
    room = quiz_room.current()
    if room is None or room.enter(_voter()):
        st.rerun()


def _watch(turn: int, mine: Vote | None) -> None:
    """Draw the page anew where the room has moved on, or holds another vote of this browser than the page shows."""
    room = quiz_room.current()
    seen = room.seen() if room else None
    if room is None or seen is None or seen.turn != turn or room.vote_of(_voter()) != mine:
        st.rerun()
    room.enter(_voter())
    if seen.stage == "voting":
        st.html(f'<p class="quiz-place">{tn("{n} vote so far", "{n} votes so far", seen.votes)}</p>')


def _vote(turn: int, answer: int | None) -> None:
    """The same answer once more is as sure as it was."""
    room = quiz_room.current()
    if room is None:
        return
    before = room.vote_of(_voter())
    _cast(room, turn, before if before and before.answer == answer else Vote(answer))


def _sure(turn: int, key: str) -> None:
    room = quiz_room.current()
    if room is None:
        return
    mine = room.vote_of(_voter())
    if mine is not None and mine.answer is not None:
        _cast(room, turn, Vote(mine.answer, st.session_state.get(key)))


def _cast(room: Room, turn: int, vote: Vote) -> None:
    seen = room.seen()
    fate = room.vote(_voter(), turn, vote)
    state.keep(_FATE, fate)
    if fate == "counts":
        _remember(seen, vote)


def _remember(seen: Seen, vote: Vote) -> None:
    """The room forgets who voted how when it tells the answer; the page still knows its own."""
    before = {at: one for at, one in _all_mine().items() if at[0] == seen.round}
    state.keep(_MINE, {**before, (seen.round, seen.number): vote})


def _all_mine() -> dict[tuple[int, int], Vote]:
    return state.kept(_MINE, dict)


def _voter() -> str:
    """A word for this browser that nobody else knows, and that says nothing of who it is.

    Made of the random cookie that Streamlit gives a browser against forged uploads, so that a page loaded again, or in
    a second tab, is no second voter. Where there is none, each visit has a word of its own.
    """
    if _VOTER not in st.session_state:
        token, _ = decode_xsrf_token_string(st.context.cookies.get(XSRF_COOKIE_NAME, ""))
        st.session_state[_VOTER] = sha256(b"quiz" + token).hexdigest() if token else secrets.token_hex(8)
    return str(st.session_state[_VOTER])
