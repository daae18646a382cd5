"""The shown selection to take along: as a table, and as a contact sheet of its faces, made when it is asked for."""

import base64
import csv
import io
from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from PIL import Image

from pages.parts import errors_words, evaluation_photos
from pages.parts.errors_known import Known, Places
from training import contact_sheet
from training.contact_sheet import MOST, Face, Kind
from training.votes import Cast
from ui.downloads import harmless
from ui.language import number, speech, t, tn
from words.speech import Speech


def show(known: Known, found: Places, title: str, cast: Mapping[str, Cast]) -> None:
    words = speech()
    with st.popover(t("Take along"), icon=":material/download:", key="rupa-errors-download"):
        named = not evaluation_photos.hidden(known.photos)
        table = partial(as_table, known, found, dict(cast), named=named)
        _button(t("Table (CSV)"), table, "rupa-errors.csv", "text/csv")
        if not evaluation_photos.here(known.photos):
            missing = t("A contact sheet shows the photos, and they are not on this computer.")
            st.caption(evaluation_photos.unseen(known.photos, missing))
            return
        note = _note(known, found)
        sheets: list[tuple[Kind, str, str]] = [
            ("PNG", t("Contact sheet (PNG)"), "image/png"),
            ("PDF", t("Contact sheet (PDF)"), "application/pdf"),
        ]
        for kind, name, mime in sheets:
            draw = partial(as_sheet, known, found, title, note, kind, words)
            _button(name, draw, f"rupa-errors.{kind.lower()}", mime)
        if len(found) > MOST:
            st.caption(
                t("A sheet holds {most} faces: the first of these {all}.", most=MOST, all=number(len(found)))
            )
        st.caption(
            t(
                "A sheet shows people's faces. Look up what the owners of the photos allow before you pass it on."
            )
        )


def as_table(known: Known, found: Places, cast: Mapping[str, Cast], *, named: bool = True) -> bytes:
    """One row a face, with everything that is known of it; opens as it should in a spreadsheet.

    Photos that are not `named` have a number: the presenter's own may be called after who is in them.
    """
    view, answers = known.view, known.answers
    names = ("female", "male")
    groups, doubt = view.group_columns, known.suspicion.score
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["id", "label", "answer", "sure", "p_male", "right", "label_doubt", "vote", *groups])
    for place in found.tolist():
        id_ = str(view.ids[place])
        vote = cast.get(id_)
        called = harmless(id_) if named else str(place + 1)
        row: list[object] = [called, names[answers.labels[place]], names[answers.predicted[place]]]
        row += [bool(answers.sure[place]), f"{answers.p_male[place]:.4f}", bool(answers.right[place])]
        row += [f"{doubt[place]:.4f}", vote.vote if vote else ""]
        for name in groups:
            code = int(view.columns[name].codes[place])
            row.append(harmless(view.columns[name].names[code]) if code >= 0 else "")
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def as_sheet(known: Known, found: Places, title: str, note: str, kind: Kind, words: Speech) -> bytes:
    """The first of these faces; `words` because a page's own language is not there when a file is made."""
    first = found[:MOST]
    ids = [str(known.view.ids[place]) for place in first]
    faces = [
        Face(
            _opened(address),
            errors_words.answer(known.answers, place, words),
            errors_words.label(known.answers, place, words),
            wrong=not known.answers.right[place],
        )
        for place, address in zip(first, evaluation_photos.for_file(known.photos, ids), strict=True)
    ]
    return contact_sheet.make(faces, title, note, kind)


def _note(known: Known, found: Places) -> str:
    faces = tn("{n:,} face", "{n:,} faces", len(found))
    wrong = int((~known.answers.right[found]).sum())
    return f"{known.view.about.model} · {faces} · " + tn(
        "{n:,} answered wrongly", "{n:,} answered wrongly", wrong
    )


def _opened(address: str | None) -> Image.Image | None:
    if address is None:
        return None
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def _button(label: str, make: Callable[[], bytes], name: str, kind: str) -> None:
    st.download_button(
        label,
        make,
        file_name=name,
        mime=kind,
        key=f"rupa-get-errors-{kind.partition('/')[2]}",
        on_click="ignore",
        width="stretch",
    )
