"""From one step of the script to the next and back, by button or arrow key, and off the stage."""

import streamlit as st

from ui import room_address, stage
from ui.language import t


def show(number: int, *, last: bool = False) -> None:
    """`last` where nothing follows."""
    first = stage.WELCOME if room_address.known() else 1
    with st.container(horizontal=True, vertical_alignment="center", key="rupa-stage-ways"):
        st.button(
            t("Back"),
            key="rupa-stage-back",
            shortcut="Left",
            disabled=number <= first,
            on_click=stage.go,
            args=(number - 1,),
        )
        st.button(
            t("Next"),
            key="rupa-stage-next",
            shortcut="Right",
            disabled=last or number >= stage.STEPS,
            on_click=stage.go,
            args=(number + 1,),
        )
        st.button(t("End the script"), key="rupa-stage-end", type="tertiary", on_click=stage.end)
