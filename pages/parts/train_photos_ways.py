"""Photos to learn from that lie on this computer already: data sets, a folder, a zip, the faces that visitors gave."""

import os
from pathlib import Path

import streamlit as st

from model import typed
from pages.parts import card_words, evaluation_photos, job_panel
from pages.parts.evaluate_words import literal
from pages.parts.train_photos_opened import Wish
from training import flagged
from training.report_words import OF_VISITORS
from training.sources import LICENCES
from ui.language import number, t, tn

NUMBERS = (500, 1000, 2000, 5000, 10_000, 20_000)
USUAL = 2000
TO_FETCH = "fairface"  # whoever wants it may have it, and show it
_KEY = "rupa-train-way"


def at_hand() -> Wish | None:
    """The data sets that are here; a part of them, because thousands of photos take hours."""
    here = [name for name in card_words.DATASETS if evaluation_photos.here(name)]
    if not here:
        st.markdown(
            t(
                "No data set is on this computer yet. Drop photos of your own, or fetch a published set once, in a "
                "terminal:"
            )
        )
        st.code(f"{typed.python()} -m training prepare {TO_FETCH}", language=None, wrap_lines=True)
        return None
    names: list[str] = st.pills(
        t("Data sets"),
        here,
        selection_mode="multi",
        default=here[:1],
        format_func=card_words.DATASETS.__getitem__,
        key=f"{_KEY}-sets",
    )
    for licence in dict.fromkeys(LICENCES[name.partition("-")[0]] for name in names):
        st.caption(t(licence))
    most: int | None = st.select_slider(
        t("At most so many photos"),
        [*NUMBERS, None],
        value=USUAL,
        format_func=lambda count: number(count) if count else t("all"),
        help=t(
            "As many women as men are drawn, always the same ones. More photos teach more, and take longer: tens of "
            "thousands take hours on a computer without a graphics card."
        ),
        key=f"{_KEY}-most",
    )
    if not _asked(disabled=not names):
        return None
    return Wish(tuple(names), " ".join(card_words.DATASETS[name] for name in names), most)


def folder() -> Wish | None:
    st.markdown(
        t("The photos lie in folders called female and male, if you like inside train, validation and test.")
    )
    typed = _typed(t("Where the folder lies on this computer"), "/home/…/photos", "folder")
    if not _asked(disabled=not typed) or typed is None:
        return None
    return Wish((f"folder:{typed}",), typed.name)


def zip_() -> Wish | None:
    st.markdown(
        t(
            "The zip's photos are unpacked into what this app keeps on this computer, and stay until you delete them "
            "on the Evaluate page."
        )
    )
    typed = _typed(t("Where the zip lies on this computer"), "/home/…/photos.zip", "zip")
    if not _asked(disabled=not typed) or typed is None:
        return None
    if not os.path.isfile(typed):
        path = literal(str(typed), job_panel.LONGEST)
        st.warning(
            t("There is no zip file {path}; check the name and try again.", path=path), icon=":material/info:"
        )
        return None
    return Wish((f"zip:{typed}",), typed.stem)


def of_visitors() -> Wish | None:
    count = len(flagged.ids())
    if not count:
        st.markdown(
            t(
                "No visitor has given a face yet. Under each answer on the Photo page stands “That's wrong”; there a "
                "visitor may give the face with its right label, to be learnt from."
            )
        )
        return None
    st.markdown(
        tn(
            "{n:,} face that a visitor gave to be learnt from, with the label that it should have had.",
            "{n:,} faces that visitors gave to be learnt from, with the labels that they should have had.",
            count,
        )
    )
    return Wish((flagged.NAME,), OF_VISITORS) if _asked() else None


def _typed(label: str, example: str, kind: str) -> Path | None:
    """What was typed or pasted, quotation marks and all; a home that nobody has stays a name, of no folder."""
    typed = st.text_input(label, placeholder=example, key=f"{_KEY}-{kind}", max_chars=500).strip().strip('"')
    if not typed:
        return None
    path = Path(typed)
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        return path


def _asked(*, disabled: bool = False) -> bool:
    return st.button(
        t("Look at these photos"),
        type="primary",
        icon=":material/search:",
        key=f"{_KEY}-look",
        disabled=disabled,
    )
