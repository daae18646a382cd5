"""Dropping photos to learn from: two boxes, the camera, and the one button after which they are kept here.

Until then they lie in the memory of this visit alone. Each is read as it arrives, by the loader of the Photo page.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st
from PIL import Image

from model.card import LABELS
from model.images import PhotoError
from model.sentences import SENTENCES
from pages.parts import evaluation_photos, train_photos_opened
from pages.parts.evaluate_words import literal
from pages.parts.train_photos_opened import Wish
from training import collection
from training.collection import Collection, CollectionError
from training.report_words import MY_PHOTOS
from ui import access, holding, picture, state, uploads
from ui.language import plain_error, t, tn
from ui.uploads import Upload

MOST_WAITING = 500  # of a visit, in memory; once they are kept, more can come
SHOWN = 12
REASONS = 4  # at most so many boxes say why files were not taken, each for the first `NAMES` and a number:
NAMES = 3  # a folder that is dropped whole can hold hundreds
THUMBNAIL_PX = 112
_ARRIVED, _WAITING, _REFUSED, _KEPT_NOW = (
    f"train.drop.{name}" for name in ("arrived", "waiting", "refused", "kept")
)
_TOO_MANY = "too_many"
_TURN, _CAMERA = "train.drop.turn", "train.drop.camera"


@dataclass(frozen=True)
class Waiting:
    """A photo as it would be kept, and its small picture."""

    label: str
    jpeg: holding.Counted
    address: str


@dataclass(frozen=True)
class Refused:
    """A file that is not taken, and why: said in the language that is spoken when it is shown."""

    name: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def show() -> Wish | None:
    """Draw the boxes; what is kept and is to be learnt from now, where that was said just now."""
    _read_arrived()
    st.html(f"<style>{uploads.drop_style(t('Drop photos here'), t('Choose photos'))}</style>")
    for column, label in zip(st.columns(2, gap="medium"), LABELS, strict=True):
        with column, st.container(key=f"rupa-box-{label}", gap="small"):
            _box(label)
    _camera()
    _say_refused()
    if waiting():
        _keep()
    just_kept: Collection | None = st.session_state.get(state.PREFIX + _KEPT_NOW)
    state.drop(_KEPT_NOW)
    return _kept() or (wish_of(just_kept) if just_kept else None)


def waiting() -> list[Waiting]:
    """Photos that were dropped and are kept nowhere yet."""
    found: list[Waiting] = state.kept(_WAITING, list)
    return found


def _arrived() -> list[tuple[str, Upload]]:
    """Files that nobody has looked into yet, each with the label of its box."""
    found: list[tuple[str, Upload]] = state.kept(_ARRIVED, list)
    return found


def _refused() -> list[Refused]:
    """Of what came in last."""
    found: list[Refused] = state.kept(_REFUSED, list)
    return found


def _say_refused() -> None:
    """A box for each reason, with the first files that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for one in _refused():
        by_reason.setdefault(_why(one), []).append(one.name)
    boxes = list(by_reason.items())
    for reason, names in boxes[:REASONS]:
        st.warning(f"{_of(names)}: {reason}", icon=":material/info:")
    if rest := sum(len(names) for _, names in boxes[REASONS:]):
        st.caption(tn("{n:,} more file was not taken.", "{n:,} more files were not taken.", rest))


def _of(names: list[str]) -> str:
    if not names[0]:
        return f"**{t('Too many photos')}**"
    first = ", ".join(f"**{literal(name)}**" for name in names[:NAMES])
    rest = len(names) - NAMES
    if rest <= 0:
        return first
    return tn("{names} and {n:,} more file", "{names} and {n:,} more files", rest, names=first)


def _why(one: Refused) -> str:
    if one.code != _TOO_MANY:
        return t(SENTENCES[one.code], **one.facts)
    return t(
        "At most {most:,} photos can wait at once; keep these first, and drop the others then.",
        most=MOST_WAITING,
    )


def _box(label: str) -> None:
    here = [one for one in waiting() if one.label == label]
    st.markdown(f"##### {_title(label)}")
    key = f"rupa-drop-{label}-{_turn(label)}"
    st.file_uploader(
        t("Photos of women") if label == "female" else t("Photos of men"),
        accept_multiple_files=True,
        max_upload_size=uploads.MAX_UPLOAD_MB,
        label_visibility="collapsed",
        key=key,
        on_change=_take,
        args=(key, label, label),
    )
    if not here:
        st.caption(t("None yet."))
        return
    st.caption(tn("{n:,} photo, not kept yet", "{n:,} photos, not kept yet", len(here)))
    pictures = "".join(f'<li><img src="{one.address}" alt=""></li>' for one in here[-SHOWN:])
    st.html(f'<ul class="rupa-strip">{pictures}</ul>')


def _title(label: str) -> str:
    """Both languages at once: whoever drops photos on somebody else's computer reads one of them."""
    return "female / *perempuan*" if label == "female" else "male / *laki-laki*"


