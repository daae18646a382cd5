"""Pictures to begin with. Three ship with Rupa; where they come from stands beside them, in `assets/samples`."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

import streamlit as st
from PIL import Image

from ui.language import t

FOLDER = Path(__file__).parent / "assets" / "samples"
HIGH_PX = 150

Named = tuple[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Sample:
    """A photo or a handful of them behind one button, with a picture to show where there is one."""

    title: str
    photos: Callable[[], Sequence[Named]]
    key: str
    thumbnail: bytes | None = None


def shipped() -> list[Sample]:
    return [
        _shipped("astronaut.jpg", t("One portrait")),
        _shipped("three.jpg", t("Three portraits")),
        _shipped("four-ways.jpg", t("One face, four ways")),
    ]


def choose(samples: Sequence[Sample], take: Callable[[Sample], None]) -> None:
    """A row of pictures, each with its button, and the samples without a picture below."""
    with st.container(horizontal=True, gap="small"):
        for sample in samples:
            if sample.thumbnail:
                with st.container(width=_width(sample.thumbnail), gap="xsmall"):
                    st.image(sample.thumbnail, alt=sample.title)
                    _button(sample, take, width="stretch")
    with st.container(horizontal=True, gap="small"):
        for sample in samples:
            if not sample.thumbnail:
                _button(sample, take, width="content")


def _button(sample: Sample, take: Callable[[Sample], None], width: Literal["stretch", "content"]) -> None:
    key = f"rupa-sample-{sample.key}"
    st.button(sample.title, key=key, width=width, on_click=take, args=(sample,))


@cache
def _width(picture: bytes) -> int:
    """So that all are of one height."""
    across, down = Image.open(io.BytesIO(picture)).size
    return round(HIGH_PX * across / down)


def _shipped(name: str, title: str) -> Sample:
    return Sample(title, lambda: [(name, partial(_content, name))], name.partition(".")[0], _content(name))


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
