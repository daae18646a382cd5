"""Pictures to begin with. Three ship with Rupa; where they come from stands beside them, in `assets/samples`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import streamlit as st

from ui.language import t

FOLDER = Path(__file__).parent / "assets" / "samples"
THUMBNAIL_PX = 168

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
    with st.container(horizontal=True, gap="small", key="rupa-sample-pictures"):
        for sample in samples:
            if sample.thumbnail:
                with st.container(width=THUMBNAIL_PX, gap="xsmall"):
                    st.image(sample.thumbnail, width=THUMBNAIL_PX)
                    _button(sample, take)
    for sample in samples:
        if not sample.thumbnail:
            _button(sample, take)


def _button(sample: Sample, take: Callable[[Sample], None]) -> None:
    key = f"rupa-sample-{sample.key}"
    st.button(sample.title, key=key, width="stretch", on_click=take, args=(sample,))


def _shipped(name: str, title: str) -> Sample:
    return Sample(title, lambda: [(name, partial(_content, name))], name.partition(".")[0], _content(name))


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
