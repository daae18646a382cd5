"""From a file's bytes to bands of upright RGB: what happens inside a decoding process.

The only place where decoders meet untrusted bytes; `decoding_process.py` limits their memory, `decoders.py`
their time. The size is checked before anything is decoded. Pictures leave in bands, because
beside a decoded picture of 50 MP (Pillow keeps 4 bytes a pixel) a second one has no room in memory.
"""

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from PIL import Image

MAX_PIXELS = 50_000_000
MAX_SIDE = 12_000

Box = tuple[int, int, int, int]
Size = tuple[int, int]

_PLUGINS = {
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
}
# Of the memory limit, interpreter and libraries take 45 MB, the file 20, a shrunk picture and a band 25.
_PICTURE_MEMORY = 420_000_000
# libwebp keeps two canvases, Pillow a copy and the picture: 17 bytes a pixel, measured; nothing needs more.
_PIXELS_THAT_ALWAYS_FIT = _PICTURE_MEMORY // 17
# A JPEG's own scales (1/2, 1/4, 1/8) are free: take one that leaves at least this share of the pixels wanted.
_ENOUGH = 0.5
_BAND_PIXELS = 500_000
_TO_8_BITS = [round(value / 257) for value in range(65536)]
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UndecodableError(Exception):
    """The picture is not decoded, for the reason that the code names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Decoded:
    """A picture as its file stores it; `cut` gives a part of it, in whatever mode it has."""

    size: Size
    full_size: Size
    orientation: int
    cut: Callable[[Box], Image.Image]


def decode(data: bytes, format: str, working_px: int) -> Decoded:
    """The first frame, in at most `working_px` pixels. Raises `UndecodableError` whatever the bytes are."""
    try:
        decoded = _open_heif(data) if format == "HEIF" else _open(data, format, working_px)
        return _shrunk(decoded, working_px)
    except UndecodableError:
        raise
    except Exception as problem:  # decoders raise anything on crafted bytes; only a code leaves this process
        if any(words in str(problem).lower() for words in ("unsupported", "cannot handle")):
            raise UndecodableError("unsupported", format=format) from problem
        raise UndecodableError("truncated") from problem


def upright_bands(decoded: Decoded) -> Iterator[Image.Image]:
    """The picture from top to bottom as RGB, turned the way its metadata says is up."""
    width, height = decoded.size
    turned = decoded.orientation >= 5
    out_width, out_height = (height, width) if turned else (width, height)
    rows = max(1, _BAND_PIXELS // out_width)
    for top in range(0, out_height, rows):
        bottom = min(out_height, top + rows)
        first, last = (top, bottom)
        if decoded.orientation in (3, 4, 7, 8):
            first, last = out_height - bottom, out_height - top
        band = to_rgb(decoded.cut((first, 0, last, height) if turned else (0, first, width, last)))
        yield band.transpose(_UPRIGHT[decoded.orientation]) if decoded.orientation in _UPRIGHT else band


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB from any mode: alpha over white, more than 8 bits rescaled."""
    if image.mode.startswith("I"):
        levels = _TO_8_BITS.copy()
        if isinstance(clear := image.info.get("transparency"), int):
            levels[clear] = 255
        return image.convert("I").point(levels, "L").convert("RGB")
    if image.mode == "F":
        return image.point(lambda value: value * (1 / 257) + 0.5).convert("L").convert("RGB")
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    rgba = image.convert("RGBA")
    over_white = Image.new("RGB", image.size, "white")
    over_white.paste(rgba, mask=rgba.getchannel("A"))
    return over_white


