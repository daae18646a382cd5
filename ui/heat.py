"""Where on a crop the evidence lay, painted over it in the colours of the two answers.

Evidence for *female* is indigo and evidence for *male* amber, which every kind of eye tells apart. Lines say the same
without colour: the solid one holds half of what spoke for the answer, the dashed one half of what spoke against it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageColor

SHOWN_PX = 480
# Less than this, as a share of what spoke for the answer, is not worth a line.
HARDLY_ANYTHING = 0.05
_SMOOTH = 0.05  # of the side: the map is only a few squares wide
_CONTRAST = 1.5
_DASH_PX, _GAP_PX = 11, 9


@dataclass(frozen=True)
class Outlines:
    """Closed lines in pixels of the shown picture."""

    towards: list[np.ndarray]
    against: list[np.ndarray]


def painted(
    crop: np.ndarray, evidence: np.ndarray, opacity: float, colour_for: str, colour_against: str
) -> Image.Image:
    """`evidence` is -1 to 1, above zero for the answer; `opacity` is of the place that said most."""
    size = (SHOWN_PX, SHOWN_PX)
    picture = cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    said = shown(evidence)
    strength = (opacity * np.abs(said) ** _CONTRAST)[..., None]
    paint = np.where(said[..., None] > 0, _rgb(colour_for), _rgb(colour_against))
    mixed = np.ascontiguousarray((picture * (1 - strength) + paint * strength).clip(0, 255).astype(np.uint8))
    if opacity > 0:
        lines = outlines(said)
        for line in lines.towards:
            _draw(mixed, [line], colour_for)
        for line in lines.against:
            _draw(mixed, _dashes(line), colour_against)
    return Image.fromarray(mixed)


def shown(evidence: np.ndarray) -> np.ndarray:
    """The evidence as large as the picture on the page, its strongest place 1 or -1."""
    large = cv2.resize(np.asarray(evidence, np.float32), (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), _SMOOTH * SHOWN_PX, borderType=cv2.BORDER_REFLECT)
    most = float(np.abs(smooth).max())
    return np.asarray(smooth / most if most > 0 else smooth)


def outlines(said: np.ndarray) -> Outlines:
    towards, against = np.maximum(said, 0), np.maximum(-said, 0)
    hardly = against.sum() < HARDLY_ANYTHING * towards.sum()
    return Outlines(_round(_half(towards)), [] if hardly else _round(_half(against)))


def _half(amounts: np.ndarray) -> np.ndarray:
    """The places that hold half of the whole, the strongest first."""
    whole = amounts.sum()
    if whole <= 0:
        return np.zeros(amounts.shape, bool)
    falling = np.sort(amounts, axis=None)[::-1]
    least = falling[np.searchsorted(np.cumsum(falling, dtype=np.float64), whole / 2)]
    return np.asarray(amounts >= least)


def _round(places: np.ndarray) -> list[np.ndarray]:
    found, _ = cv2.findContours(places.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return [line[:, 0] for line in found if len(line) > 2]


def _dashes(line: np.ndarray) -> list[np.ndarray]:
    return [line[start : start + _DASH_PX] for start in range(0, len(line), _DASH_PX + _GAP_PX)]


def _draw(picture: np.ndarray, pieces: list[np.ndarray], colour: str) -> None:
    """In white on the answer's colour, so that a line is seen on any skin and any background."""
    closed = len(pieces) == 1
    for ink, width in ((ImageColor.getrgb(colour), 6), ((255, 255, 255), 2)):
        cv2.polylines(picture, pieces, closed, ink, width, cv2.LINE_AA)


def _rgb(colour: str) -> np.ndarray:
    return np.array(ImageColor.getrgb(colour), np.float32)
