"""What opens under a face, as it looks: the row of words that open it, keys to a picture, small photos, a scale.

Nothing here knows what the words mean; who calls says what stands where.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).parent / "assets" / "panels.css"


@dataclass(frozen=True)
class Photo:
    """A small photo and how the model did on it; a wrong one has a frame and a word of its own."""

    address: str
    right: bool
    verdict: str
    label: str


@dataclass(frozen=True)
class Share:
    """A share with its interval, in numbers and in words."""

    name: str
    share: float
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Stretch:
    """A part of a scale from 0 to 1 on which the answer is one and the same."""

    start: float
    end: float
    answer: str


def begin() -> None:
    st.html(f"<style>{_style()}</style>")


def menu(words: Mapping[str, str], label: str, key: str) -> str | None:
    """A row of words, of which one or none is chosen; what it opens is drawn below by the caller."""
    with st.container(key=f"panels-{key.replace('.', '-')}"):
        chosen: str | None = st.pills(
            label, list(words), format_func=words.__getitem__, key=key, label_visibility="collapsed"
        )
    return chosen


def picture(address: str, alt: str) -> None:
    st.html(f'<img class="panel-picture" src="{address}" alt="{html.escape(alt, quote=True)}">')


def said(sentence: str, more: str = "") -> None:
    """The one sentence of a panel, large; `more` in small type below it."""
    small = f"<small>{html.escape(more)}</small>" if more else ""
    st.html(f'<p class="panel-said">{html.escape(sentence)}{small}</p>')


def legend(entries: Sequence[tuple[str, str, bool]]) -> None:
    """What lines and colours mean: words, the answer whose colour it is, and whether its line is dashed."""
    rows = "".join(
        f'<li><i class="{answer}{" dashed" if dashed else ""}"></i>{html.escape(words)}</li>'
        for words, answer, dashed in entries
    )
    st.html(f'<ul class="panel-legend">{rows}</ul>')


def shares(rows: Sequence[Share]) -> None:
    """Bars below each other, each with its interval; narrower than any chart can be."""
    bars = "".join(
        f"<li><p><span>{html.escape(row.name)}</span><b>{html.escape(row.words)}</b></p>"
        f'<div aria-hidden="true"><i style="width:{100 * row.share:.2f}%"></i>'
        f'<em style="left:{100 * row.low:.2f}%;width:{100 * (row.high - row.low):.2f}%"></em></div></li>'
        for row in rows
    )
    st.html(f'<ul class="panel-shares">{bars}</ul>')


def photos(row: Sequence[Photo]) -> None:
    cells = "".join(
        f'<li class="{"right" if photo.right else "wrong"}"><img src="{photo.address}" alt="">'
        f"<strong>{html.escape(photo.verdict)}</strong><span>{html.escape(photo.label)}</span></li>"
        for photo in row
    )
    st.html(f'<ul class="panel-photos">{cells}</ul>')


def scale(stretches: Sequence[Stretch], marks: Sequence[float], left: str, right: str, says: str) -> None:
    """Which answer stands where along a slider, with a mark at each place where it turns."""
    parts = "".join(
        f'<i class="{part.answer}" style="left:{100 * part.start:.2f}%;width:{100 * (part.end - part.start):.2f}%"></i>'
        for part in stretches
    )
    ticks = "".join(f'<b style="left:{100 * mark:.2f}%"></b>' for mark in marks)
    st.html(
        f'<div class="panel-scale" role="img" aria-label="{html.escape(says, quote=True)}">'
        f"<div>{parts}{ticks}</div><p><span>{html.escape(left)}</span><span>{html.escape(right)}</span></p></div>"
    )


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
