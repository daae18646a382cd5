"""A contact sheet opens, shows what it was given, and is never longer than it may be."""

import io

import numpy as np
import pytest
from PIL import Image

from training import contact_sheet
from training.contact_sheet import Face


def face(colour: str | None = "#336699", **said: object) -> Face:
    picture = Image.new("RGB", (40, 40), colour) if colour else None
    return Face(picture, "looks female 93%", "labelled male", **said)  # type: ignore[arg-type]


def opened(faces: list[Face], title: str = "Errors", note: str = "some") -> Image.Image:
    return Image.open(io.BytesIO(contact_sheet.make(faces, title, note, "PNG"))).convert("RGB")


def share_of(page: Image.Image, colour: tuple[int, int, int]) -> float:
    return float((np.asarray(page) == colour).all(axis=2).mean())


def test_every_face_is_on_the_sheet() -> None:
    page = opened([face("#336699")] * 7)

    pixels = share_of(page, (0x33, 0x66, 0x99)) * page.width * page.height
    assert pixels == pytest.approx(7 * contact_sheet.FACE_PX**2, rel=0.02)


def test_a_wrong_one_has_a_frame_and_one_without_photo_an_empty_box() -> None:
    plain, wrong, gone = (opened([one]) for one in (face(), face(wrong=True), face(None)))

    assert share_of(wrong, (0x1D, 0x24, 0x33)) > share_of(plain, (0x1D, 0x24, 0x33))
    assert share_of(gone, (0xDA, 0xD7, 0xCE)) > 0
    assert share_of(gone, (0x33, 0x66, 0x99)) == 0


def test_a_sheet_has_an_end() -> None:
    one, many = opened([face()] * contact_sheet.MOST), opened([face()] * (contact_sheet.MOST + 50))

    assert many.size == one.size


def test_a_pdf_has_a_page_for_every_36_faces() -> None:
    made = contact_sheet.make([face()] * 50, "Errors", "some", "PDF")

    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") == 2 or b"/Count 2" in made


def test_long_words_in_any_letters_are_cut_to_their_place() -> None:
    page = opened([Face(None, "kata " * 60, "línea\nbaris " * 40)] * 2, "judul " * 200, "×" * 900)

    right_margin = np.asarray(page)[:, -40:]
    assert (right_margin == 255).all()


def test_an_empty_sheet_still_opens() -> None:
    assert opened([]).width > 0
    assert contact_sheet.make([], "", "", "PDF").startswith(b"%PDF-")
