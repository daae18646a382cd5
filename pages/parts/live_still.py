"""A frozen frame: from here on a photo like any other, with the cards of the Photo page."""

from pathlib import Path

import streamlit as st

from pages.parts import one
from ui import state, uploads
from ui.language import t
from ui.uploads import Upload

_STILL = "live.still"
_NUMBER = "live.number"
_STYLE = Path(__file__).resolve().parents[2] / "ui" / "assets" / "photo.css"


def begin() -> None:
    st.html(f"<style>{_STYLE.read_text(encoding='utf-8')}</style>")


def take(jpeg: bytes) -> None:
    """Let this frame take the place of the one before."""
    state.keep(_NUMBER, state.kept(_NUMBER, int) + 1)
    state.keep(_STILL, uploads.held(t("Frozen frame") + ".jpg", jpeg))


def drop() -> None:
    state.drop(_STILL)


def show() -> bool:
    """Draws the frame and its answers, where there is one."""
    still: Upload | None = st.session_state.get(state.PREFIX + _STILL)
    if still is None:
        return False
    one.show(still, f"live{state.kept(_NUMBER, int)}")
    return True
