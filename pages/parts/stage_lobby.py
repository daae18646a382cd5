"""Before the show: one button looks at everything, one verdict says go or what to mend, and opens the script."""

import html
from collections.abc import Sequence

import streamlit as st

from model import running, typed
from pages.parts import stage_check, stage_room
from pages.parts.stage_check import Found, Level
from ui import samples, stage, stage_camera
from ui.language import t, tn

_FOUND, _TURN, _CAMERA = "rupa-stage-found", "rupa-stage-turn", "rupa-stage-camera-said"
_OF_CAMERAS: dict[str, Level] = {stage_camera.WORKS: "go", stage_camera.ASKING: "asking"}
_ASSETS = samples.FOLDER.parent
# Named one by one: a folder does not tell what is gone from it.
_FILES = (
    "compare.css",
    "drop.css",
    "errors.css",
    "evaluate.css",
    "gallery.css",
    "live.css",
    "panels.css",
    "photo.css",
    "picture.css",
    "quiz.css",
    "rupa.css",
    "stage.css",
    "stress.css",
    "timeline.css",
    "train_photos.css",
    "video.css",
    "gallery.js",
    "live.js",
    "live_boxes.js",
    "live_line.js",
    "paste.js",
    "picture.js",
    "stage_camera.js",
    "timeline.js",
    "live.html",
    "rupa.svg",
    "wordmark.svg",
    "fonts/plus-jakarta-sans-latin-wght-normal.woff2",
    "fonts/plus-jakarta-sans-latin-wght-italic.woff2",
    "fonts/plus-jakarta-sans-latin-ext-wght-normal.woff2",
)
_SAMPLES = ("three.jpg", "astronaut.jpg", "four-ways.jpg", "clip.mp4")
_FACES = 3  # in the first of them
_SAID = {
    stage_camera.ASKING: "The browser asks whether this page may use the camera; answer it, and this line changes.",
    stage_camera.WORKS: "The camera works.",
    "insecure": "The browser lends no camera to this address; the sample clip is shown instead.",
    "denied": "The browser was told not to lend the camera, so the sample clip is shown; or allow it at the camera "
    "sign beside the address, and check again.",
    "no_camera": "There is no camera, so the sample clip is shown; or plug one in, and check again.",
    "in_use": "The camera cannot be opened, so the sample clip is shown; or close the program that uses it, and check "
    "again.",
    "unanswered": "Nobody answered the browser's question about the camera, so the sample clip is shown; or check "
    "again, and allow it.",
}


def show() -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(t("One button looks at everything that a presentation needs, also without the internet."))
        if st.button(
            t("Check everything"),
            key="rupa-stage-check",
            type="secondary" if seen() else "primary",
            icon=":material/checklist:",
        ):
            with st.spinner(t("Looking at everything")):
                st.session_state[_FOUND] = _look()
            st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
            st.session_state[_CAMERA] = stage_camera.ASKING
        if st.session_state.get(_FOUND):
            if st.session_state[_CAMERA] == stage_camera.ASKING:
                st.session_state[_CAMERA] = stage_camera.ask(st.session_state[_TURN])
            found = seen()
            _verdict(found)
            _list(found)
    with right:
        stage_room.card()


def seen() -> tuple[Found, ...]:
    """What the last check found, and what the browser said of its camera; nothing before the first check."""
    found: tuple[Found, ...] = st.session_state.get(_FOUND, ())
    word = st.session_state.get(_CAMERA, stage_camera.ASKING)
    return (*found, Found("camera", _OF_CAMERAS.get(word, "instead"), word)) if found else ()


def _look() -> tuple[Found, ...]:
    engine = stage_check.engine()
    found = [stage_check.model(), engine]
    first = samples.FOLDER / _SAMPLES[0]
    if engine.level == "go" and first.is_file():
        found.append(stage_check.speed(running.get().pipeline, first.read_bytes(), _FACES))
    return (
        *found,
        stage_check.files([_ASSETS / name for name in _FILES]),
        stage_check.disk(),
        stage_check.samples([samples.FOLDER / name for name in _SAMPLES]),
        stage_check.errors(),
        stage_check.photos(),
        stage_check.quick_recipe(),
        stage_check.pair(),
        stage_check.address(str(st.context.url or "")),
    )


def _verdict(found: Sequence[Found]) -> None:
    level = stage_check.verdict(found)
    count = sum(one.level == level for one in found)
    go = level in ("go", "instead")
    if level == "mend":
        head = t("Not yet")
        line = tn("{n} thing is to be mended first.", "{n} things are to be mended first.", count)
    elif level == "asking":
        head, line = t("One moment"), t("The browser is still asking for the camera; answer it first.")
    elif level == "instead":
        head = t("Go")
        line = tn(
            "In {n} place something else is shown, and the room will not miss anything.",
            "In {n} places something else is shown, and the room will not miss anything.",
            count,
        )
    else:
        head, line = t("Go"), t("Everything is ready.")
    with st.container(key=f"rupa-stage-verdict-{level}", border=True, gap="small"):
        st.html(
            f'<div role="status" class="stage-verdict"><p><b>{html.escape(head)}.</b> {html.escape(line)}</p></div>'
        )
        st.button(
            t("Open the script") if go else t("Open the script all the same"),
            key="rupa-stage-open",
            type="primary" if go else "secondary",
            icon=":material/co_present:",
            on_click=stage.go,
            args=(1,),
        )


def _list(found: Sequence[Found]) -> None:
    names = _names()
    worst_first = sorted(found, key=lambda one: stage_check.LEVELS.index(one.level))
    levels = {"go": t("go"), "instead": t("replaced"), "asking": t("waits"), "mend": t("mend")}
    rows = "".join(
        f'<li class="stage-{one.level}"><span class="stage-level">{html.escape(levels[one.level])}</span>'
        f"<span><b>{html.escape(names[one.check])}.</b> {html.escape(_told(one))}</span></li>"
        for one in worst_first
    )
    st.html(f'<ul class="stage-checks">{rows}</ul>')


def _told(one: Found) -> str:
    sentence = _SAID[one.code] if one.check == "camera" else one.sentence
    return t(sentence, python=typed.python(), **one.facts)


def _names() -> dict[str, str]:
    return {
        "model": t("Model"),
        "engine": t("Warm-up"),
        "speed": t("Speed"),
        "files": t("Without the internet"),
        "disk": t("Disk"),
        "samples": t("Samples"),
        "errors": t("Errors"),
        "photos": t("Photos to learn from"),
        "recipe": t("Recipe"),
        "pair": t("Two models"),
        "address": t("Address"),
        "camera": t("Camera"),
    }
