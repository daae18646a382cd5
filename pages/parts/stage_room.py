"""The way into the app for everybody in the room: a code for phones, and the same address to be typed."""

import html

import streamlit as st

from pages.parts import stage_ways
from ui import room_address, stage
from ui.language import t

_CHOICE = "rupa-stage-address"
_CHOSEN = "rupa-stage-address-chosen"


def card() -> None:
    """Beside other things, with the choice of an address where there are several, and the way to show it large."""
    if not (address := _address()):
        st.markdown(
            t(
                "Only this computer opens Rupa now. `python start.py --lan` opens it to the room, with a code to scan."
            )
        )
        return
    _draw(address, "stage-room")
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
    if address := _address():
        _draw(address, "stage-room")


def large(*, checked: bool) -> None:
    """For the whole screen; the script follows once everything was checked."""
    st.title(t("Come in"), anchor=False)
    if address := _address():
        _draw(address, "stage-room stage-large")
    stage_ways.show(stage.WELCOME, last=not checked)


def _address() -> str | None:
    known = room_address.known()
    chosen = st.session_state.get(_CHOSEN)
    return chosen if chosen in known else next(iter(known), None)


def _choose() -> None:
    known = room_address.known()
    if len(known) < 2:
        return
    chosen = st.selectbox(
        t("If it does not open on a phone, try another address"),
        known,
        index=known.index(_address() or known[0]),
        key=_CHOICE,
    )
    if chosen != _address():
        st.session_state[_CHOSEN] = chosen
        st.rerun()


def _draw(address: str, kind: str) -> None:
    title = html.escape(t("Code that opens {address}", address=address))
    code = f'<img class="stage-code" alt="{title}" src="{html.escape(room_address.picture(address))}">'
    typed = html.escape(address).replace("//", "//<wbr>")
    words = f"<p>{html.escape(t('Scan the code, or type:'))}</p><p class=stage-address>{typed}</p>"
    if room_address.warns():
        note = t("The browser warns once: choose “Advanced”, then “Continue”.")
        words += f"<p class=stage-note>{html.escape(note)}</p>"
    st.html(f'<div class="{kind}">{code}<div>{words}</div></div>')
