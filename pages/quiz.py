"""Beat the model: ten hard faces, alone or with a room full of people, each of whom votes on a phone."""

from pathlib import Path

import streamlit as st

from pages.parts import quiz_alone, quiz_desk, quiz_phone, quiz_source
from training import quiz_room
from ui import panels
from ui.language import t

STYLE = Path(__file__).resolve().parents[1] / "ui" / "assets" / "quiz.css"


def main() -> None:
    panels.begin()
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    st.title(t("Can you beat the model?"), anchor=False)
    room = quiz_room.current()
    if room is None:
        _without_a_room()
    elif quiz_desk.is_here(room):
        quiz_desk.show(room)
    else:
        quiz_phone.show(room)


def _without_a_room() -> None:
    quiz_phone.wait_for_a_room()
    game = st.container()
    st.divider()
    room, photos = st.columns(2, gap="large")
    with photos:
        source = quiz_source.choose()
    with room:
        quiz_desk.offer(source)
    with game:
        if source is None:
            quiz_source.explain()
        else:
            quiz_alone.show(source)


main()
