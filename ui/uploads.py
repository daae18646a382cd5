"""What a visitor brings: files, a zip, a snapshot, the clipboard, a sample; whichever way, a list of named bytes.

Each arrival takes the place of the one before. The bytes are taken out of Streamlit's store as they arrive, so that
they live in this session alone, and the drop zone is empty again. A name is whatever somebody typed: it is shown as
text and never becomes a path.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.typing import UploadedFile

from ui import access, holding, samples, state
from ui.language import t

MAX_UPLOAD_MB = 200  # of a file; a photo may have less, which the loader says, but a zip holds many
_ASSETS = Path(__file__).parent / "assets"
_CAMERA = "photo.camera"  # the page on which the camera for a snapshot is open
_PAGE = "photo"
_ARRIVED = "photo.arrived"
_numbers = itertools.count(1)

_paste = st.components.v2.component(
    "rupa_paste", js=(_ASSETS / "paste.js").read_text(encoding="utf-8"), html="<span hidden></span>"
)


@dataclass(frozen=True)
class Upload:
    """One file under the name it came with; `read` may open it only now, out of the one it was packed in."""

    name: str
    read: Callable[[], bytes]
    packed_in: "Upload | None" = None


@dataclass(frozen=True)
class Arrival:
    """What came in together. `number` tells it from every other arrival in this process."""

    number: int
    uploads: tuple[Upload, ...]


def arrived() -> Arrival | None:
    """What came in last and has not been forgotten."""
    return st.session_state.get(state.PREFIX + _ARRIVED)


def take(uploads: Sequence[Upload]) -> None:
    """Let these take the place of what came before."""
    state.keep(_ARRIVED, Arrival(next(_numbers), tuple(uploads)))
    state.keep(_CAMERA, "")
    state.renew()


def open_camera(on: bool, page: str) -> None:
    """Let the camera for a snapshot be open, or closed, when `intake` is drawn next on this page; on no other."""
    if on or state.kept(_CAMERA, str) == page:
        state.keep(_CAMERA, page if on else "")


def let_go() -> None:
    """Somebody else holds the files from now on; only that they came in is remembered here."""
    arrival = arrived()
    if arrival:
        state.keep(_ARRIVED, Arrival(arrival.number, ()))


def held(name: str, data: bytes) -> Upload:
    return Upload(name, holding.Counted(data).read)


def intake(more: Sequence[samples.Sample] = (), *, page: str = _PAGE, camera: bool = True) -> None:
    """The drop zone, the `camera` where one can be had, and the samples; `more` do not ship with Rupa."""
    known = [*samples.shipped(), *more]
    left, right = st.columns([5, 4], vertical_alignment="center", gap="medium")
    with left:
        _drop_zone()
    with right:
        with st.container(key="rupa-ways", horizontal=True, vertical_alignment="center", gap="small"):
            watching = state.kept(_CAMERA, str) == page
            if camera:
                word = t("Close camera") if watching else t("Use camera")
                st.button(
                    word, icon=":material/photo_camera:", on_click=open_camera, args=(not watching, page)
                )
            if arrived():
                with st.popover(t("Try a sample"), icon=":material/image:", key=state.fresh_key("samples")):
                    samples.choose(known, _take_sample)
        st.caption(_where())
    if watching:
        _camera()
    beginning = st.empty()  # so that it makes way at once, however long the answer takes
    if not arrived() and not watching:
        with beginning.container():
            words = t("Or begin with one of these")
            st.markdown(f"##### {words}")
            samples.choose(known, _take_sample)


def _where() -> str:
    if not access.from_afar():
        return t("Photos stay on this computer. You can also paste one.")
    if not access.encrypted():
        return t("Photos go to the presenter's computer and no further. You can also paste one.")
    return t("Photos go to the presenter's computer, encrypted, and no further. You can also paste one.")


def _drop_zone() -> None:
    key = state.fresh_key("drop")
    with st.container(key="rupa-drop", gap=None):
        words = t("Drop photos here, one or many, or a zip"), t("Choose photos")
        st.html(f"<style>{drop_style(*words)}</style>")
        st.file_uploader(
            t("Photos, or a zip of photos"),
            accept_multiple_files=True,
            max_upload_size=MAX_UPLOAD_MB,
            label_visibility="collapsed",
            key=key,
            on_change=_take_from_widget,
            args=(key,),
        )
        _paste(key="rupa-paste")


def _camera() -> None:
    key = state.fresh_key("camera")
    with st.container(key="rupa-camera"):
        st.camera_input(
            t("Snapshot"), key=key, label_visibility="collapsed", on_change=_take_from_widget, args=(key,)
        )


def _take_sample(sample: samples.Sample) -> None:
    take([Upload(name, read) for name, read in sample.photos()])


def _take_from_widget(key: str) -> None:
    if found := out_of(key):
        take(found)


def out_of(key: str) -> list[Upload]:
    """What this widget holds, taken out of Streamlit's store; nobody else holds it from then on."""
    found = st.session_state.get(key)
    # Who clicks before the page is drawn lets Streamlit call this once more, with marks of what was taken already.
    files = [
        file for file in (found if isinstance(found, list) else [found]) if isinstance(file, UploadedFile)
    ]
    taken = [held(file.name, file.getvalue()) for file in files]
    context = get_script_run_ctx()
    # The only manager there is; Streamlit's own chat input empties it in this way.
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for file in files:
            context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
    return taken


def drop_style(drop: str, choose: str) -> str:
    """How a drop zone looks, and what it says: Streamlit's own words are English only and cannot be given."""
    zone = "[data-testid='stFileUploader'] "
    return (
        (_ASSETS / "drop.css").read_text(encoding="utf-8")
        + f"{zone}[data-testid='stFileUploaderDropzoneInstructions']::before{{content:'{_quoted(drop)}'}}"
        f"{zone}[data-testid='stFileUploaderDropzone'] button::after{{content:'{_quoted(choose)}'}}"
    )


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\3c ")
