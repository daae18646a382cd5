"""Where the presenter stands in the script, and the line that leads back to it from every page.

It is kept beside what "Forget now" forgets: a presenter who forgets the photos is still on the stage.
"""

import streamlit as st

from ui import access, language
from ui.language import t

STEPS = 5
WELCOME = 0  # before the first step: how the room opens the app
FILE = "stage.py"
_AT = "rupa-stage-step"


def at() -> int | None:
    """The step that is shown; None off stage."""
    step = st.session_state.get(_AT)
    return step if isinstance(step, int) and WELCOME <= step <= STEPS else None


def go(step: int) -> None:
    st.session_state[_AT] = step


def end() -> None:
    st.session_state.pop(_AT, None)


def way_back(page: st.Page) -> None:
    """Which step this is, and the way back to the script, whose page this is; nothing off stage."""
    step = at()
    if not step or not access.presenter():
        return
    with st.container(key="rupa-way-back"):
        st.page_link(
            page,
            label=t("Step {n} of {of} · back to the script", n=step, of=STEPS),
            icon=":material/co_present:",
            width="content",
            query_params=language.in_address(),
        )
