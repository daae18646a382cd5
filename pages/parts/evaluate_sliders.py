"""The two sliders of the Evaluate page, which move everything on it, and the way back to what the model's card says."""

import streamlit as st

from training.answers import THRESHOLD
from training.prediction_table import About
from ui.language import percent, t

_THRESHOLD, _SURE = "rupa.evaluate.threshold", "rupa.evaluate.sure"
LOWEST, HIGHEST = 1, 99


def show(about: About) -> tuple[float, float]:
    """Threshold and sureness; exactly the card's where the sliders stand there."""
    of = f"{about.model}-{about.sure_at}"
    keys = f"{_THRESHOLD}.{of}", f"{_SURE}.{of}"
    usual = round(THRESHOLD * 100), round(about.sure_at * 100, 1)

    def back() -> None:
        for key, value in zip(keys, usual, strict=True):
            st.session_state[key] = value

    with st.container(key="evaluate-sliders"):
        left, right, last = st.columns([4, 4, 3], gap="large", vertical_alignment="center")
        with left:
            threshold = st.slider(
                t("It answers “male” above"), LOWEST, HIGHEST, usual[0], 1, format="%d%%", key=keys[0]
            )
        with right:
            sure = st.slider(
                t("It is “not sure” below"), 50.0, 100.0, usual[1], 0.1, format="%.1f%%", key=keys[1]
            )
        with last:
            st.button(
                t("As on its card"),
                icon=":material/undo:",
                on_click=back,
                disabled=(threshold, sure) == usual,
                key="rupa-evaluate-back",
                help=t(
                    "Back to {threshold} and {sure}, with which the model answers on the Photo page",
                    threshold=percent(THRESHOLD),
                    sure=percent(about.sure_at, 1),
                ),
            )
    return (
        THRESHOLD if threshold == usual[0] else threshold / 100,
        about.sure_at if sure == usual[1] else round(sure / 100, 4),
    )
