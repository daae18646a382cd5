"""The camera of the Live page, as a component: the browser shows its own video and draws upon it what the server says.

Frames go over a line of their own, to an address that the server answers; through here comes only what a person did:
a frame that was frozen, and what is missing where the camera cannot be had.
"""

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import state
from ui.language import language, t

MAX_FRAME_BYTES = 8 * 2**20
_START = "data:image/jpeg;base64,"
_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("live_line.js", "live_boxes.js", "live.js")

_component = st.components.v2.component(
    "rupa_live",
    html=(_ASSETS / "live.html").read_text(encoding="utf-8"),
    css=(_ASSETS / "live.css").read_text(encoding="utf-8"),
    js="".join((_ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class Heard:
    """`frozen` is a JPEG, in the run that it came with; `still` says whether the browser shows a frozen frame now.

    `trouble` is a word of `troubles`, or empty.
    """

    frozen: bytes | None
    still: bool
    trouble: str


def show(device: str) -> Heard:
    context = get_script_run_ctx()
    data = {
        "visit": context.session_id if context else "",
        "language": language(),
        "turn": state.fresh_key("live"),  # another one once everything was forgotten
        "words": {**_words(), "device_name": device, **_named(troubles())},
    }
    result = _component(
        key="rupa-live",
        data=data,
        default={"trouble": "", "still": False},
        on_frozen_change=lambda: None,
        on_still_change=lambda: None,
        on_trouble_change=lambda: None,
    )
    return Heard(jpeg(result.frozen), result.still is True, known(result.trouble))


def troubles() -> dict[str, str]:
    """What can be missing, and what to do about it."""
    return {
        "insecure": t(
            "Browsers lend their camera only to pages that come over https or from this computer. Open this page on "
            "the computer where Rupa runs, or let Rupa be started with https."
        ),
        "denied": t(
            "The browser was told not to lend the camera to this page. Allow it at the camera sign beside the address, "
            "then try again."
        ),
        "no_camera": t("No camera was found. Plug one in, and this page will see it."),
        "in_use": t(
            "The camera cannot be opened; another program may be using it. Close that one, then try again."
        ),
        "lost_camera": t("The camera went away. Plug it in again, then try again."),
        "blocked": t(
            "The camera works, but its pictures do not get through to the computer where Rupa runs: something on the "
            "network holds them up. A single snapshot may still get through."
        ),
        "lost": t("The connection to the computer where Rupa runs was lost. Try again in a moment."),
        "busy": t("Too many people use Live at this moment. Try again soon, or take a snapshot."),
        "gave_way": t(
            "Others were waiting, so this place went to one of them. Try again soon, or take a snapshot."
        ),
        "no_model": t("There is no model here that could answer."),
    }


def _words() -> dict[str, str]:
    return {
        "start": t("Start the camera"),
        "again": t("Try again"),
        "stop": t("Stop"),
        "freeze": t("Freeze"),
        "back": t("Back to the camera"),
        "pause": t("Pause"),
        "go_on": t("Go on"),
        "mirror": t("Mirror"),
        "big": t("Big labels"),
        "camera": t("Camera"),
        "idle": t("Pictures go to the computer where Rupa runs, are looked at, and are forgotten at once."),
        "starting": t("The browser may ask whether this page may use the camera."),
        "warming": t("The model is warming up."),
        "paused": t("Paused. Nothing is looked at."),
        "frozen": t("Frozen. The answers stand below."),
        "is_on": t("The camera is on."),
        "looking": t("looking"),
        "female": t("looks female"),
        "male": t("looks male"),
        "unsure": t("not sure"),
        "now": t("faces now"),
        "seen": t("faces seen"),
        "answers": t("answers a second"),
        "delay": t("delay"),
        "device": t("runs on"),
    }


def _named(sentences: dict[str, str]) -> dict[str, str]:
    return {f"trouble_{code}": sentence for code, sentence in sentences.items()}


def known(trouble: object) -> str:
    """A word of `troubles`, or empty."""
    return trouble if isinstance(trouble, str) and trouble in troubles() else ""


def jpeg(address: object) -> bytes | None:
    """What came as an address; nothing where it is none or too large. Its content is judged by whoever opens it."""
    if not isinstance(address, str) or not address.startswith(_START) or len(address) > MAX_FRAME_BYTES:
        return None
    try:
        return base64.b64decode(address.removeprefix(_START), validate=True)
    except binascii.Error:
        return None
