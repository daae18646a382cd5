"""The downloads under an answer, each made when it is asked for, with the words of the visitor's language."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import streamlit as st
from PIL import Image

from model import images
from model.annotate import WORDS, Mark, annotate
from model.pipeline import Reading
from ui import downloads, picture
from ui.downloads import Record
from ui.language import t
from ui.uploads import Upload

CSV, JSON, JPEG, ZIP = "text/csv", "application/json", "image/jpeg", "application/zip"


def of_one(upload: Upload, reading: Reading, group: str) -> None:
    """The photo in its full size with the answers drawn in, and the answers as a table and for programs."""
    name = downloads.plain_name(upload.name)
    record = reading.as_json()
    with st.popover(t("Download"), icon=":material/download:", key=f"rupa-download-{group}"):
        draw = partial(drawn, upload.read, record, words())
        _button(t("Photo with answers"), draw, f"{name}-rupa.jpg", JPEG, group)
        _tables([record], name, group)


def of_many(records: Sequence[Record], sources: Sequence[Callable[[], bytes]], group: str) -> None:
    """`sources[i]` gives the picture of `records[i]`, in whatever size it is kept."""
    with st.container(horizontal=True, gap="small"):
        _tables(records, "rupa", group)
        zipped = partial(_zipped, records, sources, words())
        _button(t("Photos with answers (zip)"), zipped, "rupa.zip", ZIP, group)


def words() -> dict[str, str]:
    return {answer: t(english) for answer, english in WORDS.items()}


def drawn(read: Callable[[], bytes], record: Record, said: dict[str, str]) -> bytes:
    """The photo as a JPEG with its answers; boxes are the record's, in pixels of the full-size photo."""
    pixels = images.load(read(), working_px=images.MAX_PIXELS).pixels
    across, down = pixels.shape[1] / record["width"], pixels.shape[0] / record["height"]
    marks = []
    for face in record["faces"]:
        x, y, w, h = face["box"]
        box = (x * across, y * down, w * across, h * down)
        marks.append(Mark(box, face["label"], face["confidence"], face["sure"]))
    return picture.jpeg(Image.fromarray(annotate(pixels, marks, said)), quality=92)


def _tables(records: Sequence[Record], name: str, group: str) -> None:
    _button(t("Table (CSV)"), partial(downloads.table, records), f"{name}.csv", CSV, group)
    _button(t("For programs (JSON)"), partial(downloads.listing, records), f"{name}.json", JSON, group)


def _zipped(records: Sequence[Record], sources: Sequence[Callable[[], bytes]], said: dict[str, str]) -> bytes:
    return downloads.archive(_pictures(records, sources, said))


def _pictures(
    records: Sequence[Record], sources: Sequence[Callable[[], bytes]], said: dict[str, str]
) -> Iterable[tuple[str, bytes]]:
    for record, source in zip(records, sources, strict=True):
        if record["faces"]:
            yield record["file"], drawn(source, record, said)


def _button(label: str, make: Callable[[], bytes], name: str, kind: str, group: str) -> None:
    st.download_button(
        label,
        make,
        file_name=name,
        mime=kind,
        key=f"rupa-get-{kind.partition('/')[2]}-{group}",
        on_click="ignore",
        width="stretch",
    )
