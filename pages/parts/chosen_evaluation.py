"""Which evaluation an Inspect page is about: the choice above the page, and the view of what was chosen."""

from collections.abc import Sequence

import streamlit as st

from model import running
from pages.parts import card_words
from training import evaluations, prediction_table
from training.evaluations import Kept
from training.view import View
from ui.language import t

_CHOSEN, _NEXT = "rupa.evaluation", "rupa.evaluation-next"
FIRST = ("utkface", "validation")  # the hardest photos that the shipped model was tried on


def choose() -> Kept | None:
    """Draw the choice of model and photos; None where there is no evaluation at all."""
    kept = evaluations.kept()
    if not kept:
        return None
    _turn(kept)
    usual = _usual(kept)
    left, right = st.columns(2)
    models = list(dict.fromkeys(one.about.model for one in kept))
    with left:
        model = st.selectbox(
            t("Model"), models, index=models.index(usual.about.model), key=f"{_CHOSEN}.model"
        )
    of_model = [one for one in kept if one.about.model == model]
    with right:
        at = st.selectbox(
            t("Photos"),
            range(len(of_model)),
            format_func=lambda place: title(of_model[place]),
            index=of_model.index(usual) if usual in of_model else 0,
            key=f"{_CHOSEN}.photos.{model}",
        )
    chosen = of_model[at]
    st.session_state[_CHOSEN] = str(chosen.path)
    return chosen


def turn_to(path: str) -> None:
    """Let the evaluation of this file be the chosen one when `choose` draws next."""
    st.session_state[_NEXT] = path


def open_view(kept: Kept) -> View:
    """Raises `EvaluationError`. Read once for everybody, as long as the file is the same."""
    return _view(str(kept.path), kept.state, kept)


def title(kept: Kept) -> str:
    """The photos of the evaluation, in words."""
    about = kept.about
    words = card_words.measured_on(f"{about.dataset}-{about.split}")
    return words if about.source == "raw" else t("{photos} (cut beforehand)", photos=words)


def _turn(kept: Sequence[Kept]) -> None:
    wanted = st.session_state.pop(_NEXT, None)
    one = next((one for one in kept if str(one.path) == wanted), None)
    if one is None:
        return
    model = one.about.model
    st.session_state[_CHOSEN] = wanted
    st.session_state[f"{_CHOSEN}.model"] = model
    of_model = [other for other in kept if other.about.model == model]
    st.session_state[f"{_CHOSEN}.photos.{model}"] = of_model.index(one)


def _usual(kept: Sequence[Kept]) -> Kept:
    """What was looked at last, else the hardest photos of the model that answers."""
    last = st.session_state.get(_CHOSEN)
    active = running.status().model
    return min(
        kept,
        key=lambda one: (
            str(one.path) != last,
            one.about.model != active,
            (one.about.dataset, one.about.split) != FIRST,
        ),
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def _view(path: str, state: str, _kept: Kept) -> View:
    del path, state
    table, about = prediction_table.read(_kept.path, embeddings=False)
    return View.of(table, about)
