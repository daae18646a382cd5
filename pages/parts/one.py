"""One photo and its answers: the picture with its frames, a card a face, and what can be done where there is none."""

import html

import streamlit as st

from model import running
from model.card import ModelError
from model.faces import Face
from model.images import PhotoError
from model.pipeline import Reading
from model.sentences import SENTENCES
from pages.parts import exports, face_panels, readings, receipt
from pages.parts.readings import Seen
from ui import cards, picture, state
from ui.language import number, plain_error, t, tn
from ui.uploads import Upload

CARDS_AT_FIRST = 12
PASSING = ("busy", "too_slow", "no_decoder", "no_engine")  # what may be otherwise in a moment


@st.fragment
def show(upload: Upload, group: str, *, named: bool = False) -> None:
    """`group` is a word of letters and digits for this photo alone; `named` puts the file's name above it."""
    try:
        _photo(upload, group, named)
    except (ModelError, PhotoError) as error:
        trouble(upload.name, plain_error(error, SENTENCES))
        if error.code in PASSING:
            st.button(t("Try again"), key=f"rupa-again-{group}")  # the rerun that it brings is the trial


def _photo(upload: Upload, group: str, named: bool) -> None:
    whole = st.session_state.get(f"{state.PREFIX}photo.whole.{group}", False)
    with st.spinner(t("Looking…"), show_time=False):
        line = st.empty()
        seen = readings.of(upload, told=lambda place: line.caption(_waiting(place)), whole_picture=whole)
        line.empty()
        nearly = _nearly(upload, group)
    failure = seen.reading.error
    if seen.shown is None or (failure and failure.code != "no_face"):
        raise failure or PhotoError("truncated")
    if named:
        st.html(f'<h3 class="rupa-file">{html.escape(upload.name)}</h3>')
    if failure:
        _nobody(seen, nearly, group)
    else:
        _answered(upload, seen, group)


def _waiting(place: int) -> str:
    return t("Many photos came at once. Yours is number {n} in the line.", n=number(place))


def trouble(name: str, sentence: str) -> None:
    """A file without an answer: its name as it is, never as markup, and the one sentence."""
    st.html(
        f'<div class="rupa-trouble" role="status"><strong>{html.escape(name)}</strong>'
        f"<p>{html.escape(sentence)}</p></div>"
    )


def _answered(upload: Upload, seen: Seen, group: str) -> None:
    assert seen.shown
    left, right = st.columns([6, 5], gap="large")
    with left:
        picture.show(seen.shown, seen.frames(), group=group, alt=_alt(seen.reading))
        st.caption(timing(seen.reading))
        with st.container(
            horizontal=True, vertical_alignment="center", gap="small", key=f"rupa-below-{group}"
        ):
            exports.of_one(upload, seen.reading, group)
            receipt.show(group)
        st.caption(t("It sees only a picture: the model cannot know who somebody is."))
    with right, st.container(gap="small"):
        limit = f"{state.PREFIX}photo.all.{group}"
        shown = len(seen.cards) if st.session_state.get(limit) else CARDS_AT_FIRST
        for index, card in enumerate(seen.cards[:shown]):
            with st.container(key=picture.card_key(group, index)):
                cards.show(card, index)
                face_panels.show(seen.reading, index, f"{group}-{index}")
        if shown < len(seen.cards):
            word = t("Show all {n} faces", n=len(seen.cards))
            st.button(word, key=f"rupa-all-{group}", on_click=state.keep, args=(f"photo.all.{group}", True))


def _nearly(upload: Upload, group: str) -> list[Face] | None:
    """What was nearly taken for a face, looked for once; None where nobody asked."""
    if not st.session_state.get(f"{state.PREFIX}photo.nearly.{group}"):
        return None
    return state.kept(f"photo.near.{group}", lambda: running.get().pipeline.nearly(upload.read()))


def _nobody(seen: Seen, nearly: list[Face] | None, group: str) -> None:
    assert seen.shown
    left, right = st.columns([6, 5], gap="large")
    with left:
        frames = [
            picture.Frame(
                picture.shares(face.box, seen.reading.width, seen.reading.height),
                "nearly",
                t("Nearly taken for a face: {n} · score {score} of 100", n=n, score=number(100 * face.score)),
            )
            for n, face in enumerate(nearly or [], start=1)
        ]
        picture.show(seen.shown, frames, group=group, alt=t("The photo, without any face found"))
        receipt.show(group)
    with right:
        nobody = t("No face found.")
        st.markdown(f"#### {nobody}")
        st.markdown(t("The model looks for faces that are upright and at least 24 pixels wide."))
        if nearly is not None:
            st.markdown(_nearly_in_words(len(nearly)))
        else:
            st.button(
                t("Show what it nearly took"),
                key=f"rupa-nearly-{group}",
                on_click=state.keep,
                args=(f"photo.nearly.{group}", True),
            )
        st.button(
            t("Treat the whole picture as a face"),
            key=f"rupa-whole-{group}",
            on_click=state.keep,
            args=(f"photo.whole.{group}", True),
        )


def _nearly_in_words(count: int) -> str:
    if not count:
        return t("Nothing in it came near a face.")
    return tn(
        "One place came near, but not near enough: it is marked.",
        "{n} places came near, but not near enough: they are marked, the nearest is 1.",
        count,
    )


def timing(reading: Reading) -> str:
    """What was found and how long it took: `found` is the search for faces, `answered` the network that judges them."""
    found, answered = (number(reading.timings_ms.get(step, 0.0), digits=0) for step in ("detect", "classify"))
    faces = tn("{n} face", "{n} faces", len(reading.faces))
    line = t(
        "{faces} · found in {found} ms, answered in {answered} ms",
        faces=faces,
        found=found,
        answered=answered,
    )
    if reading.turned:
        line += " · " + t("turned by {degrees}° to find them", degrees=reading.turned)
    return line


def _alt(reading: Reading) -> str:
    return tn(
        "The photo, with a frame round {n} face",
        "The photo, with a frame round each of {n} faces",
        len(reading.faces),
    )
