"""The button that makes a report of an evaluation: in which language, and whether with people's faces in it."""

from functools import partial

import streamlit as st

from pages.parts import evaluation_photos
from training import report
from training.evaluations import Kept
from ui import language
from ui.language import t
from words.speech import LANGUAGES, Language


@st.fragment
def show(kept: Kept) -> None:
    """Nothing is made before somebody asks for it."""
    key = f"rupa-report-{kept.about.model}-{kept.path.stem}"
    with st.popover(t("Report"), icon=":material/description:", key=f"{key}-open", width="stretch"):
        st.markdown(
            t(
                "The figures of all faces, whatever is chosen on this page, in one file: it opens without a network, "
                "on any computer, and can be printed."
            )
        )
        spoken: Language = st.segmented_control(
            t("Language of the report"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            default=language.language(),
            key=f"{key}-language-{language.language()}",
            required=True,
        )
        with_faces = not evaluation_photos.hidden(kept.about.photos) and st.toggle(
            t("With the faces of its most confident mistakes"), key=f"{key}-faces"
        )
        if with_faces:
            st.caption(
                t(
                    "The file then shows people. Look up what the owners of the photos allow before you pass it on."
                )
            )
        st.download_button(
            t("Make the report"),
            partial(_made, kept, spoken, with_faces),
            file_name=report.file_name(kept),
            mime="text/html",
            key=f"{key}-get",
            on_click="ignore",
            type="primary",
        )


def _made(kept: Kept, spoken: Language, with_faces: bool) -> bytes:
    return report.make(kept, spoken, with_faces=with_faces).encode()
