"""Faces that a stress test turned, beside themselves as they are: redrawn now, from the photos on this computer."""

import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from pages.parts import evaluation_photos
from pages.parts.evaluation_photos import PhotoMissingError
from training import crops, stress_pictures, stress_words, thumbnails
from training.evaluations import Kept
from training.stress_result import Example, StressTest
from ui import panels, picture
from ui.language import percent, speech, t

SHOWN = 8
SIDE_PX = 160
_STYLE = Path(__file__).resolve().parents[2] / "ui" / "assets" / "stress.css"


def show(test: StressTest, kept: Kept) -> None:
    """A choice of condition and of side, and the most confident of the mistakes that the drawing brought about."""
    st.html(f"<style>{_style()}</style>")
    st.subheader(t("Which faces did the drawing turn?"), anchor=False)
    names = stress_words.condition_names(speech())
    ordered = ["headscarf", *(one.name for one in test.redrawn if one.name != "headscarf")]
    known = {name: names[name] for name in ordered if test.under(name)}
    sides = {"female": t("women taken for men"), "male": t("men taken for women")}
    condition = _chosen(known, t("Condition"), "rupa.stress.condition")
    side = _chosen(sides, t("Mistake"), "rupa.stress.side")
    found = test.under(condition)
    if found is None:
        return
    turned = [one for one in found.examples[list(sides).index(side)] if _was_right(one, side)][:SHOWN]
    if not turned:
        st.caption(t("The drawing turned no answer that was right: {mistake}.", mistake=sides[side]))
        return
    if not evaluation_photos.here(kept.about.photos):
        missing = t("The photos are not on this computer, so the faces cannot be shown.")
        st.caption(evaluation_photos.unseen(kept.about.photos, missing))
        return
    pairs = [_pair(kept.about.photos, one, condition, test.seed, names[condition]) for one in turned]
    st.html(f'<ul class="stress-pairs">{"".join(pairs)}</ul>')


def _chosen(words: Mapping[str, str], label: str, key: str) -> str:
    """The first until another is chosen, and where none is."""
    first = next(iter(words))
    if st.session_state.setdefault(key, first) not in words:
        st.session_state[key] = first
    return panels.menu(words, label, key) or first


def _was_right(one: Example, side: str) -> bool:
    return (one.plain > 0.5) == (side == "male")


def _pair(photos: str, one: Example, condition: str, seed: int, name: str) -> str:
    """As it is on the left, redrawn on the right, each with the answer it got."""
    try:
        before, after = _redrawn(photos, one.id, condition, seed)
    except PhotoMissingError:
        return f"<li>{html.escape(t('photo not on this computer'))}</li>"
    told = "".join(f"<span>{_answer(p_male)}</span>" for p_male in (one.plain, one.p_male))
    images = (
        f'<img src="{before}" alt="{html.escape(t("As it is"), quote=True)}">'
        f'<img src="{after}" alt="{html.escape(name, quote=True)}">'
    )
    return f"<li><div>{images}</div><p>{told}</p></li>"


def _answer(p_male: float) -> str:
    share = html.escape(percent(max(p_male, 1 - p_male)))
    word = t("looks male to the model") if p_male > 0.5 else t("looks female to the model")
    return f"{html.escape(word)} <strong>{share}</strong>"


@st.cache_data(show_spinner=False, max_entries=500)
def _redrawn(photos: str, id_: str, condition: str, seed: int) -> tuple[str, str]:
    crop = crops.crop_of(thumbnails.detector(), evaluation_photos.content(photos, id_))
    if crop is None:
        raise PhotoMissingError
    views = (
        stress_pictures.redraw(name, crop, SIDE_PX, seed, id_) for name in (stress_pictures.PLAIN, condition)
    )
    before, after = (_address(view) for view in views)
    return before, after


def _address(view: np.ndarray) -> str:
    return picture.address(Image.fromarray(view), quality=86)


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
