"""Headscarf, cap, medical mask and sunglasses, drawn on an aligned crop: `draw(kind, crop, rng)`.

An aligned crop has its landmarks at the template, so each covering has a fixed place; what varies is its cloth, its
size and how it sits. Training draws them on women and men alike, so that hair is not the only thing to go by; the
stress test draws them on every evaluation photo.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from model.faces import TEMPLATE
from training.crops import FIELD

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

KINDS = ("headscarf", "cap", "mask", "sunglasses")
OFTEN = (0.4, 0.2, 0.2, 0.2)  # how the kinds share the covered training photos
_SOFT_PX = 0.006  # of the side: the width of an edge


def draw(kind: str, crop: Pixels, rng: np.random.Generator, field: float = FIELD) -> Pixels:
    """The crop with the covering on. `field` says how much wider than the model's view the crop is."""
    place = _Place(crop.shape[0], field, rng)
    shape = {"headscarf": _headscarf, "cap": _cap, "mask": _mask, "sunglasses": _sunglasses}[kind]
    result = crop.astype(np.float32)
    for cover, cloth in shape(place, rng):
        result += cover[..., None] * (cloth - result)
    return np.clip(result, 0, 255).astype(np.uint8)


class _Place:
    """Where things are on this crop, in pixels, with the eyes' distance as the unit of size."""

    def __init__(self, side: int, field: float, rng: np.random.Generator) -> None:
        points = ((TEMPLATE - 0.5) / field + 0.5) * side
        self.side = side
        self.eyes = points[:2]
        self.unit = float(points[1, 0] - points[0, 0])
        self.nose = points[2]
        self.mouth = points[3:].mean(axis=0)
        self.middle = points[:2].mean(axis=0) + rng.normal(0, 0.04, 2) * self.unit

    def blank(self) -> Floats:
        return np.zeros((self.side, self.side), np.float32)

    def at(self, right: float, down: float) -> tuple[int, int]:
        """A point by its distance from between the eyes, in eye distances."""
        x, y = self.middle + np.array([right, down]) * self.unit
        return round(float(x)), round(float(y))

    def ellipse(self, down: float, half_width: float, half_height: float) -> Floats:
        axes = round(half_width * self.unit), round(half_height * self.unit)
        return cv2.ellipse(self.blank(), self.at(0, down), axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)

    def polygon(self, points: list[tuple[float, float]]) -> Floats:
        corners = np.array([self.at(*point) for point in points], np.int32)
        return cv2.fillPoly(self.blank(), [corners], 1.0, cv2.LINE_AA)

    def soft(self, cover: Floats) -> Floats:
        return np.clip(cv2.GaussianBlur(cover, (0, 0), max(0.5, _SOFT_PX * self.side)), 0, 1)


Layer = tuple[Floats, Floats]


def _headscarf(place: _Place, rng: np.random.Generator) -> list[Layer]:
    """Round the face, over hair, ears and neck; the face stays free from the forehead to the chin."""
    wide, high = rng.uniform(1.0, 1.18), rng.uniform(1.45, 1.62)
    face = place.ellipse(0.62 + rng.uniform(-0.06, 0.06), wide, high)
    head = place.ellipse(0.35, wide + rng.uniform(0.4, 0.85), high + rng.uniform(0.35, 0.6))
    fall = rng.uniform(1.9, 2.8)
    body = place.polygon([(-1.5, 0.7), (1.5, 0.7), (fall, 4.5), (-fall, 4.5)])
    cover = np.clip(np.maximum(head, body) - face, 0, 1)
    inner = np.clip(place.ellipse(0.62, wide + 0.09, high + 0.09) - face, 0, 1)
    cloth = _cloth(place, rng)
    return [(place.soft(cover), cloth), (0.45 * place.soft(inner), cloth * 0.45)]


