"""A labelled photo as a small square: of its face, where the photo shows much besides, else of its middle."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from model import images
from model.mtcnn import LiteRTNetworks, Mtcnn
from training.crops import main_face

Pixels = NDArray[np.uint8]

# Photos of fewer pixels were cut to a face by whoever published them, and need no search.
LARGE_PX = 100_000
_DECODED_PX = 400_000
# The face that a photo is about is a tenth of its width or more: searched so coarsely, 48 take two seconds of a core.
_SEARCHED_PX = 60_000
_MIN_FACE_PX = 24
_AROUND = 1.8


def square(data: bytes, side_px: int) -> Pixels:
    """Raises `PhotoError`."""
    photo = images.load(data, working_px=_DECODED_PX)
    pixels = photo.pixels
    height, width = pixels.shape[:2]
    x, y, side = width / 2, height / 2, float(min(height, width))
    if photo.full_size[0] * photo.full_size[1] > LARGE_PX:
        faces = detector().detect(pixels, min_face_px=_MIN_FACE_PX, max_px=_SEARCHED_PX)
        if faces:
            left, top, wide, high = main_face(faces, width, height).box
            x, y, side = left + wide / 2, top + high / 2, min(side, _AROUND * max(wide, high))
    whole = round(side)
    left_px, top_px = (
        int(np.clip(round(middle - side / 2), 0, most - whole)) for middle, most in ((x, width), (y, height))
    )
    part = pixels[top_px : top_px + whole, left_px : left_px + whole]
    return np.asarray(cv2.resize(part, (side_px, side_px), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@cache
def detector() -> Mtcnn:
    """One for all who look for faces to show; several may ask it at once."""
    return Mtcnn(lambda: LiteRTNetworks(threads=1))
