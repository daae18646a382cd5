"""From untrusted bytes to upright RGB pixels, or one sentence: `load(data) -> Photo` or `PhotoError`.

What can be told from the bytes themselves (size, kind of file) is told here; everything else happens in a
process of its own with limits on memory and time (`decoders.py`). Of a file only its pixels, size and format
come through; metadata, such as where a photo was taken, does not.
"""

from dataclasses import dataclass

import numpy as np

from model.decoders import DECODERS
from model.decoding import MAX_PIXELS, MAX_SIDE
from model.sentences import sentence

__all__ = ["MAX_BYTES", "MAX_PIXELS", "MAX_SIDE", "WORKING_PX", "Photo", "PhotoError", "load", "warm"]

MAX_BYTES = 20 * 2**20
WORKING_PX = 3_200_000  # a quarter of the 12.2 to 12.6 MP of a phone, which JPEG decodes to by itself

_READ = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF87a": "GIF", b"GIF89a": "GIF"}
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
# Known by their first bytes only to say their name.
_UNREAD = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"8BPS": "Photoshop",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\1\0": "Icon",
    b"\0\0\2\0": "Cursor",
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"DDS ": "DDS",
    b"qoif": "QOI",
    b"\x01\xda": "SGI",
    b"icns": "Icon",
    b"\x76\x2f\x31\x01": "OpenEXR",
    b"gimp xcf": "GIMP",
    b"BLP": "BLP",
    b"FUJIFILMCCD-RAW": "Raw camera",
    b"\x1a\x45\xdf\xa3": "Video",
    **{b"P%d%c" % (kind, space): "Netpbm" for kind in range(1, 8) for space in b" \t\r\n"},
}


class PhotoError(Exception):
    """No picture, for the reason that `code` names; the text is the sentence for the person who sent it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(sentence(code, **facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Photo:
    """`pixels`: upright RGB at working size. `full_size`: (width, height) of the whole picture, upright."""

    pixels: np.ndarray
    full_size: tuple[int, int]
    format: str


def load(data: bytes, *, working_px: int = WORKING_PX) -> Photo:
    """The first picture in the file, in at most `working_px` pixels; `MAX_PIXELS` leaves its size alone."""
    if not data:
        raise PhotoError("empty")
    if len(data) > MAX_BYTES:
        raise PhotoError("too_big", mb=len(data) / 2**20, max_mb=MAX_BYTES // 2**20)
    format = _sniff(data)
    answer, pixels = DECODERS.decode(data, format, max(1, min(working_px, MAX_PIXELS)))
    if pixels is None:
        raise PhotoError(answer["error"], **answer["facts"])
    width, height = answer["full_size"]
    return Photo(pixels, (width, height), format)


def warm() -> None:
    """Start the decoding workers, so that the first photo does not wait for them."""
    DECODERS.warm()


def _sniff(data: bytes) -> str:
    for magic, format in _READ.items():
        if data.startswith(magic):
            return format
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    for magic, format in _UNREAD.items():
        if data.startswith(magic):
            raise PhotoError("unsupported", format=format)
    if b"<svg" in data[:1000].lower():
        raise PhotoError("unsupported", format="SVG")
    raise PhotoError("not_an_image")


def _sniff_brands(data: bytes) -> str:
    """AVIF, HEIC and films share one container; its first box lists what may read it, the main one first."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, length, 4))]
    if {b"avif", b"avis"} & set(brands):
        return "AVIF"
    if _HEIF_BRANDS & set(brands):
        return "HEIF"
    raise PhotoError("unsupported", format="Video" if brands[0] != b"crx " else "Raw camera")
