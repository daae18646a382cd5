"""One face, large: what the model said and how the photo is labelled, the vote, why, and the six most like it."""

import html
import zlib
from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from model import images, running
from model.card import KERAS, ModelError
from model.images import PhotoError
from model.sentences import SENTENCES
from pages.parts import errors_votes, errors_words, evaluation_photos, panel_flip, panel_why
from pages.parts.errors_known import Known
from pages.parts.evaluation_photos import PhotoMissingError
from pages.parts.opened import Opened
from training import prediction_table
from training.crops import main_face
from training.prediction_table import EvaluationError
from training.votes import Cast
from ui import panels, picture, state
from ui.language import percent, plain_error, speech, t
from ui.panels import Photo

NEAREST = 6
# What the model made of so many faces takes seconds to read, which the first look at the page does not wait for.
MANY = 20_000
_SHOWN_PX = 640
_OPENED = "errors.opened"
_PANEL = "rupa.errors.panel"
_ASKED = "errors.asked"
_PANELS = {"why": panel_why.show, "flip": panel_flip.show}


def show(known: Known, id_: str, cast: Mapping[str, Cast] | None) -> None:
    content = _content(known, id_)
    with st.container(key="errors-face", gap="medium"):
        if content is None:
            missing = t(
                "This photo is not on this computer, so there is nothing to look at and nothing to vote on."
            )
            st.info(evaluation_photos.unseen(known.photos, missing))
        else:
            _photo(content)
        _said(known, id_)
        if content is not None:
            if cast is not None:
                errors_votes.show(known, id_, cast)
            _looked_into(known, id_)
        _most_alike(known, known.places[id_])


def explain_first() -> None:
    """Whoever chooses a face wants to know why; what is open after that stays as it is left."""
    if not state.kept(_ASKED, bool):
        state.keep(_ASKED, True)
        st.session_state[_PANEL] = "why"


def _content(known: Known, id_: str) -> bytes | None:
    try:
        return evaluation_photos.content(known.photos, id_)
    except PhotoMissingError:
        return None


def _photo(content: bytes) -> None:
    try:
        shown = picture.ready(images.load(content).pixels, _SHOWN_PX)
    except PhotoError as error:
        st.warning(plain_error(error, SENTENCES))
        return
    st.html(
        f'<img class="errors-photo" src="{shown.address}" alt="{html.escape(t("The photo"), quote=True)}">'
    )


def _said(known: Known, id_: str) -> None:
    """The answer and the label, and whether they agree; then what else is known of the face."""
    place, words = known.places[id_], speech()
    answers = known.answers
    right = bool(answers.right[place])
    verdict = t("right") if right else t("✗ wrong")
    answer = errors_words.answer_in_full(answers, place, words)
    facts = [errors_words.group(known, column, place, words) for column in known.view.group_columns]
    if known.suspicion.probably[place]:
        facts.append(t("the label is probably wrong"))
    more = " · ".join(fact for fact in facts if fact)
    st.html(
        f'<p class="errors-said {"right" if right else "wrong"}"><strong>{html.escape(answer)}</strong>'
        f"<span>{html.escape(errors_words.label(answers, place, words))} · <b>{html.escape(verdict)}</b></span>"
        f"<small>{html.escape(more)}</small></p>"
    )


@st.fragment
def _looked_into(known: Known, id_: str) -> None:
    """The two panels under a face of the Photo page, for this one; nothing is worked out before it is opened."""
    words = {"why": t("Why?"), "flip": t("What would flip it")}
    chosen = panels.menu(words, t("More about this face"), _PANEL)
    if chosen is None:
        return
    if (other := _other_model(known)) is not None:
        panels.said(other)
        return
    with st.container(key=f"panel-open-errors-{chosen}"):
        try:
            _PANELS[chosen](_opened(known, id_))
        except (ModelError, PhotoError) as error:
            st.warning(plain_error(error, SENTENCES))
        except PhotoMissingError:
            st.warning(t("This photo is no longer on this computer."))


def _other_model(known: Known) -> str | None:
    """Why nothing can be asked of the model, where another one answers now."""
    artifact = running.get().artifact
    if artifact.card.files.get(KERAS) == known.view.about.model_hash:
        return None
    return t(
        "This evaluation is of {model}, but {active} answers now; let {model} answer, and it can be asked why.",
        model=known.view.about.model,
        active=artifact.name,
    )


def _opened(known: Known, id_: str) -> Opened:
    """The photo read once more; of several faces the one that the evaluation is about."""
    key = f"errors-{zlib.crc32(f'{known.key} {id_}'.encode()):08x}"
    last: Opened | None = state.kept(_OPENED, lambda: None)
    if last is not None and last.key == key:
        return last
    content = evaluation_photos.content(known.photos, id_)
    pipeline = running.get().pipeline
    reading = pipeline.read(content)
    if not reading.faces:
        reading = pipeline.read(content, whole_picture=True)
    if reading.error is not None:
        raise reading.error
    face = main_face([answer.face for answer in reading.faces], reading.width, reading.height)
    [answer] = [answer for answer in reading.faces if answer.face is face]
    opened = Opened(replace(reading, faces=(answer,)), answer, key)
    state.keep(_OPENED, opened)
    return opened


def _most_alike(known: Known, place: int) -> None:
    if len(known.answers) > MANY and not state.kept(_ASKED, bool):
        return
    try:
        with st.spinner(t("Looking for the faces most like it …")):
            found = known.nearest(place, NEAREST)
    except EvaluationError as error:
        st.warning(plain_error(error, prediction_table.SENTENCES))
        return
    if not len(found):
        return
    answers, words = known.answers, speech()
    right = int(answers.right[found].sum())
    panels.said(
        t(
            "Of the {of} faces most like it, the model got {right} right.",
            of=str(len(found)),
            right=str(right),
        ),
        t("Alike in what the model makes of them, which need not be how people would sort them."),
    )
    addresses = evaluation_photos.thumbnails(known.photos, [str(known.view.ids[one]) for one in found])
    photos = []
    for one, address in zip(found, addresses, strict=True):
        if address is None:
            continue
        share = percent(float(known.confidence[one]))
        fate = bool(answers.right[one])
        verdict = t("right, {share}", share=share) if fate else t("✗ wrong, {share}", share=share)
        photos.append(Photo(address, fate, verdict, errors_words.label(answers, one, words)))
    if photos:
        panels.photos(photos)
