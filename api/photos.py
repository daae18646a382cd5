"""From a request to the photos in it, and from a reading to a picture with its answers drawn in."""

import io
from dataclasses import dataclass

from PIL import Image
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.refusals import Refusal
from model.annotate import Mark, annotate
from model.pipeline import Reading

FIELD = "files"
MAX_FILES = 16
_MAX_NAME = 255


@dataclass(frozen=True)
class Sent:
    name: str
    data: bytes


async def sent(request: Request) -> list[Sent]:
    """The files of the form, in their order; raises `Refusal` where there are none, or too many."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise Refusal("not_multipart")
    try:
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FILES, max_part_size=1024)
    except HTTPException as error:
        if "Too many files" in error.detail:
            raise Refusal("too_many_files", max_files=MAX_FILES) from error
        raise
    try:
        files = [part for part in form.getlist(FIELD) if isinstance(part, UploadFile)]
        if not files:
            raise Refusal("no_files")
        return [Sent((file.filename or "")[:_MAX_NAME], await file.read()) for file in files]
    finally:
        await form.close()


def annotated(reading: Reading) -> bytes:
    """A PNG of the photo as it was read (at most `images.WORKING_PX` pixels), with a frame round each face."""
    assert reading.pixels is not None
    height, width = reading.pixels.shape[:2]
    stretch = width / reading.width, height / reading.height
    marks = [Mark(a.face.scaled(*stretch).box, a.label, a.confidence, a.sure) for a in reading.faces]
    drawn = io.BytesIO()
    Image.fromarray(annotate(reading.pixels, marks)).save(drawn, "PNG", compress_level=1)
    return drawn.getvalue()
