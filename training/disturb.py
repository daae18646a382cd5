"""What everyday cameras and croppers do to a face, done at random to a training crop: `disturb(crop, size, rng)`.

Works on the wide crops of `crops.py` with OpenCV, one photo at a time, so that each photo is warped only once and at
full resolution. The gentler, layer-based presets that the Train page offers are in `augmentation.py`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training import coverings
from training.crops import FIELD

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Strength:
    """How often and how far; the defaults are those of the shipped model (EXPERIMENTS.md)."""

    covered: float = 0.14
    masked: float = 0.4
    zoom: tuple[float, float] = (0.84, 1.14)
    shift: float = 0.045
    turn_sd: float = 0.09
    small: float = 0.16
    blurred: float = 0.08
    compressed: float = 0.12
    grey: float = 0.12
    tinted: float = 0.38
    lit: float = 0.7
    dim: float = 0.1
    noisy: float = 0.15
    erased: float = 0.12


EVERYDAY = Strength()


def disturb(crop: Pixels, size: int, rng: np.random.Generator, strength: Strength = EVERYDAY) -> Floats:
    """A size x size variant of a wide crop, as float32 pixels from 0 to 255."""
    if rng.random() < strength.covered:
        crop = coverings.draw(str(rng.choice(coverings.KINDS, p=coverings.OFTEN)), crop, rng)
    if rng.random() < strength.masked:
        crop = mask_edges(crop, rng)
    low, high = strength.zoom
    dx, dy = rng.uniform(-strength.shift, strength.shift, 2)
    turn = rng.normal(0, strength.turn_sd)
    view = look(crop, size, rng.uniform(low, high), dx, dy, turn, flip=rng.random() < 0.5)
    view = _lose_detail(view, rng, strength)
    return np.clip(_relight(view.astype(np.float32), rng, strength), 0, 255)


def look(
    crop: Pixels,
    size: int,
    zoom: float = 1.0,
    dx: float = 0.0,
    dy: float = 0.0,
    turn: float = 0.0,
    *,
    flip: bool = False,
) -> Pixels:
    """The wide crop as the model would see it; `zoom` below 1 is closer, shifts are in sides, `turn` in radians."""
    side = crop.shape[0]
    scale = size / (side / FIELD * zoom)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0]])
    if flip:
        matrix[0] *= -1
    centre = side / 2 - 0.5 + np.array([dx, dy]) * side / FIELD
    if scale < 0.8:
        # Shrink by area first; a bilinear warp alone would skip pixels.
        small = max(1, round(side * scale))
        crop = np.asarray(cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        matrix[:, :2] *= side / small
        centre = (centre + 0.5) * small / side - 0.5
    matrix[:, 2] = (size / 2 - 0.5) - matrix[:, :2] @ centre
    view = cv2.warpAffine(crop, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(view, np.uint8)


def mask_edges(crop: Pixels, rng: np.random.Generator) -> Pixels:
    """Repeat an inner row or column to the border, as where a photo ends close to the face.

    UTKFace's photos all end at the forehead. Without this a model could tell the collections apart by it.
    """
    crop = crop.copy()
    side = crop.shape[0]
    top = int(rng.uniform(0, 0.36) * side) if rng.random() < 0.8 else 0
    bottom = int(rng.uniform(0, 0.2) * side) if rng.random() < 0.4 else 0
    left = int(rng.uniform(0, 0.25) * side) if rng.random() < 0.5 else 0
    right = int(rng.uniform(0, 0.25) * side) if rng.random() < 0.5 else 0
    crop[:top] = crop[top]
    crop[side - bottom :] = crop[side - bottom - 1]
    crop[:, :left] = crop[:, left : left + 1]
    crop[:, side - right :] = crop[:, side - right - 1 : side - right]
    return crop


def _lose_detail(view: Pixels, rng: np.random.Generator, strength: Strength) -> Pixels:
    """Far away, out of focus, or squeezed by a messenger."""
    size = view.shape[0]
    way = rng.random()
    if way < strength.small:
        few = int(rng.uniform(24, 64))
        small = cv2.resize(view, (few, few), interpolation=cv2.INTER_AREA)
        back = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
        view = np.asarray(cv2.resize(small, (size, size), interpolation=back), np.uint8)
    elif way < strength.small + strength.blurred:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), rng.uniform(0.6, 2.0)), np.uint8)
    if rng.random() < strength.compressed:
        _, encoded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(20, 70))])
        view = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return view


def _relight(view: Floats, rng: np.random.Generator, strength: Strength) -> Floats:
    """Other light, other cameras, something in front of the lens."""
    colour = rng.random()
    if colour < strength.grey:
        grey = view @ np.array([0.299, 0.587, 0.114], np.float32)
        view = np.repeat(grey[..., None], 3, axis=2)
    elif colour < strength.grey + strength.tinted:
        view = view * rng.uniform(0.82, 1.18, 3).astype(np.float32)
    if rng.random() < strength.lit:
        mean = view.mean()
        view = (view - mean) * np.float32(rng.uniform(0.65, 1.3)) + mean * np.float32(rng.uniform(0.6, 1.25))
    if rng.random() < strength.dim:
        bend = rng.uniform(1.3, 2.4)
        view = (255 * (np.clip(view, 0, 255) / 255) ** bend).astype(np.float32)
    if rng.random() < strength.noisy:
        view = view + rng.normal(0, rng.uniform(2, 12), view.shape).astype(np.float32)
    if rng.random() < strength.erased:
        high, wide = (int(part) for part in rng.uniform(0.15, 0.4, 2) * view.shape[0])
        top, left = rng.integers(0, view.shape[0] - high), rng.integers(0, view.shape[1] - wide)
        view[top : top + high, left : left + wide] = rng.uniform(0, 255, 3)
    return view
