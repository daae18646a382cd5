"""The privacy receipt: one line under every answer that opens, and the button that forgets."""

import streamlit as st

from model import running
from ui import state
from ui.language import t, tn


def show(group: str) -> None:
    with st.popover(
        t("Privacy: nothing kept, nothing sent"),
        icon=":material/lock:",
        type="tertiary",
        key=f"rupa-receipt-{group}",
    ):
        _question(t("What was kept?"), t("Nothing. No photo and no answer was written to disk."))
        st.markdown(
            t(
                "The photo lies in the memory of this computer until you forget it or bring another; a closed page is "
                "forgotten within a few minutes."
            )
            + " "
            + t("Only if you agree to it under “That’s wrong” is a face saved, here, as training material.")
        )
        _question(t("Where did it run?"), t("On this computer: {device}.", device=_device()))
        _question(t("What left this computer?"), t("Nothing. Rupa asks no other computer for anything."))
        # A callback would run before the fragment alone is drawn again; the whole page has to forget.
        if st.button(t("Forget now"), key=f"rupa-forget-{group}", icon=":material/delete:", type="primary"):
            state.forget()
            state.keep("photo.forgotten", True)
            st.rerun()


def _question(question: str, answer: str) -> None:
    st.markdown(f"**{question}** {answer}")


def _device() -> str:
    status = running.status()
    return tn("CPU, {n} core", "CPU, {n} cores", status.cores) if status.cores else status.device
