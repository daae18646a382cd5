"""The answers that this visitor called wrong on the Photo page, for as long as the visit lasts."""

import streamlit as st
from PIL import Image

from pages.parts import session_errors
from pages.parts.session_errors import NO_FACE, NOT_SAID, WrongAnswer
from ui import panels, picture
from ui.language import percent, t
from ui.panels import Photo


def show() -> None:
    """Draws nothing where nothing was called wrong."""
    found = session_errors.of_session()
    if not found:
        return
    st.header(t("What you called wrong"), anchor=False)
    st.caption(
        t("Faces from the Photo page. They are forgotten when you close this page, unless you kept them.")
    )
    panels.photos(
        [Photo(picture.address(Image.fromarray(one.crop)), False, _said(one), _wanted(one)) for one in found]
    )


def _said(one: WrongAnswer) -> str:
    share = percent(one.confidence)
    return {
        "female": t("looks female, {share}", share=share),
        "male": t("looks male, {share}", share=share),
    }.get(one.said, t("not sure"))


def _wanted(one: WrongAnswer) -> str:
    return {
        "female": t("you said: female"),
        "male": t("you said: male"),
        NO_FACE: t("you said: no face"),
        NOT_SAID: t("you said: wrong"),
    }[one.should_be]
