"""Asks the browser for its camera, and lets go of it at once; no picture leaves the browser."""

from pathlib import Path

import streamlit as st

from ui.language import t

ASKING = "asking"
WORKS = "works"
_TROUBLES = ("insecure", "denied", "no_camera", "in_use", "unanswered")
_ASSETS = Path(__file__).parent / "assets"

_component = st.components.v2.component(
    "rupa_stage_camera",
    html='<p data-part="said" role="status" hidden></p>',
    css="p { margin: 0; font: inherit; color: var(--st-text-color); }",
    js=(_ASSETS / "stage_camera.js").read_text(encoding="utf-8"),
)


def ask(turn: int) -> str:
    """What came of it: `WORKS`, `ASKING` while nobody has answered, or what is missing.

    Whoever knows the answer of this turn draws it no more: drawn anew, it asks anew.
    """
    heard = _component(
        data={"turn": turn, "asking": t("The browser may ask whether this page may use the camera.")},
        key="rupa-stage-camera",
        default={"answer": None},
        on_answer_change=lambda: None,
    )
    return known(heard.answer, turn)


def known(answer: object, turn: int) -> str:
    """What the browser said in this turn; what it said before, or could not have said, is no answer."""
    if not isinstance(answer, dict) or answer.get("turn") != turn:
        return ASKING
    word = answer.get("word")
    return word if isinstance(word, str) and word in (WORKS, *_TROUBLES) else ASKING
