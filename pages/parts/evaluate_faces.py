"""The faces behind a number: those of the chosen cell and groups, and one of them larger."""

import zlib

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model import images
from model.card import LABELS
from model.images import PhotoError
from pages.parts import evaluate_chips, evaluate_words, evaluation_photos
from pages.parts.evaluate_seen import Seen
from training.figures import cell_names
from training.view import Selection, confidence
from ui import gallery
from ui.gallery import Mark, Tile
from ui.language import number, percent, speech, t

_CELLS = ("0-1", "1-0", "0-0", "1-1")


def show(seen: Seen) -> None:
    st.header(t("Which faces are they?"), anchor=False)
    cells, names = seen.counts.confusion, cell_names(speech())

    def words(cell: str) -> str:
        place = (int(cell[0]), int(cell[2]))
        return f"{names[place]}, {number(cells[place])}"

    st.pills(
        t("A cell of the matrix"),
        _CELLS,
        format_func=words,
        key=evaluate_chips.CELL,
        label_visibility="collapsed",
    )
    chosen = evaluate_chips.cell()
    if chosen is None and not seen.groups:
        st.markdown(t("Choose a cell, here or in the matrix, and its faces open, the most confident first."))
        return
    places = _in_turn(seen, chosen)
    if not len(places):
        st.markdown(t("There is no such face: the cell is empty."))
        return
    here = evaluation_photos.here(seen.whole.about.photos)
    if not here and not evaluation_photos.hidden(seen.whole.about.photos):
        st.markdown(
            t("These photos are not on this computer, so only their places are shown; the numbers need none.")
        )
    _gallery(seen, places, here)


def _in_turn(seen: Seen, chosen: tuple[int, int] | None) -> NDArray[np.int64]:
    """The places of the faces, the most confident first; where no cell is chosen, mistakes before the rest."""
    label, predicted = chosen or (None, None)
    mask = seen.view.where(seen.answers, Selection(label=label, predicted=predicted))
    places = np.flatnonzero(mask)
    order = np.lexsort((-confidence(seen.answers)[places], seen.answers.right[places]))
    return places[order]


def _gallery(seen: Seen, places: NDArray[np.int64], here: bool) -> None:
    # Other faces, or another order, begin on the first page.
    of = zlib.crc32(f"{seen.kept.path} {seen.kept.state}".encode())
    shown = gallery.page_of(len(places), f"evaluate-{zlib.crc32(seen.view.rows[places].tobytes(), of):08x}")
    part = places[shown.start : shown.stop]
    ids = [str(id_) for id_ in seen.view.ids[part]]
    addresses = evaluation_photos.thumbnails(seen.whole.about.photos, ids) if here else [None] * len(ids)
    tiles = [_tile(seen, int(place), address) for place, address in zip(part, addresses, strict=True)]
    picked = gallery.show(tiles, key="evaluate", says=t("The faces of this choice, the most confident first"))
    for place, id_ in zip(part, ids, strict=True):
        if str(place) == picked:
            _large(seen, int(place), id_)


def _tile(seen: Seen, place: int, address: str | None) -> Tile:
    answers = seen.answers
    answer, p_male = LABELS[answers.predicted[place]], float(answers.p_male[place])
    share = percent(p_male if answer == "male" else 1 - p_male)
    words = {
        "female": t("“female” {share}", share=share),
        "male": t("“male” {share}", share=share),
    }[answer]
    sure, right = bool(answers.sure[place]), bool(answers.right[place])
    mark: Mark = "unsure" if not sure else "right" if right else "wrong"
    more = ", ".join(filter(None, [_label(seen, place), "" if sure else t("not sure")]))
    return Tile(str(place), address, words, more, mark)


def _label(seen: Seen, place: int) -> str:
    return {"female": t("labelled female"), "male": t("labelled male")}[LABELS[seen.answers.labels[place]]]


def _large(seen: Seen, place: int, id_: str) -> None:
    tile = _tile(seen, place, None)

    def draw() -> None:
        left, right = st.columns([3, 2], gap="large")
        with left:
            try:
                photo = images.load(evaluation_photos.content(seen.whole.about.photos, id_))
            except (evaluation_photos.PhotoMissingError, PhotoError):
                missing = t("This photo is not on this computer.")
                st.markdown(evaluation_photos.unseen(seen.whole.about.photos, missing))
            else:
                st.image(photo.pixels, width="stretch")
        with right:
            st.markdown(t("The model answered **{answer}**.", answer=tile.words))
            st.markdown(_label(seen, place).capitalize() + ".")
            if not seen.answers.sure[place]:
                st.markdown(t("It was not sure of it."))
            known = [_group(seen, name, place) for name in seen.view.group_columns]
            st.markdown(" · ".join(filter(None, known)))
            st.caption(evaluate_words.literal(evaluation_photos.called(seen.whole.about.photos, id_)))

    st.dialog(t("One face"), width="medium")(draw)()


def _group(seen: Seen, name: str, place: int) -> str:
    column = seen.view.columns[name]
    code = int(column.codes[place])
    return evaluate_words.group(column.names[code]) if code >= 0 else ""
