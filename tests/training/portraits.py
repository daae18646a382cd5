"""Photos with one real face, made from the one portrait that comes with the repository."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from tests.training.pictures import encoded
from training.datasets import HeldPhoto

ASTRONAUT = Path(__file__).resolve().parents[1] / "samples" / "astronaut.png"


def portrait(number: int = 0) -> Image.Image:
    """Lit and cut a little differently for each number."""
    whole = Image.open(ASTRONAUT).convert("RGB")
    at = 4 * number
    part = whole.crop((60 + at, at, 400 - at, 360 - at))
    return ImageEnhance.Brightness(part).enhance(1 - 0.06 * number)


def face(number: int = 0) -> bytes:
    return encoded(np.asarray(portrait(number)))


def nobody(seed: int = 0) -> bytes:
    """A grey surface."""
    shade = 90 + 10 * seed
    return encoded(np.full((160, 200, 3), shade, np.uint8))


def two_faces() -> bytes:
    """A large face in the middle, and to its left, where it comes first in reading order, a small one."""
    paper = Image.new("RGB", (640, 420), (128, 128, 128))
    paper.paste(portrait(1).resize((96, 100)), (4, 20))
    paper.paste(portrait(0), (170, 40))
    return encoded(np.asarray(paper))


def held() -> list[HeldPhoto]:
    """Six faces, two photos without one, and a file that was cut off."""
    files = [face(0), nobody(0), face(1), face(2), face(0)[:3000], face(3), face(4), nobody(1), face(5)]
    return [
        HeldPhoto(f"photo-{row}.png", row % 2, data, "validation" if row < 8 else "test")
        for row, data in enumerate(files)
    ]
