"""Track record: how the model did on the evaluation faces most like this one, with six of them to look at."""

import numpy as np
import streamlit as st
from PIL import Image

from model import neighbours, running
from model.card import LABELS
from model.neighbours import NEIGHBOURS, Index
from model.registry import Artifact
from pages.parts import evaluation_photos
from pages.parts.evaluation_photos import PhotoMissingError
from pages.parts.opened import Opened
from ui import panels
from ui import picture as pictures
from ui.language import number, of_100, percent, t
from ui.panels import Share

SHOWN = 6


def show(opened: Opened) -> None:
    artifact = running.get().artifact
    index = _index(artifact.card.files.get(NEIGHBOURS, ""), artifact)
    if index is None or index.mean.shape != opened.answer.embedding.shape:
        panels.said(
            t("Nobody has kept the faces that this model was examined on, so there is no record to show.")
        )
        return
    rows = index.nearest(opened.answer.embedding)
    near, all_faces = (
        _share(index.right[rows], t("The most alike")),
        _share(index.right, t("All evaluation faces")),
    )
    panels.said(
        _sentence(int(index.right[rows].sum()), len(rows), near), _beside(near, all_faces, len(index))
    )
    panels.shares([near, all_faces])
    place = st.empty()
    about = st.empty()
    about.caption(_what_it_is())
    photos = [photo for row in _six(index, rows) if (photo := _photo(index, row))]
    if photos:
        with place:
            panels.photos(photos)
        if _odd(index, rows):
            last = t("The last one shown is the most alike of those it got wrong.")
            about.caption(f"{_what_it_is()} {last}")


def _what_it_is() -> str:
    return t(
        "Alike in what the model makes of them, which need not be how people would sort them. It learnt from none "
        "of these faces. Right means that the likelier answer was the label, however sure the model was of it."
    )


def _sentence(right: int, of: int, near: Share) -> str:
    return t(
        "Of the {of} evaluation faces most like this one, the model got {right} right ({low} to {high}).",
        of=number(of),
        right=number(right),
        low=of_100(near.low),
        high=percent(near.high),
    )


def _beside(near: Share, all_faces: Share, count: int) -> str:
    facts = {"share": percent(all_faces.share), "count": number(count)}
    if near.high < all_faces.share:
        return t(
            "Faces like this one are harder for it than most: of all {count} it got {share} right.", **facts
        )
    if near.low > all_faces.share:
        return t(
            "Faces like this one are easier for it than most: of all {count} it got {share} right.", **facts
        )
    return t("That is about as on faces in general: of all {count} it got {share} right.", **facts)


def _share(right: np.ndarray, name: str) -> Share:
    # SciPy would add a second to the first page.
    from training import statistics

    interval = statistics.wilson(int(right.sum()), len(right))
    assert interval
    low, high = interval
    share = float(right.mean())
    words = t("{share} ({low} to {high})", share=percent(share), low=of_100(low), high=of_100(high))
    return Share(t("{name}, {n}", name=name, n=number(len(right))), share, low, high, words)


def _odd(index: Index, rows: np.ndarray) -> bool:
    """Whether the last of the six is there because it is wrong, and not because it is near."""
    return bool(index.right[rows[:SHOWN]].all() and not index.right[rows].all())


def _six(index: Index, rows: np.ndarray) -> list[int]:
    """The most alike; where none of them is wrong, the last makes way for the most alike that is."""
    if not _odd(index, rows):
        return [int(row) for row in rows[:SHOWN]]
    wrong = rows[~index.right[rows]][0]
    return [int(row) for row in (*rows[: SHOWN - 1], wrong)]


def _photo(index: Index, row: int) -> panels.Photo | None:
    name, id_ = index.datasets[index.dataset[row]], index.ids[row]
    if evaluation_photos.hidden(name):
        return None
    try:
        address = _thumbnail(name, id_)
    except PhotoMissingError:
        return None
    p_male, right = float(index.p_male[row]), bool(index.right[row])
    share = percent(max(p_male, 1 - p_male))
    verdict = t("right, {share}", share=share) if right else t("✗ wrong, {share}", share=share)
    labelled = {"female": t("labelled female"), "male": t("labelled male")}[LABELS[index.labels[row]]]
    return panels.Photo(address, right, verdict, labelled)


@st.cache_resource(show_spinner=False, max_entries=4)
def _index(digest: str, _artifact: Artifact) -> Index | None:
    del digest
    return neighbours.of(_artifact)


@st.cache_data(show_spinner=False, max_entries=300)
def _thumbnail(dataset: str, id_: str) -> str:
    """The face of an evaluation photo; raises `PhotoMissingError`."""
    from training.crops import main_face

    reading = running.get().pipeline.read(evaluation_photos.content(dataset, id_))
    if not reading.faces:
        raise PhotoMissingError from reading.error
    face = main_face([answer.face for answer in reading.faces], reading.width, reading.height)
    [crop] = [answer.crop for answer in reading.faces if answer.face is face]
    return pictures.address(Image.fromarray(crop))
