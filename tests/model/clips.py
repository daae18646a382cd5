"""Clips for tests, made here: good ones, and those that were made to break whoever reads them."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks import clips
from benchmarks.clips import SOUND_HZ, Moment

SMALL = (480, 272)
FAST = {"preset": "ultrafast"}


def clip(moments: Any = None, **how: Any) -> bytes:
    made = io.BytesIO()
    clips.film(made, faces() if moments is None else moments, **({"options": FAST} | how))
    return made.getvalue()


def faces(seconds: float = 1.5, size: tuple[int, int] = SMALL, fps: float = 10) -> Iterator[Moment]:
    return clips.two_faces(seconds, size, fps)


def blank(seconds: float, size: tuple[int, int], fps: float = 10) -> Iterator[Moment]:
    for number in range(round(seconds * fps)):
        yield number / fps, np.full((size[1], size[0], 3), 90 + number % 50, np.uint8)


def uneven(moments: Iterator[Moment]) -> Iterator[Moment]:
    """The same, with every third frame left out and a second in which nearly nothing comes."""
    for number, (at_s, pixels) in enumerate(moments):
        if number % 3 != 1 and not 0.5 < at_s % 2 < 0.9:
            yield at_s, pixels


def flashing(moments: Iterator[Moment], at: tuple[float, ...]) -> Iterator[Moment]:
    for at_s, pixels in moments:
        lit = any(0 <= at_s - flash < 0.2 for flash in at)
        yield at_s, np.full_like(pixels, 255) if lit else pixels


def beeps(seconds: float, at: tuple[float, ...] = (), channels: int = 1) -> np.ndarray:
    time = np.arange(int(seconds * SOUND_HZ)) / SOUND_HZ
    loud = np.zeros(len(time), bool)
    for beep in at:
        loud |= (time >= beep) & (time < beep + 0.2)
    return np.tile(np.where(loud, 0.7 * np.sin(2 * np.pi * 1000 * time), 0), (channels, 1)).astype(np.float32)


def turned(degrees: int) -> bytes:
    """As a phone writes it: the pixels lie on their side, and the file says by how much to turn them back."""
    lying = ((at_s, np.ascontiguousarray(np.rot90(p, -degrees // 90))) for at_s, p in faces())
    return clip(lying, turned=degrees)


def corrupted() -> bytes:
    whole = bytearray(clip(faces(3), container="matroska", options=FAST | {"g": "10"}))
    start = len(whole) * 2 // 5
    whole[start : start + len(whole) // 10] = bytes(
        np.random.default_rng(1).integers(0, 256, len(whole) // 10, np.uint8)
    )
    return bytes(whole)


def half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def jpeg() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 64)).save(made, "JPEG")
    return made.getvalue()


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


def eight_k() -> bytes:
    [(at_s, small)] = faces(0.1, (960, 540))
    large = cv2.resize(small, (7680, 4320))
    return clip([(at_s, large)], codec="mjpeg", pix_fmt="yuvj420p", container="matroska", options={})


# Each with the code of its sentence; None where there is a result.
HOSTILE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "cut off before its index": (lambda: half(clip()), "truncated"),
    "cut off in the middle": (lambda: half(clip(faces(3), container="matroska", options=FAST | {"g": "5"})), None),
    "damaged in the middle": (corrupted, None),
    "the first bytes alone": (lambda: clip()[:40], "truncated"),
    "without a frame": (lambda: clip(iter(()), sound=beeps(1)), "no_video"),
    "a photo called a clip": (jpeg, "not_a_video"),
    "a list of other files": (lambda: PLAYLIST, "not_a_video"),
    "text": (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n" * 50, "not_a_video"),
    "wider than anything": (lambda: clip(blank(0.2, (8400, 32))), "too_many_pixels"),
    "8K": (eight_k, None),
    "tiny": (lambda: clip(blank(1, (16, 16))), "no_face"),
    "one frame": (lambda: clip(faces(0.1)), None),
    "of odd sizes": (lambda: clip(faces(size=(481, 271)), pix_fmt="yuv444p"), None),
    "without colours": (lambda: clip(pix_fmt="gray"), None),
    "of ten bits": (lambda: clip(pix_fmt="yuv420p10le"), None),
    "with sound all around": (lambda: clip(sound=beeps(1.5, channels=6), layout="5.1"), None),
    "AVI": (lambda: clip(codec="mpeg4", container="avi", fps=10, options={}), None),
}  # fmt: skip
