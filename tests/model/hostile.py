"""Pictures that try a decoder: huge, cut, crafted or of rare kinds, made on the fly."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def scene(width: int = 160, height: int = 120) -> Image.Image:
    """Smooth, so that compression changes little; different in every corner and in every channel."""
    y, x = np.mgrid[0:height, 0:width]
    red = 40 + 180 * x / width
    green = 30 + 150 * y / height
    blue = 128 + 90 * np.sin(x / width * 3) * np.cos(y / height * 5)
    pixels = np.stack([red, green, blue], axis=2).astype(np.uint8)
    pixels[: height // 4, : width // 4] = (250, 20, 30)
    pixels[-height // 4 :, : width // 4] = (20, 30, 250)
    return Image.fromarray(pixels)


def one_bit_png(width: int, height: int) -> bytes:
    return encoded(Image.new("1", (width, height), 1), "PNG")


def black_png(width: int, height: int, colour_type: int = 6, bits: int = 8) -> bytes:
    """A large picture in a small file, written row by row: it never lies in this process's memory."""
    row = b"\0" + bytes(width * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type] * bits // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(extra: bytes) -> bytes:
    """A small PNG with `extra` chunks after its header."""
    plain = encoded(scene(), "PNG")
    return plain[:33] + extra + plain[33:]


def text_bomb() -> bytes:
    return png_with(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(300_000_000), 9)))


def profile_bomb() -> bytes:
    return png_with(chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(300_000_000), 9)))


def long_gif(frames: int = 5000) -> bytes:
    """Built by hand: the first frame is red, each later one green."""
    head = b"GIF89a" + struct.pack("<HHBBB", 16, 16, 0b1000_0000, 0, 0) + b"\xff\0\0\0\xff\0"
    frame = b"!\xf9\x04\0\x01\0\0\0,\0\0\0\0\x10\0\x10\0\0"
    red = _gif_pixels(0)
    green = _gif_pixels(1)
    return head + frame + red + (frame + green) * (frames - 1) + b";"


def _gif_pixels(value: int) -> bytes:
    """256 pixels of one value, each written as a 3-bit code with a clear before it."""
    bits = "".join(f"{code:03b}"[::-1] for _ in range(256) for code in (4, value)) + "101"
    packed = bytes(int(bits[at : at + 8].ljust(8, "0")[::-1], 2) for at in range(0, len(bits), 8))
    blocks = b"".join(
        bytes([len(packed[at : at + 255])]) + packed[at : at + 255] for at in range(0, len(packed), 255)
    )
    return b"\x02" + blocks + b"\0"


def jpeg_with_much_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "x" * 60_000
    exif[0x8825] = {1: "S", 2: (6.0, 10.0, 30.0), 3: "E", 4: (106.0, 49.0, 0.0)}
    return encoded(scene(), "JPEG", exif=exif, quality=95)


def progressive_with_many_scans(width: int = 6000, height: int = 6000, scans: int = 6000) -> bytes:
    """A progressive JPEG that repeats a scan again and again: small file, long work."""
    plain = encoded(Image.new("L", (width, height), 90), "JPEG", progressive=True)
    marker = plain.rindex(b"\xff\xda")
    last = plain[marker:-2]
    return plain[:-2] + last * min(scans, (19_000_000 - len(plain)) // len(last)) + plain[-2:]


def grey_16_bit(levels: np.ndarray) -> bytes:
    return encoded(Image.fromarray(levels.astype(np.uint16)), "PNG")


def rgb_16_bit(levels: np.ndarray) -> bytes:
    """Pillow writes no such file, so it is put together here: PNG's colour type 2, 16 bits, no filter."""
    height, width, channels = levels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# Each with the code of its sentence, or None where it is a picture.
GENERATED: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "no bytes": (lambda: b"", "empty"),
    "one byte": (lambda: b"\xff", "not_an_image"),
    "a web page named .jpg": (lambda: b"<!DOCTYPE html><html><body>404</body></html>", "not_an_image"),
    "a text that begins like a BMP": (
        lambda: b"BMW is a maker of cars, and this is no picture",
        "not_an_image",
    ),
    "21 MB": (lambda: b"\xff\xd8\xff" + bytes(21 * 2**20), "too_big"),
    "only the first bytes of a JPEG": (lambda: b"\xff\xd8\xff", "truncated"),
    "only the first bytes of a PNG": (lambda: b"\x89PNG\r\n\x1a\n", "truncated"),
    "only the first bytes of a WebP": (lambda: b"RIFF\x10\0\0\0WEBP", "truncated"),
    "only the first bytes of a HEIC": (lambda: b"\0\0\0\x18ftypheic", "truncated"),
    "a film": (lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "unsupported"),
    "a drawing": (lambda: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported"),
    "1-bit PNG of 9,000 x 9,000": (lambda: one_bit_png(9000, 9000), "too_many_pixels"),
    "1-bit PNG of 7,000 x 7,000": (lambda: one_bit_png(7000, 7000), None),
    "JPEG of 65,500 x 1": (lambda: encoded(Image.new("RGB", (65500, 1)), "JPEG"), "too_many_pixels"),
    "PNG of 30,000 x 30,000": (lambda: black_png(30000, 300)[:100], "too_many_pixels"),
    "PNG of 12,000 x 4,166 with alpha": (lambda: black_png(12000, 4166), None),
    "PNG of 12,000 x 4,166 in 16 bits with alpha": (lambda: black_png(12000, 4166, 6, 16), None),
    "grey PNG of 12,000 x 4,166 in 16 bits": (lambda: black_png(12000, 4166, 0, 16), None),
    "PNG of 1 x 12,000": (lambda: black_png(1, 12000), None),
    "PNG of 1 x 1": (lambda: black_png(1, 1), None),
    "WebP of 16,383 x 16,383": (lambda: _webp_header(16383, 16383), "too_many_pixels"),
    "PNG with 300 MB of packed text": (text_bomb, "truncated"),
    "PNG with 300 MB of packed profile": (profile_bomb, "truncated"),
    "GIF of 5,000 frames": (long_gif, None),
    "GIF of 65,535 x 65,535": (lambda: b"GIF89a\xff\xff\xff\xff\0\0\0", "too_many_pixels"),
    "JPEG that repeats one scan": (progressive_with_many_scans, "too_slow"),
    "TIFF of floats": (lambda: encoded(Image.new("F", (32, 32)), "TIFF"), "unsupported"),
    "JPEG with 60 kB of EXIF": (jpeg_with_much_exif, None),
}


def _webp_header(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size + bytes(100)
