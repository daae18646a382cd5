"""Who is seen when in a clip, and what was said of each: rows to click on, each click plays the clip from there.

Rows are made of buttons, so the keyboard reaches them. The clip is found by the key of the container it stands in;
nothing of it goes through the server.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ui.language import t

_ASSETS = Path(__file__).parent / "assets"
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120)
_MOST_TICKS = 6

_component = st.components.v2.component(
    "rupa_timeline",
    html='<div class="timeline"></div>',
    css=(_ASSETS / "timeline.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "timeline.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Part:
    """A time with one answer; `words` stand in it, `says` is all of it in one sentence."""

    start_s: float
    end_s: float
    answer: str
    words: str
    says: str


@dataclass(frozen=True)
class Row:
    number: int
    crop: str
    parts: tuple[Part, ...]


def clock(seconds: float) -> str:
    """75.2 as "1:15"."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def show(rows: Sequence[Row], seconds: float, *, clip: str, key: str) -> None:
    """`clip` is the key of the container in which the clip stands."""
    data = {
        "clip": clip,
        "seconds": max(seconds, 0.1),
        "says": t("Faces over time; choose a part to play the clip from there"),
        "ticks": [{"at": at, "words": clock(at)} for at in _ticks(seconds)],
        "faces": [
            {
                "number": row.number,
                "crop": row.crop,
                "parts": [
                    {
                        "from": part.start_s,
                        "to": part.end_s,
                        "answer": part.answer,
                        "words": part.words,
                        "says": part.says,
                    }
                    for part in row.parts
                ],
            }
            for row in rows
        ],
    }
    _component(key=key, data=data)


def _ticks(seconds: float) -> list[int]:
    step = next((step for step in _STEPS_S if seconds / step <= _MOST_TICKS), _STEPS_S[-1])
    return [step * number for number in range(int(seconds / step) + 1)]
