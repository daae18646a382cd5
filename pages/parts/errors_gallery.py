"""The faces that were asked for, in pages of small photos; returns the one to be shown large."""

import zlib

import streamlit as st

from pages.parts import errors_face, errors_words, evaluation_photos
from pages.parts.errors_known import Known, Places
from ui import gallery, state
from ui.gallery import Mark, Tile
from ui.language import speech, t


def show(known: Known, found: Places, order: str) -> str:
    """Draw this page of the gallery. The face chosen last stays large for as long as it is among those asked for."""
    name = f"errors.chosen.{known.key}"
    # Other faces, or another order, begin on the first page.
    of_these = f"errors-{known.key}-{zlib.crc32(found.tobytes()):08x}"
    page = found[list(gallery.page_of(len(found), of_these))]
    ids = {str(place): str(known.view.ids[place]) for place in page}
    addresses = evaluation_photos.thumbnails(known.photos, list(ids.values()))
    tiles = [_tile(known, place, address, order) for place, address in zip(page, addresses, strict=True)]
    last: str | None = state.kept(name, lambda: None)
    still_there = bool((found == known.places.get(last or "", -1)).any())
    chosen = last if last and still_there else next(iter(ids.values()))
    with st.container(key="errors-gallery"):
        picked = gallery.show(
            tiles,
            key="errors",
            says=t("The faces that were asked for"),
            chosen=str(known.places[chosen]),
        )
    if picked in ids and ids[picked] != last:
        state.keep(name, ids[picked])
        errors_face.explain_first()
        st.rerun()
    return chosen


def _tile(known: Known, place: int, address: str | None, order: str) -> Tile:
    words = speech()
    said = errors_words.answer(known.answers, place, words)
    more = errors_words.label(known.answers, place, words)
    if order in known.view.group_columns and (group := errors_words.group(known, order, place, words)):
        said, more = f"{group} · {said}", f"{more}, {group}"
    return Tile(str(place), address, said, more, _mark(known, place))


def _mark(known: Known, place: int) -> Mark | None:
    if not known.answers.right[place]:
        return "wrong"
    return "right" if known.answers.sure[place] else "unsure"
