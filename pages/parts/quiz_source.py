"""Whose faces the quiz shows: those of an evaluation whose photos are here, or those that were kept to learn from.

Kept faces, and the presenter's own photos, are the presenter's to see. A room full of people sees them only once the
presenter has said so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random, SystemRandom

import streamlit as st
from PIL import Image

from model.images import PhotoError
from pages.parts import chosen_evaluation, evaluate_fetch, evaluation_photos
from pages.parts.evaluation_photos import PhotoMissingError
from training import evaluations, flagged, quiz, thumbnails
from training.evaluations import Kept
from training.prediction_table import SENTENCES, EvaluationError
from training.quiz import LEAST, Draw
from training.view import View
from ui import access, picture
from ui.language import plain_error, t, tn

SIDE_PX = 448
EVALUATED, KEPT = "evaluated", "kept"
_WHICH = "rupa.quiz.which"


@dataclass(frozen=True)
class Source:
    """`key` is a word that no other faces have; without a `view` they are the kept ones."""

    key: str
    kept: Kept | None = None
    view: View | None = None

    @property
    def where(self) -> str:
        """For `turn_to`."""
        return str(self.kept.path) if self.kept else KEPT

    @property
    def for_everybody(self) -> bool:
        """Whether visitors may see these faces without the presenter's word."""
        return self.kept is not None and evaluation_photos.for_everybody(self.kept.about.photos)

    @property
    def seen_by_this_visit(self) -> bool:
        return self.for_everybody or access.presenter()

    def draw(self, before: Collection[str]) -> Draw:
        random: Random = SystemRandom()
        if self.view is None:
            return quiz.of_flagged(flagged.said(), before, random)
        return quiz.another(self.view, before, random)

    def picture(self, id_: str) -> str:
        """The face as an address that says nothing of it; raises `PhotoMissingError`."""
        try:
            pixels = thumbnails.square(self._content(id_), SIDE_PX)
        except PhotoError as error:
            raise PhotoMissingError from error
        return picture.address(Image.fromarray(pixels))

    def _content(self, id_: str) -> bytes:
        if not self.seen_by_this_visit:
            raise PhotoMissingError
        if self.kept is not None:
            return evaluation_photos.content(self.kept.about.photos, id_)
        face = flagged.face(id_)
        if face is None:
            raise PhotoMissingError
        return face.jpeg


def choose() -> Source | None:
    """Draw the choice of photos; None where there is nothing to play with yet, with the way to get it."""
    with st.expander(t("Other photos"), key="rupa-quiz-photos"):
        return _kept_faces() if _which() == KEPT else _evaluated()


def turn_to(where: str) -> None:
    """Let these be the chosen faces when `choose` draws next."""
    st.session_state[_WHICH] = KEPT if where == KEPT else EVALUATED
    if where != KEPT:
        chosen_evaluation.turn_to(where)


def ask_for_photos() -> None:
    """Beside a button that does nothing without a source."""
    st.caption(t("First choose photos that are on this computer, under “Other photos”."))


def explain() -> None:
    """In the place of the game, where there is no source; what is here is one click away."""
    st.info(
        t("There are no faces to play with yet. If a presenter opens a room, this page shows it by itself.")
        if not access.presenter()
        else t(
            "There are no faces to play with yet. Open “Other photos” to choose photos that are here or to fetch some, "
            "or evaluate a folder on the Evaluate page."
        )
    )
    if kept := next(filter(_can_be_played, evaluations.kept()), None):
        st.button(
            t("Play with these: {photos}", photos=chosen_evaluation.title(kept)),
            key="rupa-quiz-here",
            icon=":material/photo_library:",
            on_click=chosen_evaluation.turn_to,
            args=(str(kept.path),),
        )


def pictures(source: Source, draw: Draw) -> tuple[Draw, tuple[str, ...]]:
    """All of a draw, and the draw without the faces whose photo cannot be shown."""
    found = {}
    for one in draw.questions:
        try:
            found[one.id] = source.picture(one.id)
        except PhotoMissingError:
            draw = draw.without(one.id)
    return draw, tuple(found.values())


def _can_be_played(kept: Kept) -> bool:
    if not evaluation_photos.here(kept.about.photos):
        return False
    try:
        return len(chosen_evaluation.open_view(kept).rows) >= LEAST
    except EvaluationError:
        return False  # whoever chooses it is told why


def _which() -> str:
    count = len(flagged.ids()) if access.presenter() else 0
    if count < LEAST:
        return EVALUATED
    words = {
        EVALUATED: t("Photos of an evaluation"),
        KEPT: tn("The {n} face that was kept here", "The {n} faces that were kept here", count),
    }
    return str(
        st.radio(
            t("Which faces?"),
            list(words),
            format_func=words.__getitem__,
            key=_WHICH,
            label_visibility="collapsed",
        )
    )


def _kept_faces() -> Source | None:
    st.caption(
        t(
            "Faces from the Photo page of which somebody said that the answer was wrong, and agreed that they be kept."
        )
    )
    if len(flagged.said()) < LEAST:
        st.caption(t("Of these faces it is no longer known what the model had said."))
        return None
    return Source(KEPT)


def _evaluated() -> Source | None:
    kept = chosen_evaluation.choose()
    if kept is None:
        st.caption(t("There is no evaluation yet. Evaluate a model on the Evaluate page first."))
        return None
    if not evaluation_photos.here(kept.about.photos):
        evaluate_fetch.show(kept)
        return None
    try:
        view = chosen_evaluation.open_view(kept)
    except EvaluationError as error:
        st.error(plain_error(error, SENTENCES), icon=":material/build:")
        return None
    if len(view.rows) < LEAST:
        st.caption(t("There are too few faces in these photos to play with."))
        return None
    return Source(f"{kept.path} {kept.state}", kept, view)
