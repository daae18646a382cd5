"""The photos that an evaluation is of, where they lie on this computer: small ones by the dozen, and one as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from model import registry
from model.images import PhotoError
from training import places
from ui import access, picture
from ui.language import t

if TYPE_CHECKING:
    from training.table import Dataset

THUMBNAIL_PX = 176
_ZIP = "zip:"


class PhotoMissingError(Exception):
    """A photo is not on this computer, or cannot be read."""


@dataclass(frozen=True)
class _Source:
    dataset: "Dataset"
    rows: dict[str, int]


def hidden(dataset: str) -> bool:
    """Whether these are the presenter's own photos, of which visitors see the figures only."""
    return not access.presenter() and not for_everybody(dataset)


def for_everybody(dataset: str) -> bool:
    """Whether these are published photos, which whoever comes may see."""
    from training import choices

    return choices.for_everybody(dataset)


def explain(dataset: str) -> None:
    """Why this visit sees none of these photos, where that is so."""
    if hidden(dataset):
        st.caption(_of_the_presenter())


def unseen(dataset: str, missing: str) -> str:
    """What stands where a photo cannot be shown: that it is hidden from this visit, or else that it is `missing`."""
    return _of_the_presenter() if hidden(dataset) else missing


def called(dataset: str, id_: str) -> str:
    """The photo's name, where this visit may see the photo: a name can say who is in it."""
    return "" if hidden(dataset) else id_


def here(dataset: str) -> bool:
    """Whether the photos of this data set are on this computer, and this visit may see them."""
    if hidden(dataset):
        return False
    try:
        _source(dataset, _state())
    except PhotoMissingError:
        return False
    return True


def content(dataset: str, id_: str) -> bytes:
    """The photo's file; raises `PhotoMissingError`, also where this visit may not see it."""
    if hidden(dataset):
        raise PhotoMissingError
    return _content(dataset, id_)


def thumbnails(dataset: str, ids: Sequence[str]) -> list[str | None]:
    """An address for each photo, in their order; None where there is no photo to show."""
    return [None] * len(ids) if hidden(dataset) else for_file(dataset, ids)


def for_file(dataset: str, ids: Sequence[str]) -> list[str | None]:
    """As `thumbnails`, for a file that was offered: it is made when nobody can be asked who takes it."""
    state = _state()
    return [_thumbnail_or_none(dataset, id_, state) for id_ in ids]


def _of_the_presenter() -> str:
    return t("These are the presenter's own photos: you see what was counted, and no faces.")


def _content(dataset: str, id_: str) -> bytes:
    from training.table import DatasetError

    source = _source(dataset, _state())
    if id_ not in source.rows:
        raise PhotoMissingError
    try:
        return source.dataset.read(source.rows[id_])
    except DatasetError as error:
        raise PhotoMissingError from error


def forget(face: str | None = None) -> None:
    """Look anew: what was on this computer may be gone, and then no visit is shown a picture of it, nor is a room.

    A room with other photos than everybody's closes; where one kept `face` was deleted, only a room that has it.
    """
    from training import quiz_room  # it brings pandas with it

    quiz_room.forget(face)
    _source.clear()
    # The pages keep small pictures in several of these caches, and little else: all of it is made anew in a moment.
    st.cache_data.clear()


def _state() -> str:
    """Another word for other data sets, and after each evaluation made here: a folder may have other photos since."""
    made = registry.home() / "data" / "evaluations"
    folders = [folder.stat().st_mtime_ns for folder in made.iterdir()] if made.is_dir() else []
    return f"{places.data_home()} {max(folders, default=0)}"


def _thumbnail_or_none(dataset: str, id_: str, state: str) -> str | None:
    try:
        return _thumbnail(dataset, id_, state)
    except PhotoMissingError:
        return None


@st.cache_data(show_spinner=False, max_entries=2000)
def _thumbnail(dataset: str, id_: str, state: str) -> str:
    # It brings pandas with it, which the first page does without.
    from training import thumbnails as small

    del state
    try:
        pixels = small.square(_content(dataset, id_), THUMBNAIL_PX)
    except PhotoError as error:
        raise PhotoMissingError from error
    return picture.address(Image.fromarray(pixels), quality=82)


@st.cache_resource(show_spinner=False, max_entries=8)
def _source(name: str, state: str) -> _Source:
    from training import choices, unpacked
    from training.datasets import open_dataset
    from training.table import DatasetError

    del state
    zips = [Path(one.removeprefix(_ZIP)) for one in choices.sources_of(name) if one.startswith(_ZIP)]
    if not all(unpacked.is_here(one) for one in zips):
        raise PhotoMissingError  # whoever looks at a page has not asked for anything to be unpacked
    try:
        dataset = open_dataset(name)
    except DatasetError as error:
        raise PhotoMissingError from error
    return _Source(dataset, {id_: row for row, id_ in enumerate(dataset.table["id"])})
