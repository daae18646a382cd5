"""The step "photos" of the Train page: where they come from, then at once what is in them, then on to the recipe."""

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from pages.parts import (
    job_panel,
    train_photos_drop,
    train_photos_opened,
    train_photos_seen,
    train_photos_ways,
    train_steps,
)
from pages.parts.evaluate_words import literal
from pages.parts.train_photos_opened import FEW, MANY, Opened, Wish
from training import unpacked
from training.page_asked import Inspect, Unpack
from training.report_words import dataset_name
from training.table import DatasetError
from ui import access, state
from ui.language import speech, t

STYLE = Path(__file__).resolve().parents[2] / "ui" / "assets" / "train_photos.css"
QUICK_ZIP_BYTES = 100 * 2**20  # a larger one is unpacked by a process of its own
_UNPACKING = "train.photos.unpacking"
_DROP, _HERE, _FOLDER, _ZIP, _VISITORS = "drop", "here", "folder", "zip", "visitors"

_WAYS: Mapping[str, Callable[[], Wish | None]] = {
    _DROP: train_photos_drop.show,
    _HERE: train_photos_ways.at_hand,
    _FOLDER: train_photos_ways.folder,
    _ZIP: train_photos_ways.zip_,
    _VISITORS: train_photos_ways.of_visitors,
}


def line() -> str | None:
    photos = train_steps.photos()
    if photos is None:
        return None
    name = literal(dataset_name(photos.name, speech()))
    return t("{name}: {women:,} women, {men:,} men", name=name, women=photos.women, men=photos.men)


def show() -> None:
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    if not access.presenter():
        st.markdown(t("Whoever shows this app chooses the photos to learn from."))
        return
    way: str = st.segmented_control(
        t("Where the photos come from"),
        list(_WAYS),
        format_func=_in_words,
        default=_DROP,
        required=True,
        label_visibility="collapsed",
        key="rupa-train-way",
    )
    wish = _WAYS[way]()
    if wish:
        _open(wish)
    _unpacked_meanwhile()
    if one := train_photos_opened.opened():
        _draw(one)


def _in_words(way: str) -> str:
    return {
        _DROP: t("Drop photos"),
        _HERE: t("Photos at hand"),
        _FOLDER: t("A folder"),
        _ZIP: t("A zip"),
        _VISITORS: t("Faces that visitors gave"),
    }[way]


def _open(wish: Wish) -> None:
    """What takes long is left to a process of its own, and is opened when that is over."""
    job_panel.forget()
    state.drop(_UNPACKING)
    large = [source for source in wish.sources if _is_large_zip(source)]
    if large:
        state.keep(_UNPACKING, wish)
        job_panel.begin(Unpack(large[0]))
        return
    try:
        with st.spinner(t("Opening the photos")):
            one = train_photos_opened.open_(wish)
    except DatasetError as error:
        train_photos_opened.close()
        st.warning(job_panel.why(error.code, error.facts), icon=":material/info:")
        return
    if FEW < len(one.dataset) <= MANY and one.seen is None and not job_panel.busy():
        _begin_to_look(one)


def _is_large_zip(source: str) -> bool:
    kind, _, place = source.partition(":")
    try:
        size = Path(place).stat().st_size if kind == "zip" else 0
    except OSError:
        return False  # it is gone, which whoever opens it says
    return size > QUICK_ZIP_BYTES and not unpacked.is_here(Path(place))


def _unpacked_meanwhile() -> None:
    wish: Wish | None = st.session_state.get(state.PREFIX + _UNPACKING)
    if wish is None or job_panel.watch(Unpack):
        return
    done = job_panel.over(Unpack)
    state.drop(_UNPACKING)
    if done and done.state == "done":
        _open(wish)


def _begin_to_look(one: Opened) -> None:
    try:
        draft = train_photos_opened.draft(one)
    except DatasetError as error:
        st.warning(job_panel.why(error.code, error.facts), icon=":material/info:")
        return
    job_panel.begin(Inspect(draft))


def _look(one: Opened) -> None:
    words = t("Looking at the photos")
    bar = st.progress(0.0, text=words)

    def tell(done: int, of: int) -> None:
        bar.progress(done / of, text=words)

    train_photos_opened.look(one, tell)
    bar.empty()


def _draw(one: Opened) -> None:
    st.divider()
    if one.seen is None and len(one.dataset) <= FEW:
        _look(one)
    at_work = one.seen is None and job_panel.watch(Inspect)
    one = train_photos_opened.opened() or one
    if one.seen is None and not at_work:
        job_panel.over(Inspect)
        st.caption(
            t(
                "Nobody has looked at each of these photos yet: copies, broken files and photos without a face are "
                "not known."
            )
        )
        if st.button(
            t("Look at each of them"),
            icon=":material/search:",
            key="rupa-train-inspect",
            disabled=job_panel.busy(),
        ):
            _begin_to_look(one)
    train_photos_seen.show(one)
