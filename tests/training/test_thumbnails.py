"""A small square shows the face of an upright photo, and all of a photo that is little more than one."""

import numpy as np
import pytest
from PIL import Image

from model import images
from model.images import PhotoError
from tests.training import portraits
from tests.training.pictures import encoded
from training import thumbnails

SIDE = 96


def upright(face_at: tuple[int, int], size: tuple[int, int] = (700, 1400)) -> bytes:
    """A grey wall as high as a phone's photo, and somebody in front of it."""
    paper = Image.new("RGB", size, (128, 128, 128))
    paper.paste(portraits.portrait(0), face_at)
    return encoded(np.asarray(paper))


@pytest.mark.parametrize("face_at", [(180, 10), (0, 1040), (340, 500)])
def test_of_a_large_photo_the_face_is_cut_out_wherever_it_is(face_at: tuple[int, int]) -> None:
    shown = thumbnails.square(upright(face_at), SIDE)

    assert shown.shape == (SIDE, SIDE, 3)
    [face] = thumbnails.detector().detect(shown, min_face_px=30)
    x, y, wide, high = face.box
    assert abs(x + wide / 2 - SIDE / 2) < SIDE / 5
    assert abs(y + high / 2 - SIDE / 2) < SIDE / 5
    assert wide > SIDE / 3


def test_of_a_small_photo_and_of_one_without_a_face_it_is_the_middle() -> None:
    small = np.asarray(portraits.portrait(0).resize((120, 200)))
    middle = Image.fromarray(small[40:160]).resize((SIDE, SIDE), Image.Resampling.BOX)
    assert np.abs(thumbnails.square(encoded(small), SIDE).astype(int) - np.asarray(middle)).mean() < 8

    wall = thumbnails.square(encoded(np.full((900, 400, 3), 90, np.uint8)), SIDE)
    assert wall.shape == (SIDE, SIDE, 3)
    assert np.abs(wall.astype(int) - 90).max() < 4


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(PhotoError):
        thumbnails.square(b"no photo", SIDE)
    assert images.load(upright((0, 0))).full_size[0] > SIDE
