"""The stage: how the room opens the app, whether everything is ready, and the script that is read out step by step."""

from pathlib import Path

import streamlit as st

from pages.parts import stage_lobby, stage_room, stage_step
from ui import access, stage
from ui.language import t

STYLE = Path(__file__).resolve().parents[1] / "ui" / "assets" / "stage.css"


def main() -> None:
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    if not access.presenter():
        st.title(t("Come in"), anchor=False)
        stage_room.for_visitors()
        access.door()
        return
    step = stage.at()
    if step is None:
        st.title(t("Ready for the room?"), anchor=False)
        access.door()
        stage_lobby.show()
    elif step == stage.WELCOME:
        stage_room.large(checked=bool(stage_lobby.seen()))
    else:
        stage_step.show(step)


main()
