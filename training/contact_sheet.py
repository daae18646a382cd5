"""A contact sheet: small faces in rows with a line of words below each, as one PNG or as pages of a PDF.

It is told the pictures and the words; where they come from is not its business. No metadata goes into the files.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

MOST = 200
FACE_PX = 168
_COLUMNS, _ROWS_A_PAGE = 6, 6
_GAP, _MARGIN, _WORDS_PX, _HEAD_PX = 18, 48, 46, 78
_PAPER, _INK, _MUTED, _LINE = "#FFFFFF", "#1D2433", "#586070", "#DAD7CE"
_DPI = 110

Kind = Literal["PNG", "PDF"]


@dataclass(frozen=True)
class Face:
    """A face and its two lines; a wrong one has a dashed frame. `picture` is None where there is no photo."""

    picture: Image.Image | None
    words: str
    more: str = ""
    wrong: bool = False


def make(faces: Sequence[Face], title: str, note: str, kind: Kind) -> bytes:
    """The sheet as a file; of more than `MOST` faces the first are taken."""
    shown = faces[:MOST]
    if kind == "PNG":
        return _saved([_page(shown, title, note, rows=_rows(len(shown)))], kind)
    a_page = _COLUMNS * _ROWS_A_PAGE
    cuts = range(0, max(len(shown), 1), a_page)
    return _saved([_page(shown[at : at + a_page], title, note, rows=_ROWS_A_PAGE) for at in cuts], kind)


def _rows(count: int) -> int:
    return max(1, -(-count // _COLUMNS))


def _page(faces: Sequence[Face], title: str, note: str, rows: int) -> Image.Image:
    width = 2 * _MARGIN + _COLUMNS * FACE_PX + (_COLUMNS - 1) * _GAP
    height = 2 * _MARGIN + _HEAD_PX + rows * (FACE_PX + _WORDS_PX + _GAP) - _GAP
    page = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((_MARGIN, _MARGIN), _fitting(title, _font(22), width - 2 * _MARGIN), _INK, _font(22))
    pen.text((_MARGIN, _MARGIN + 34), _fitting(note, _font(14), width - 2 * _MARGIN), _MUTED, _font(14))
    for place, face in enumerate(faces):
        row, column = divmod(place, _COLUMNS)
        left = _MARGIN + column * (FACE_PX + _GAP)
        top = _MARGIN + _HEAD_PX + row * (FACE_PX + _WORDS_PX + _GAP)
        _draw(page, pen, face, left, top)
    return page


def _draw(page: Image.Image, pen: ImageDraw.ImageDraw, face: Face, left: int, top: int) -> None:
    box = (left, top, left + FACE_PX - 1, top + FACE_PX - 1)
    if face.picture is None:
        pen.rectangle(box, outline=_LINE, width=2)
    else:
        page.paste(
            face.picture.convert("RGB").resize((FACE_PX, FACE_PX), Image.Resampling.LANCZOS), (left, top)
        )
    if face.wrong:
        _dashed(pen, left - 4, top - 4, FACE_PX + 7)
    for line, (words, size, ink) in enumerate(((face.words, 12, _INK), (face.more, 12, _MUTED))):
        font = _font(size)
        pen.text((left, top + FACE_PX + 7 + 19 * line), _fitting(words, font, FACE_PX), ink, font)


def _dashed(pen: ImageDraw.ImageDraw, left: int, top: int, side: int) -> None:
    for at in range(0, side, 12):
        end = min(at + 7, side)
        for fixed in (0, side):
            pen.line((left + at, top + fixed, left + end, top + fixed), _INK, 2)
            pen.line((left + fixed, top + at, left + fixed, top + end), _INK, 2)


def _fitting(words: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The words on one line, cut off where there is no more room."""
    line = " ".join(words.split())
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _saved(pages: Sequence[Image.Image], kind: Kind) -> bytes:
    file = io.BytesIO()
    if kind == "PNG":
        pages[0].save(file, "PNG")
    else:
        pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=_DPI)
    return file.getvalue()
