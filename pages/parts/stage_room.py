"""The way into the app for everybody in the room: a code for phones, and the same address to be typed."""

import streamlit as st

from pages.parts import stage_ways
from ui import room_address, stage
from ui.language import t

_CHOICE = "rupa-stage-address"


def card() -> None:
    """Beside other things, with the choice of an address where there are several, and the way to show it large."""
    if not (address := room_address.chosen()):
        st.markdown(
            t(
                "Only this computer can open Rupa now. Start it with `python start.py --lan`, so that phones in the "
                "room can, too; the code to scan is then here."
            )
        )
        return
    room_address.show(address, "stage-room")
    _choose()
    st.button(
        t("Show it large"),
        key="rupa-stage-large",
        icon=":material/fullscreen:",
        on_click=stage.go,
        args=(stage.WELCOME,),
    )


def for_visitors() -> None:
    """The code alone, to pass on."""
    if address := room_address.chosen():
        room_address.show(address, "stage-room")


def large(*, checked: bool) -> None:
    """For the whole screen; the script follows once everything was checked."""
    st.title(t("Come in"), anchor=False)
    if address := room_address.chosen():
        room_address.show(address, "stage-room stage-large")
    stage_ways.show(stage.WELCOME, last=not checked)


def _choose() -> None:
    known = room_address.known()
    if len(known) < 2:
        return
    chosen = st.selectbox(
        t("If it does not open on a phone, try another address"),
        known,
        index=known.index(room_address.chosen() or known[0]),
        key=_CHOICE,
    )
    if chosen != room_address.chosen():
        room_address.choose(chosen)
        st.rerun()
