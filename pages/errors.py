"""Errors: the faces a model got wrong, what they have in common, and whether the model or the label is to blame."""

from pathlib import Path

import streamlit as st

from pages.parts import (
    chosen_evaluation,
    errors_attributes,
    errors_export,
    errors_face,
    errors_filters,
    errors_gallery,
    errors_headline,
    errors_known,
    errors_map,
    errors_session,
    errors_votes,
    evaluate_fetch,
    evaluation_photos,
)
from pages.parts.errors_known import Known
from training.evaluations import Kept
from training.prediction_table import SENTENCES, EvaluationError
from ui import panels
from ui.language import plain_error, t

ASSETS = Path(__file__).resolve().parents[1] / "ui" / "assets"
STYLES = ("photo.css", "errors.css")  # what would flip an answer is told on a card, as on the Photo page


def main() -> None:
    panels.begin()
    style = "".join((ASSETS / name).read_text(encoding="utf-8") for name in STYLES)
    st.html(f"<style>{style}</style>")
    st.title(t("Whom does it get wrong?"), anchor=False)
    st.markdown(
        t("Look at the faces behind the errors. Sometimes the model is wrong, and sometimes the label is.")
    )
    kept = chosen_evaluation.choose()
    if kept is None:
        st.info(
            t("There is no evaluation yet. Evaluate a model on the Evaluate page, and its errors stand here.")
        )
    else:
        try:
            known = errors_known.known(kept)
        except EvaluationError as error:
            st.error(plain_error(error, SENTENCES), icon=":material/build:")
        else:
            _errors(known, kept)
    errors_session.show()


def _errors(known: Known, kept: Kept) -> None:
    if not len(known.answers):
        st.info(t("In none of these photos a face was found, so there is nothing to be wrong about."))
        return
    cast = errors_votes.read(known)
    errors_headline.show(known, cast or {})
    errors_attributes.show(known)
    st.header(t("The faces"), anchor=False)
    evaluate_fetch.show(kept)
    choice = errors_filters.draw(known)
    if choice.on_a_map:
        errors_map.show(known)
    found = errors_filters.places(known, choice)
    with st.container(horizontal=True, vertical_alignment="center", key="errors-found"):
        st.markdown(f"**{errors_filters.counted(len(found), known)}**", width="content")
        errors_map.chip(known)
        if len(found):
            errors_export.show(known, found, chosen_evaluation.title(kept), cast or {})
    if not len(found):
        st.info(t("No face is like that. Let go of one of the chips."))
        return
    if not evaluation_photos.here(kept.about.photos):
        return  # the boxes would all be empty, and why is told above
    faces, large = st.columns([3, 2], gap="large")
    with faces:
        chosen = errors_gallery.show(known, found, choice.order)
    with large:
        errors_face.show(known, chosen, cast)


main()
