"""The faces that turned from one model to the other: two galleries, and the face that was chosen in large."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from model import images
from model.card import LABELS
from model.images import PhotoError
from pages.parts import evaluation_photos
from pages.parts.compare_headline import said
from pages.parts.compare_pair import Pair
from pages.parts.evaluation_photos import PhotoMissingError
from training.answers import Answers
from training.report_words import group_name
from ui import cards, gallery, picture
from ui.gallery import Tile
from ui.language import number, percent, speech, t

_WAY, _CHOSEN = "rupa.compare.way", "rupa.compare.face"
_LARGE_PX = 720


@st.fragment
def show(pair: Pair) -> None:
    change = pair.found.change
    words = {
        "right": t("turned right, {count}", count=number(change.gained)),
        "wrong": t("turned wrong, {count}", count=number(change.lost)),
    }
    way = st.segmented_control(
        t("Faces that turned"),
        list(words),
        format_func=words.__getitem__,
        default="right" if change.gained else "wrong",
        key=f"{_WAY}.{len(words)}",
        required=True,
        label_visibility="collapsed",
    )
    rows = turned(pair, right=way == "right")
    if not len(rows):
        said(_nobody(pair, way))
        return
    st.caption(
        t(
            "Under each face stand its label and how likely first A, then B held it; the greatest changes come "
            "first. Choose a face to see it in large."
        )
    )
    place = st.container()
    group = f"compare-{way}-{pair.first.about.model_hash[:6]}-{pair.second.about.model_hash[:6]}"
    shown = rows[gallery.page_of(len(rows), group)]
    known = st.session_state.get(_CHOSEN)
    [row, *_] = [row for row in rows if pair.first.ids[row] == known] or [None]
    tiles = _tiles(pair, shown, wrong=way == "wrong")
    picked = gallery.show(tiles, key=group, says=words[way], chosen=None if row is None else str(row))
    [other, *_] = [one for one in shown if str(one) == picked] or [None]
    if other is not None and other != row:
        st.session_state[_CHOSEN] = str(pair.first.ids[other])
        st.rerun(scope="fragment")
    if row is not None:
        with place:
            _large(pair, int(row))


def turned(pair: Pair, *, right: bool) -> NDArray[np.int64]:
    """The places of the faces that turned so, the greatest change first."""
    one, other = pair.first.at(), pair.second.at()
    places = np.flatnonzero((one.right != other.right) & (other.right == right))
    change = np.abs(other.p_male - one.p_male)[places]
    return places[np.argsort(-change, kind="stable")]


def _tiles(pair: Pair, rows: NDArray[np.int64], *, wrong: bool) -> list[Tile]:
    view = pair.first
    ids = [str(view.ids[row]) for row in rows]
    addresses = evaluation_photos.thumbnails(view.about.photos, ids)
    return [
        Tile(str(row), address, *_words(pair, int(row)), "wrong" if wrong else "right")
        for address, row in zip(addresses, rows, strict=True)
    ]


def _words(pair: Pair, row: int) -> tuple[str, str]:
    label = int(pair.first.labels[row])
    before, after = (
        percent(float(view.p_male[row] if label else 1 - view.p_male[row]))
        for view in (pair.first, pair.second)
    )
    facts = {"before": before, "after": after}
    words = t("male: {before} → {after}", **facts) if label else t("female: {before} → {after}", **facts)
    return words, _labelled(label)


def _large(pair: Pair, row: int) -> None:
    """The photo, its label, and what each of the two says of it."""
    left, right = st.columns([2, 3], gap="large")
    id_ = str(pair.first.ids[row])
    with left:
        try:
            pixels = images.load(
                evaluation_photos.content(pair.first.about.photos, id_), working_px=640_000
            ).pixels
            address = picture.ready(pixels, _LARGE_PX).address
            alt = html.escape(t("The face that was chosen"), quote=True)
            st.html(f'<img class="compare-large" src="{address}" alt="{alt}">')
        except (PhotoMissingError, PhotoError):
            missing = t("This photo is not on this computer.")
            st.info(evaluation_photos.unseen(pair.first.about.photos, missing), icon=":material/hide_image:")
    with right:
        known = [
            group_name(column.names[column.codes[row]], speech())
            for name, column in pair.first.columns.items()
            if name in pair.first.group_columns and column.codes[row] >= 0
        ]
        facts = html.escape(" · ".join([_labelled(int(pair.first.labels[row])), *known]))
        sides = "".join(
            _answer(letter, name, answers, row)
            for letter, name, answers in zip(
                "AB", pair.names, (pair.first.at(), pair.second.at()), strict=True
            )
        )
        called = html.escape(evaluation_photos.called(pair.first.about.photos, id_))
        st.html(f'<div class="compare-face"><p>{facts}</p>{sides}<p class="compare-id">{called}</p></div>')


def _answer(letter: str, name: str, answers: Answers, row: int) -> str:
    p_male, likelier = float(answers.p_male[row]), LABELS[int(answers.predicted[row])]
    answer = likelier if answers.sure[row] else "unsure"
    verdict = t("the likelier answer is right") if answers.right[row] else t("the likelier answer is wrong")
    both = cards.both(cards.Card(answer, 1 - p_male, ""))
    return (
        f'<div class="compare-answer {likelier} {answer}"><p><b>{letter}</b> {html.escape(name)}</p>'
        f"<p><strong>{html.escape(cards.says(answer))}</strong>"
        f"<strong>{html.escape(percent(max(p_male, 1 - p_male)))}</strong></p>"
        f'<div aria-hidden="true"><i style="flex-grow:{1 - p_male:.4f}"></i>'
        f'<i style="flex-grow:{p_male:.4f}"></i></div>'
        f"<small>{html.escape(both)} · {html.escape(verdict)}</small></div>"
    )


def _labelled(label: int) -> str:
    return t("labelled male") if label else t("labelled female")


def _nobody(pair: Pair, way: str) -> str:
    facts = {"first": pair.names[0], "second": pair.names[1]}
    if way == "right":
        return t("{second} is right on no face that {first} had wrong.", **facts)
    return t("{second} is wrong on no face that {first} had right.", **facts)
