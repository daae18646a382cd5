"""A face as it might have come instead: `redraw(condition, crop, size, seed, id)`, the same picture every time.

Starts from the wide crops of `crops.py`. Coverings are those of `coverings.py`; the other conditions have one fixed
strength each, so that their figures can be compared from model to model.
"""

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from training import coverings
from training.disturb import look

Pixels = NDArray[np.uint8]

PLAIN = "plain"
CONDITIONS = (PLAIN, *coverings.KINDS, "dark", "blurred", "compressed", "small")

# A dim room: about a seventh of the light (0.42 once encoded), and the grain that a camera adds to make up for it.
DARK, GRAIN_SD = 0.42, 8.0
BLUR = 0.02  # of the side: out of focus, or moved
JPEG_QUALITY = 10
SMALL_FACE_PX = 24
# The detector's box is as wide as this part of the crop (mean over All-Age-Faces' first 200 validation photos).
_BOX = 0.6


def redraw(condition: str, crop: Pixels, size: int, seed: int, id_: str) -> Pixels:
    """The wide crop as the model would see it, size x size, under this condition."""
    random = _random(condition, seed, id_)
    if condition in coverings.KINDS:
        return look(coverings.draw(condition, crop, random), size)
    view = look(crop, size)
    if condition == "dark":
        dim = view * np.float32(DARK) + random.normal(0, GRAIN_SD, view.shape)
        return np.clip(dim, 0, 255).astype(np.uint8)
    if condition == "blurred":
        return np.asarray(cv2.GaussianBlur(view, (0, 0), BLUR * size), np.uint8)
    if condition == "compressed":
        _, file = cv2.imencode(".jpg", view[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1], np.uint8)
    if condition == "small":
        few = round(SMALL_FACE_PX / _BOX)
        small = cv2.resize(view, (few, few), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    if condition != PLAIN:
        raise ValueError(f"{condition} is not one of {', '.join(CONDITIONS)}.")
    return view


def _random(condition: str, seed: int, id_: str) -> np.random.Generator:
    """By the photo's name, not its place: the same in another order, and for a page that shows one photo only."""
    digest = hashlib.sha256(f"{seed}\0{condition}\0{id_}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
