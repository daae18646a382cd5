"""Which evaluation an Inspect page is about: the choice above the page, and the view of what was chosen."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from model import running
from pages.parts import evaluation_photos
from training import evaluations, prediction_table
from training.evaluations import Kept
from training.report_words import photos_name
from training.view import View
from ui.language import day, speech, t

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
        model = st.selectbox(t("Model"), models, key=_begin(f"{_CHOSEN}.model", models, usual.about.model))
    by_path = {str(one.path): one for one in kept if one.about.model == model}
    paths = list(by_path)
    named = dict(zip(paths, _titles(list(by_path.values())), strict=True))
    with right:
        # By their paths: positions would mean other photos as soon as somebody evaluates anything.
        path = st.selectbox(
            t("Photos"),
            paths,
            format_func=named.__getitem__,
            key=_begin(f"{_CHOSEN}.photos.{model}", paths, str(usual.path)),
        )
    st.session_state[_CHOSEN] = path
    evaluation_photos.explain(by_path[path].about.photos)
    return by_path[path]


def turn_to(path: str) -> None:
    """Let the evaluation of this file be the chosen one when `choose` draws next."""
    st.session_state[_NEXT] = path


def open_view(kept: Kept) -> View:
    """Raises `EvaluationError`. Read once for everybody, as long as the file is the same."""
    return _view(str(kept.path), kept.state, kept)


def title(kept: Kept) -> str:
    """The photos of the evaluation, in words."""
    about = kept.about
    return photos_name(about.dataset, about.split, about.source, speech())


def _begin(key: str, options: Sequence[str], usual: str) -> str:
    """Of a choice that `_turn` may set: a default beside it would fill the log with warnings."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual if usual in options else options[0]
    return key


def _titles(kept: Sequence[Kept]) -> list[str]:
    """Two folders can have the same name: then the day tells them apart, and if need be their files' names."""
    plain = [title(one) for one in kept]
    dated = [f"{name} ({day(one.about.made)})" for name, one in zip(plain, kept, strict=True)]
    filed = [f"{name} ({one.path.stem})" for name, one in zip(plain, kept, strict=True)]
    return [
        name if plain.count(name) == 1 else dated[at] if dated.count(dated[at]) == 1 else filed[at]
        for at, name in enumerate(plain)
    ]


def _turn(kept: Sequence[Kept]) -> None:
    wanted = st.session_state.pop(_NEXT, None)
    one = next((one for one in kept if str(one.path) == wanted), None)
    if one is None:
        return
    model = one.about.model
    st.session_state[_CHOSEN] = wanted
    st.session_state[f"{_CHOSEN}.model"] = model
    st.session_state[f"{_CHOSEN}.photos.{model}"] = wanted


def _usual(kept: Sequence[Kept]) -> Kept:
    """What was looked at last, else the hardest photos of the model that answers."""
    last = st.session_state.get(_CHOSEN, "")
    active = running.status().model
    return min(
        kept,
        key=lambda one: (
            str(one.path) != last,
            one.path.name != Path(last).name,  # of the same photos there may be a newer one
            one.about.model != active,
            (one.about.dataset, one.about.split) != FIRST,
        ),
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def _view(path: str, state: str, _kept: Kept) -> View:
    del path, state
    table, about = prediction_table.read(_kept.path, embeddings=False)
    return View.of(table, about)
