"""Without live pictures: a snapshot where the camera can still be had, else a photo or a sample; open already."""

import streamlit as st

from pages.parts import answered, arrivals, local_samples
from ui import state, uploads
from ui.language import t

# Then the camera itself works, and the browser lends it to a snapshot too.
_SNAPSHOT = ("blocked", "lost", "busy", "gave_way")
_OPENED = "live.opened"
_PAGE = "live"


def show(trouble: str) -> None:
    st.markdown(
        f"#### {t('Meanwhile, take a snapshot') if trouble in _SNAPSHOT else t('Meanwhile, try a photo')}"
    )
    if state.kept(_OPENED, str) != trouble:
        state.keep(_OPENED, trouble)
        uploads.open_camera(trouble in _SNAPSHOT, _PAGE)
    uploads.intake(local_samples.found(), page=_PAGE, camera=trouble in _SNAPSHOT)
    if files := arrivals.current():
        answered.show(files)


def end() -> None:
    """Nothing is missing any more; the next trouble opens what helps then."""
    state.drop(_OPENED)
    uploads.open_camera(False, _PAGE)