def _open(data: bytes, format: str, working_px: int) -> Decoded:
    plugin, reader = _PLUGINS[format]
    module: Any = import_module(f"PIL.{plugin}")
    if format == "AVIF":
        module.DEFAULT_MAX_THREADS = 1  # each of dav1d's threads costs memory
    if format == "WEBP":  # opening one takes its memory already
        _check_size(module._get_size(data) or (1, 1), _PIXELS_THAT_ALWAYS_FIT)
    if format == "GIF":
        _check_size((int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")))
    image = getattr(module, reader)(io.BytesIO(data))
    full_size = image.size
    _check_size(full_size)
    if format == "JPEG":
        enough = working_px * _ENOUGH / (full_size[0] * full_size[1])
        if full_size[0] * full_size[1] > working_px:
            image.draft(None, tuple(math.ceil(side * math.sqrt(enough)) for side in full_size))
        _check_size(full_size, _jpeg_pixels_that_fit(image))
    try:
        image.load()
    except MemoryError:
        raise _too_many_pixels(full_size, _PIXELS_THAT_ALWAYS_FIT) from None
    if format == "PNG" and isinstance(clear := image.info.get("transparency"), tuple) and max(clear) > 255:
        # Of 16-bit colours Pillow keeps the upper bytes, of the clear one it keeps both.
        image.info["transparency"] = tuple(value >> 8 for value in clear)
    return Decoded(image.size, full_size, _orientation(image), image.crop)


def _open_heif(data: bytes) -> Decoded:
    import pillow_heif

    picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    _check_size(picture.size)
    try:
        rows: Any = memoryview(picture.data)
    except MemoryError:
        raise _too_many_pixels(picture.size, _PIXELS_THAT_ALWAYS_FIT) from None
    mode, stride, (width, height) = picture.mode, picture.stride, picture.size

    def cut(box: Box) -> Image.Image:
        left, top, right, bottom = box
        band = rows[top * stride : bottom * stride]
        whole = Image.frombuffer(mode, (width, bottom - top), band, "raw", mode, stride, 1)
        return whole if (left, right) == (0, width) else whole.crop((left, 0, right, bottom - top))

    # libheif has turned the picture already; by the standard what its EXIF says about that does not count.
    return Decoded((width, height), (width, height), 1, cut)


def _shrunk(decoded: Decoded, working_px: int) -> Decoded:
    width, height = decoded.size
    if width * height <= working_px:
        return decoded
    scale = math.sqrt(working_px / (width * height))
    new_width, new_height = max(1, int(width * scale)), max(1, int(height * scale))
    shrunk = Image.new("RGB", (new_width, new_height))
    rows = max(1, _BAND_PIXELS * new_height // (width * height))
    for top in range(0, new_height, rows):
        bottom = min(new_height, top + rows)
        first, last = top * height / new_height, bottom * height / new_height
        upper = int(first)
        band = to_rgb(decoded.cut((0, upper, width, min(height, math.ceil(last)))))
        box = (0, first - upper, width, min(last - upper, band.height))
        shrunk.paste(band.resize((new_width, bottom - top), Image.Resampling.BOX, box), (0, top))
    return Decoded(shrunk.size, decoded.full_size, decoded.orientation, shrunk.crop)


def _check_size(size: Size, max_pixels: int = MAX_PIXELS) -> None:
    if max(size) > MAX_SIDE or size[0] * size[1] > max_pixels:
        raise _too_many_pixels(size, min(max_pixels, MAX_PIXELS))


def _too_many_pixels(size: Size, max_pixels: int) -> UndecodableError:
    max_mp = max_pixels // 1_000_000
    return UndecodableError(
        "too_many_pixels", width=size[0], height=size[1], max_mp=max_mp, max_side=MAX_SIDE
    )


def _jpeg_pixels_that_fit(image: Any) -> int:
    """How large such a JPEG may be: a progressive one keeps two bytes a coefficient while it is read."""
    coefficients = 0.0
    if image.info.get("progressive"):
        across, down = max(layer[1] for layer in image.layer), max(layer[2] for layer in image.layer)
        coefficients = sum(layer[1] * layer[2] for layer in image.layer) / (across * down)
    shrunk_by = image.decoderconfig[0] if image.decoderconfig else 1
    return int(_PICTURE_MEMORY / (2 * coefficients + 4 / shrunk_by**2))


def _orientation(image: Image.Image) -> int:
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # whatever broken metadata does, the pixels are there: shown the way they are stored
        return 1
    return orientation if orientation in _UPRIGHT else 1
