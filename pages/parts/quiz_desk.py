"""The quiz on the presenter's screen: open a room, show the face large, count votes, reveal, go on, close the room."""

import html
import secrets

import streamlit as st

from pages.parts import quiz_board, quiz_face, quiz_source, quiz_words
from pages.parts.quiz_source import Source
from training import quiz_room
from training.quiz_room import Room, Seen
from ui import access, room_address, state
from ui.language import t, tn

EVERY_S = 1.0
_DESK, _BEFORE = "rupa-quiz-desk", "quiz.room.before"


def is_here(room: Room) -> bool:
    """Whether this visit shows the presenter's screen of the room."""
    return access.presenter() and st.session_state.get(_DESK) == room.desk


def offer(source: Source | None) -> None:
    """Where no room is open: the button that opens one."""
    st.markdown("**" + t("With a room full of people") + "**")
    st.caption(t("Everybody votes on a phone; no names, and nothing is kept."))
    agreed = source is None or source.for_everybody or _agreed(source)
    pressed = st.button(
        t("Open a room"),
        key="quiz-open",
        icon=":material/groups:",
        disabled=source is None or not agreed or not access.presenter(),
    )
    access.explain("quiz")
    if source is None and access.presenter():
        quiz_source.ask_for_photos()
    if pressed and source is not None and agreed and access.presenter():
        _open(source)


def offer_screen() -> None:
    """To a presenter whose screen shows what phones show, for instance after loading the page again."""
    if access.presenter():
        st.button(t("Show the presenter's screen"), key="quiz-desk", type="tertiary", on_click=_take)
    else:
        access.quiet_way_in("quiz")


def show(room: Room) -> None:
    shown = room.snapshot()
    seen = shown.seen
    if shown.result is not None:
        st.fragment(_follow, run_every=EVERY_S)(seen.turn)
        quiz_board.room(shown.result)
        _another(room)
    elif shown.picture is not None:
        with quiz_face.beside(shown.picture, seen.number, seen.of):
            quiz_face.place(seen.number, seen.of)
            if shown.revealed is None:
                _address()
                st.fragment(_follow, run_every=EVERY_S)(seen.turn)
                st.button(
                    t("Reveal the answer"),
                    key="quiz-reveal",
                    type="primary",
                    on_click=_reveal,
                    args=(seen.turn,),
                )
            else:
                question, tally = shown.revealed
                quiz_face.votes(tally)
                quiz_face.told(question, None)
                st.caption(quiz_words.of_a_label())
                last = seen.number + 1 == seen.of
                st.button(
                    t("Show the result") if last else t("Next face"),
                    key="quiz-next",
                    type="primary",
                    on_click=_next,
                    args=(seen.turn,),
                )
                quiz_words.hard_on_purpose(room.draw)
                st.fragment(_follow, run_every=EVERY_S)(seen.turn)
            _way_out()
        return
    _way_out()


def _open(source: Source) -> None:
    with st.spinner(t("Getting the faces ready …")):
        draw, pictures = _ready(source)
    if not pictures:
        st.warning(t("None of these photos can be shown now."))
        return
    desk = secrets.token_hex(8)
    room = quiz_room.open_room(draw, pictures, desk, own=not source.for_everybody, source=source.where)
    if room.desk == desk:
        st.session_state[_DESK] = desk
    st.rerun()


def _another(room: Room) -> None:
    source = quiz_source.choose()
    agreed = source is None or source.for_everybody or _agreed(source)
    pressed = st.button(
        t("Another round"),
        key="quiz-again",
        type="primary",
        disabled=source is None or not agreed,
    )
    if source is None:
        quiz_source.ask_for_photos()
    if pressed and source is not None and agreed and access.presenter():
        draw, pictures = _ready(source)
        if pictures:
            room.again(draw, pictures, own=not source.for_everybody, source=source.where)
            st.rerun()
        st.warning(t("None of these photos can be shown now."))


def _ready(source: Source) -> tuple[quiz_source.Draw, tuple[str, ...]]:
    drawn = source.draw(state.kept(_BEFORE, tuple))
    state.keep(_BEFORE, tuple(one.id for one in drawn.questions))
    return quiz_source.pictures(source, drawn)


def _agreed(source: Source) -> bool:
    return st.checkbox(
        t("Everybody in the room sees these faces; I may show them."),
        key=f"quiz-agreed-{source.key}",  # said of these faces, and of no others
        disabled=not access.presenter(),
    )


def _follow(turn: int) -> None:
    room = quiz_room.current()
    seen = room.seen() if room else None
    if room is None or seen is None or seen.turn != turn or not is_here(room):
        st.rerun()
    room.watch()
    if seen.stage == "voting":
        _counted(seen)


def _counted(seen: Seen) -> None:
    votes = html.escape(tn("{n} vote", "{n} votes", seen.votes))
    people = html.escape(tn("{n} person is here", "{n} people are here", seen.people))
    st.html(f'<p class="quiz-count"><strong>{votes}</strong><small>{people}</small></p>')


def _address() -> None:
    """Where phones find the room, as far as this screen knows."""
    address = room_address.chosen()
    if address is None:
        st.caption(t("Phones reach this computer only where Rupa was started with “python start.py --lan”."))
        return
    room_address.show(f"{address}/quiz", "quiz-address")


def _mine() -> Room | None:
    room = quiz_room.current()
    return room if room is not None and is_here(room) else None


def _reveal(turn: int) -> None:
    if room := _mine():
        room.reveal(turn)


def _next(turn: int) -> None:
    if room := _mine():
        room.next(turn)
        _turn_to_its_faces(room)


def _way_out() -> None:
    st.button(
        t("Close the room"), key="quiz-close", type="tertiary", icon=":material/close:", on_click=_close
    )


def _close() -> None:
    if room := _mine():
        quiz_room.close(room)


def _take() -> None:
    room = quiz_room.current()
    if room is not None and access.presenter():
        room.desk = st.session_state[_DESK] = secrets.token_hex(8)
        _turn_to_its_faces(room)


def _turn_to_its_faces(room: Room) -> None:
    """At the end another round is of the same source, unless somebody chooses another one there."""
    if room.seen().stage == "over":
        quiz_source.turn_to(room.source)
