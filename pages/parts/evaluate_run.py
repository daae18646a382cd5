"""Running an evaluation from the Evaluate page: of which model, on which photos, and how far it is."""

import os
from functools import partial
from pathlib import Path

import streamlit as st

from model import registry, running
from pages.parts import card_words, evaluation_photos, job_panel
from pages.parts.evaluate_words import literal
from training import choices, unpacked
from training.page_asked import Evaluate
from training.table import SPLITS, DatasetError
from ui import access
from ui.language import t, tn

OPEN = "rupa.evaluate.run"
_FOLDER, _ZIP = "folder", "zip"
_ALL = "all"


def show() -> None:
    """Closed until somebody wants it; open, and with its progress, while it is at work."""
    at_work = job_panel.watch(Evaluate)
    done = job_panel.over(Evaluate) or job_panel.unopened()
    if done and done.made and isinstance(done.asked, Evaluate):
        _offer(done.made, job_panel.named(done.asked.photos, done.asked.split))
    if at_work:
        return
    if not access.presenter():  # a path that a stranger types would tell what lies on this computer
        st.button(t("Evaluate other photos"), icon=":material/add_chart:", disabled=True, width="stretch")
        access.explain("evaluate")
        return
    box = st.popover(
        t("Evaluate other photos"), icon=":material/add_chart:", key=OPEN, on_change="rerun", width="stretch"
    )
    if box.open:
        with box:
            _choose()


def _offer(made: Path, photos: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("The evaluation is ready: {photos}.", photos=photos))
        st.button(
            t("Open it"),
            key="rupa-evaluate-open",
            type="primary",
            on_click=job_panel.open_made,
            args=(made,),
        )


def _choose() -> None:
    st.markdown(
        t(
            "The model is asked about each photo and its answers are kept on this computer. It goes on when you close "
            "this page. Your own photos lie in folders called female and male."
        )
    )
    models, active = registry.names(), running.status().model
    usual = models.index(active) if active in models else 0
    model = st.selectbox(t("Model"), models, index=usual, key=f"{OPEN}.model")
    photos = st.selectbox(
        t("Photos"), [*_here(), _FOLDER, _ZIP], format_func=_photos_in_words, key=f"{OPEN}.photos"
    )
    data: str | None = photos
    if photos in (_FOLDER, _ZIP):
        place = st.text_input(
            t("Where the folder lies on this computer")
            if photos == _FOLDER
            else t("Where the zip lies on this computer"),
            placeholder="/home/…/photos" if photos == _FOLDER else "/home/…/photos.zip",
            key=f"{OPEN}.place",
            max_chars=500,
        )
        data = f"{photos}:{_path(place)}" if place.strip() else None
    if photos == _ZIP:
        _unpacked()
    split = st.selectbox(
        t("Which of them"),
        [None, *SPLITS, _ALL],
        format_func=partial(_split_in_words, own=photos in (_FOLDER, _ZIP)),
        key=f"{OPEN}.split",
    )
    start = st.button(
        t("Start"),
        key="rupa-evaluate-start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=data is None or not job_panel.can_start(),
    )
    job_panel.held_up()
    if start and data:
        if fault := _fault(data, split):
            st.warning(fault, icon=":material/info:")
        else:
            job_panel.begin(Evaluate(model, data, split))


def _unpacked() -> None:
    """What becomes of a zip's photos, and how to be rid of them; in the middle of some work they are needed."""
    st.caption(
        t(
            "The zip's photos are unpacked into what this app keeps on this computer, and stay until you delete them."
        )
    )
    if kept := unpacked.count():
        learning = _is_learnt_from()
        st.button(
            tn("Delete the unpacked photos of {n:,} zip", "Delete the unpacked photos of {n:,} zips", kept),
            key="rupa-evaluate-unpacked",
            icon=":material/delete:",
            disabled=job_panel.busy() or learning,
            on_click=_delete,
        )
        if learning:
            st.caption(
                t("A training run learns from the photos of a zip; they can be deleted when it has ended.")
            )


def _is_learnt_from() -> bool:
    """Whether a run that waits or is at work needs what was unpacked."""
    return any(source.startswith(f"{_ZIP}:") for source in choices.in_use())


def _delete() -> None:
    if not access.presenter() or _is_learnt_from():
        return
    unpacked.delete()
    evaluation_photos.forget()


def _path(typed: str) -> Path:
    """What was typed or pasted, quotation marks and all; a home that nobody has stays a name, of no folder."""
    path = Path(typed.strip().strip('"'))
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        return path


def _fault(data: str, split: str | None) -> str | None:
    """One sentence if these photos cannot be evaluated; what is in a zip only the work itself finds out."""
    from training import folders
    from training.datasets import open_dataset

    kind, _, place = data.partition(":")
    if kind == _ZIP:
        if os.path.isfile(place):
            return None
        path = literal(place, job_panel.LONGEST)
        return t("There is no zip file {path}; check the name and try again.", path=path)
    if kind == _FOLDER and folders.is_large(Path(place)):
        return None  # the work itself looks through so many, and says what is amiss
    try:
        with st.spinner(t("Looking at the photos")):
            table = open_dataset(data).table
    except DatasetError as error:
        return job_panel.why(error.code, error.facts)
    if split not in (None, _ALL) and not (table["split"] == split).any():
        return t("These photos have none for {split}; choose other ones.", split=_split_in_words(split))
    return None


def _here() -> list[str]:
    return [name for name in card_words.DATASETS if evaluation_photos.here(name)]


def _photos_in_words(photos: str) -> str:
    own = {_FOLDER: t("A folder of your own"), _ZIP: t("A zip file of your own")}
    return own.get(photos) or card_words.DATASETS[photos]


def _split_in_words(split: str | None, *, own: bool = False) -> str:
    """In somebody's own folder, all are for checking where none are named so."""
    return {
        None: t("Those kept for checking, or else all") if own else t("Those kept for checking"),
        "train": t("Training photos"),
        "validation": t("Validation photos"),
        "test": t("Test photos"),
        _ALL: t("All of them"),
    }[split]