def _cap(place: _Place, rng: np.random.Generator) -> list[Layer]:
    """Over the hair down to the forehead, with or without a brim."""
    brow = -rng.uniform(0.5, 0.72)
    wide = rng.uniform(1.2, 1.45)
    dome = place.ellipse(brow - 0.05, wide, rng.uniform(1.1, 1.5))
    dome[place.at(0, brow)[1] :] = 0
    layers = [(place.soft(dome), _cloth(place, rng))]
    if rng.random() < 0.6:
        brim = place.ellipse(brow, wide * rng.uniform(0.85, 1.1), rng.uniform(0.16, 0.3))
        layers.append((place.soft(brim), _cloth(place, rng)))
    return layers


def _mask(place: _Place, rng: np.random.Generator) -> list[Layer]:
    """From the bridge of the nose to under the chin, with its two loops."""
    top, low = rng.uniform(0.3, 0.55), rng.uniform(1.75, 2.0)
    half = rng.uniform(0.95, 1.1)
    cover = place.polygon(
        [
            (-half, top + 0.25),
            (-0.25, top),
            (0.25, top),
            (half, top + 0.25),
            (half * 0.92, 1.25),
            (0.45, low),
            (-0.45, low),
            (-half * 0.92, 1.25),
        ]
    )
    loops = place.blank()
    for side in (-1, 1):
        for down in (top + 0.3, 1.2):
            cv2.line(
                loops, place.at(side * half * 0.95, down), place.at(side * 1.35, 0.45), 1.0, 1, cv2.LINE_AA
            )
    colour = np.array(
        rng.choice([[170, 205, 225], [235, 235, 235], [30, 30, 35], [150, 190, 180]]), np.float32
    )
    return [
        (0.8 * loops, np.broadcast_to(colour, (place.side, place.side, 3))),
        (place.soft(cover), _shaded(place, colour, rng)),
    ]


def _sunglasses(place: _Place, rng: np.random.Generator) -> list[Layer]:
    wide, high = rng.uniform(0.36, 0.46), rng.uniform(0.26, 0.38)
    cover = place.blank()
    for side in (-0.5, 0.5):
        axes = round(wide * place.unit), round(high * place.unit)
        cv2.ellipse(cover, place.at(side, 0.06), axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    thick = max(1, round(0.07 * place.unit))
    cv2.line(cover, place.at(-0.15, -0.02), place.at(0.15, -0.02), 1.0, thick, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.line(cover, place.at(side * 0.85, -0.05), place.at(side * 1.3, -0.1), 1.0, thick, cv2.LINE_AA)
    colour = np.float32(rng.uniform(5, 60)) * np.ones(3, np.float32)
    return [(rng.uniform(0.85, 1.0) * place.soft(cover), _shaded(place, colour, rng))]


def _cloth(place: _Place, rng: np.random.Generator) -> Floats:
    """One colour, now and then with a pattern, in the folds of cloth."""
    hue = np.array([[[rng.integers(180), rng.integers(0, 170), rng.integers(15, 245)]]], np.uint8)
    colour = cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)
    cloth = _shaded(place, colour, rng)
    if rng.random() < 0.25:
        few = rng.uniform(-50, 50, (rng.integers(4, 14),) * 2 + (3,)).astype(np.float32)
        cloth = cloth + cv2.resize(few, (place.side, place.side), interpolation=cv2.INTER_NEAREST)
    return cloth


def _shaded(place: _Place, colour: Floats, rng: np.random.Generator) -> Floats:
    folds = cv2.resize(
        rng.normal(1, 0.13, (6, 6)).astype(np.float32),
        (place.side, place.side),
        interpolation=cv2.INTER_CUBIC,
    )
    light = np.linspace(rng.uniform(0.85, 1.15), rng.uniform(0.85, 1.15), place.side, dtype=np.float32)
    grain = rng.normal(0, 3, (place.side, place.side, 1)).astype(np.float32)
    return colour * (folds * light[None, :])[..., None] + grain