def _camera() -> None:
    on = state.kept(_CAMERA, bool)
    st.button(
        t("Close camera") if on else t("Use camera"),
        icon=":material/photo_camera:",
        key="rupa-train-camera",
        on_click=state.keep,
        args=(_CAMERA, not on),
    )
    if not on:
        return
    label: str | None = st.segmented_control(
        t("Snapshots are of"),
        list(LABELS),
        format_func=lambda one: t("a woman") if one == "female" else t("a man"),
        default=LABELS[0],
        required=True,
        key="rupa-train-camera-of",
    )
    key = f"rupa-snapshot-{_turn(_CAMERA)}"
    with st.container(key="rupa-train-snapshot"):
        st.camera_input(
            t("Snapshot"),
            key=key,
            label_visibility="collapsed",
            on_change=_take,
            args=(key, label or LABELS[0], _CAMERA),
        )
    st.caption(
        t(
            "Each snapshot is added to its box, and the camera is ready for the next: turn the head a little each time."
        )
    )


def _turn(widget: str) -> int:
    """How often it has begun again: each for itself, so that what is on its way to another still arrives there."""
    turn: int = state.kept(f"{_TURN}.{widget}", int)
    return turn


def _take(key: str, label: str, widget: str) -> None:
    """Out of Streamlit's store; the widget begins again, empty."""
    if found := uploads.out_of(key):
        _arrived().extend((label, upload) for upload in found)
        state.keep(f"{_TURN}.{widget}", _turn(widget) + 1)
        state.drop(_REFUSED)


def _read_arrived() -> None:
    arrived = _arrived()
    if not arrived:
        return
    count, refused = len(arrived), _refused()
    room = MOST_WAITING - len(waiting())
    if count > room:
        refused.append(Refused("", _TOO_MANY))
        del arrived[max(0, room) :]
    bar = st.progress(0.0, text=t("Reading the photos"))
    while arrived:
        # The page may be drawn anew at any call of Streamlit's: a photo leaves only once it is somewhere else.
        bar.progress(1 - len(arrived) / count, text=t("Reading the photos"))
        label, upload = arrived[0]
        try:
            waiting().append(_read(label, upload.read()))
        except PhotoError as error:
            refused.append(Refused(upload.name, error.code, error.facts))
        del arrived[0]
    bar.empty()


def _read(label: str, data: bytes) -> Waiting:
    jpeg = collection.encoded(data)
    with Image.open(io.BytesIO(jpeg)) as image:
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        address = picture.address(image, quality=80)
    return Waiting(label, holding.Counted(jpeg), address)


def _keep() -> None:
    """Nothing is written before this button is pressed."""
    count = len(waiting())
    with st.container(horizontal=True, vertical_alignment="center"):
        agreed = st.button(
            tn(
                "Keep this {n:,} photo on this computer and learn from it",
                "Keep these {n:,} photos on this computer and learn from them",
                count,
            ),
            type="primary",
            icon=":material/save:",
            key="rupa-train-keep",
        )
        st.button(
            t("Forget them"), type="tertiary", key="rupa-train-forget", on_click=partial(state.drop, _WAITING)
        )
    st.caption(
        t(
            "They are kept without the place and time where they were taken and without their names, until you delete "
            "them here. Ask everybody who is on them first."
        )
    )
    before = next(iter(collection.all_kept()), None)
    together = before is not None and st.checkbox(
        tn(
            "Add them to the {n:,} photo kept before, and learn from all of them",
            "Add them to the {n:,} photos kept before, and learn from all of them",
            before.women + before.men,
        ),
        key=f"rupa-train-keep-with-{before.id}",
    )
    if not agreed or not access.presenter():
        return
    try:
        kept = collection.add(
            ((one.label, one.jpeg.read()) for one in waiting()), before.id if before and together else None
        )
    except CollectionError as error:
        st.warning(plain_error(error, error.sentences), icon=":material/info:")
        return
    state.drop(_WAITING)
    state.keep(_KEPT_NOW, kept)
    st.rerun()  # the boxes above are empty now


def _kept() -> Wish | None:
    """What was kept before: to learn from again, or to be deleted."""
    chosen_now = None
    for one in collection.all_kept():
        with st.container(horizontal=True, vertical_alignment="center", key=f"rupa-kept-{one.id}"):
            st.markdown(
                t(
                    "Kept on this computer: {women:,} photos of women, {men:,} of men.",
                    women=one.women,
                    men=one.men,
                )
            )
            if st.button(t("Look through these"), key=f"rupa-kept-use-{one.id}"):
                chosen_now = wish_of(one)
            with st.popover(
                t("Delete these photos"), icon=":material/delete:", key=f"rupa-kept-ask-{one.id}"
            ):
                st.markdown(
                    t(
                        "All of them, and every face cut out of them, are taken off this computer, and nobody can "
                        "bring them back. A run that learnt from them keeps its model, and what was measured on them "
                        "keeps a code and some numbers for each photo, but no picture."
                    )
                )
                if st.button(t("Delete them for good"), key=f"rupa-kept-delete-{one.id}"):
                    _delete(one)
    return chosen_now


def _delete(one: Collection) -> None:
    if not access.presenter():
        return
    try:
        collection.delete(one.id)
    except CollectionError as error:
        st.warning(plain_error(error, error.sentences), icon=":material/info:")
        return
    evaluation_photos.forget()
    train_photos_opened.close()
    st.rerun()


def wish_of(one: Collection) -> Wish:
    return Wish((one.spec,), MY_PHOTOS)
