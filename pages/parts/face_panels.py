"""What opens under the card of one face: why, the track record, what would flip it, and a place to object.

Nothing is worked out before it is opened, and a slider in an open panel runs that panel again, not the page.
"""

import zlib

import streamlit as st

from model import running
from model.card import ModelError
from model.images import PhotoError
from model.pipeline import Answer, Reading
from model.sentences import SENTENCES
from pages.parts import panel_flip, panel_record, panel_why, panel_wrong
from pages.parts.opened import Opened, menu_key
from ui import panels
from ui.language import plain_error, t


@st.fragment
def show(reading: Reading, index: int, key: str) -> None:
    """The row of four words under face `index`, and below it the one that is open; `key` is its name on the page."""
    answer = reading.faces[index]
    panels.begin()
    try:
        opened = Opened(reading, answer, f"{key}-{_print_of(answer, running.get().artifact.name)}")
        _panel(opened)
    except (ModelError, PhotoError) as error:
        st.warning(plain_error(error, SENTENCES))


def _panel(opened: Opened) -> None:
    words = {
        "why": t("Why?"),
        "record": t("Track record"),
        "flip": t("What would flip it"),
        "wrong": t("That's wrong"),
    }
    chosen = panels.menu(words, t("More about this face"), menu_key(opened.key))
    if chosen is None:
        return
    with st.container(key=f"panel-open-{opened.key}"):
        _PANELS[chosen](opened)


def _print_of(answer: Answer, model: str) -> str:
    """Another face under the same name begins anew, and so does the same face before another model."""
    return f"{zlib.crc32(model.encode(), zlib.crc32(answer.crop.tobytes())):08x}"


_PANELS = {
    "why": panel_why.show,
    "record": panel_record.show,
    "flip": panel_flip.show,
    "wrong": panel_wrong.show,
}
