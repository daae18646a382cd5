"""One face and what the model says of it: the crop that it saw, the answer in words, and how sure it is of it.

The bar always has the female share on the left and the male one on the right, so that two cards can be compared at a
glance; where the model is not sure, neither has its colour.
"""

import html
from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image

from ui import picture
from ui.language import percent, t


@dataclass(frozen=True)
class Card:
    """`answer` is female, male or unsure; `crop` an address that `crop_of` made."""

    answer: str
    female: float
    crop: str

    @property
    def confidence(self) -> float:
        return max(self.female, 1 - self.female)


def crop_of(pixels: np.ndarray) -> str:
    return picture.address(Image.fromarray(pixels), quality=90)


def says(answer: str) -> str:
    """The answer as a sentence: what it looks like to the model, never what it is."""
    return {
        "female": t("looks female to the model"),
        "male": t("looks male to the model"),
        "unsure": t("not sure"),
    }[answer]


def both(card: Card) -> str:
    return t("female {female} · male {male}", female=percent(card.female), male=percent(1 - card.female))


def words(card: Card, number: int) -> str:
    """All that a card says, in one line, for who points at the frame or hears the page; `number` counts from 0."""
    return f"{number + 1} · {says(card.answer)} · {both(card)}"


def show(card: Card, number: int) -> None:
    """The top of a card; what can be opened is drawn under it by who knows it."""
    hint = t("not enough to answer")
    close_call = f" · {html.escape(hint)}" if card.answer == "unsure" else ""
    seen = html.escape(t("Face {number}, cut out as the model sees it", number=number + 1), quote=True)
    st.html(
        f'<div class="rupa-card {card.answer}"><img src="{card.crop}" alt="{seen}">'
        f'<div><p class="rupa-says"><span class="rupa-number">{number + 1}</span>'
        f"<strong>{html.escape(says(card.answer))}</strong>"
        f'<span class="rupa-percent">{html.escape(percent(card.confidence))}</span></p>'
        f'<div class="rupa-shares" aria-hidden="true"><i style="flex-grow:{card.female:.4f}"></i>'
        f'<b style="flex-grow:{1 - card.female:.4f}"></b></div>'
        f'<p class="rupa-both">{html.escape(both(card))}{close_call}</p></div></div>'
    )
