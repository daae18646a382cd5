"""What came in, unpacked: each photo by itself, and what could not be unpacked with its reason."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from model.images import PhotoError
from model.sentences import SENTENCES
from ui import state, uploads
from ui.language import Coded
from ui.uploads import Arrival, Upload

MOST_PHOTOS = 500
BATCH = "photo.batch"  # under this name lies what has been made of many; the next arrival takes its place
_UNPACKED = "photo.unpacked"


@dataclass(frozen=True)
class Refused:
    """A file that is not looked into, and why: an error and the table of sentences that it belongs to."""

    name: str
    error: Coded
    sentences: Mapping[str, str]


@dataclass(frozen=True)
class Unpacked:
    """`files` counts all that came in, `left_out` the photos beyond what can be read at once.

    Whoever reads the photos one after the other takes them out of `photos`, so that they are let go one by one.
    """

    number: int
    photos: list[Upload]
    refused: list[Refused]
    files: int
    left_out: int


def current() -> Unpacked | None:
    """What came in last, unpacked once; from then on nobody else holds its bytes."""
    arrival = uploads.arrived()
    if arrival is None:
        return None
    known: Unpacked | None = st.session_state.get(state.PREFIX + _UNPACKED)
    if known is None or known.number != arrival.number:
        state.drop(BATCH)
        known = unpacked(arrival)
        state.keep(_UNPACKED, known)
        uploads.let_go()
    return known


def unpacked(arrival: Arrival) -> Unpacked:
    photos: list[Upload] = []
    refused: list[Refused] = []
    for upload in arrival.uploads:
        try:
            data = upload.read()
        except PhotoError as error:
            refused.append(Refused(upload.name, error, SENTENCES))
            continue
        if not data.startswith((b"PK\3\4", b"PK\5\6")):
            photos.append(upload)
            continue
        # The reader of zips brings pandas with it, which a visitor with one photo need not wait for.
        from training import zips

        try:
            found = zips.photos(io.BytesIO(data))
        except zips.ZipError as problem:
            refused.append(Refused(upload.name, problem, problem.sentences))
            continue
        photos += [Upload(name, read, upload) for name, read in found.photos]
        nested = zips.ZipError("zip_nested")
        refused += [Refused(name, nested, nested.sentences) for name in found.nested[:MOST_PHOTOS]]
    taken = photos[:MOST_PHOTOS]
    return Unpacked(arrival.number, taken, refused, len(taken) + len(refused), len(photos) - len(taken))
