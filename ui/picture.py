"""A photo with a frame round each face: point at a frame and its card lights up, point at a card and its frame does.

Frames are buttons, so the keyboard reaches them: Enter goes to the card. Which card belongs to which frame is said by
the card's key, `card_key`; nothing of it goes through the server.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

SHOWN_PX = 1280  # the longer side of the picture on screen; the column is never wider
_ASSETS = Path(__file__).parent / "assets"

_component = st.components.v2.component(
    "rupa_picture",
    html="<figure></figure>",
    css=(_ASSETS / "picture.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "picture.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Frame:
    """`box` is x, y, width and height as shares of the picture; `answer` is female, male, unsure or nearly."""

    box: tuple[float, float, float, float]
    answer: str
    words: str


@dataclass(frozen=True)
class Picture:
    """A photo made ready for the screen, once: its address holds the whole JPEG."""

    address: str
    width: int
    height: int


def ready(pixels: np.ndarray, longest_px: int = SHOWN_PX) -> Picture:
    image = Image.fromarray(pixels)
    image.thumbnail((longest_px, longest_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return Picture(address(image), *image.size)


def address(image: Image.Image, quality: int = 88) -> str:
    """The picture as an address that can stand in a page, so that it never lies in a store of the server."""
    return as_address(jpeg(image, quality))


def as_address(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def jpeg(image: Image.Image, quality: int = 88) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=quality)
    return packed.getvalue()


def shares(box: Sequence[float], width: int, height: int) -> tuple[float, float, float, float]:
    """A box in pixels as shares of the picture, cut off at its border."""
    x, y, w, h = box
    left, top = max(0.0, x / width), max(0.0, y / height)
    right, bottom = min(1.0, (x + w) / width), min(1.0, (y + h) / height)
    return left, top, max(0.0, right - left), max(0.0, bottom - top)


def card_key(group: str, number: int) -> str:
    """The key of the container that holds the card of face `number`, from 0."""
    return f"rupa-face-{group}-{number}"


def show(picture: Picture, frames: Sequence[Frame], *, group: str, alt: str) -> None:
    """`group` is a word of letters and digits that no other picture on the page has; `alt` says what is seen."""
    data: dict[str, Any] = {
        "src": picture.address,
        "width": picture.width,
        "height": picture.height,
        "alt": alt,
        "group": group,
        "frames": [{"box": frame.box, "answer": frame.answer, "words": frame.words} for frame in frames],
    }
    _component(key=f"rupa-picture-{group}", data=data)
