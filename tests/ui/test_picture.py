import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ui.picture import SHOWN_PX, address, ready, shares


@pytest.mark.parametrize(("width", "height"), [(4000, 1000), (300, 900), (1, 3000)])
def test_a_picture_is_no_larger_than_the_screen_shows_and_keeps_its_shape(width: int, height: int) -> None:
    shown = ready(np.zeros((height, width, 3), np.uint8))

    inside = Image.open(io.BytesIO(base64.b64decode(shown.address.partition(",")[2])))
    assert inside.size == (shown.width, shown.height)
    assert max(inside.size) == min(SHOWN_PX, max(width, height))
    assert shown.width / shown.height == pytest.approx(width / height, rel=0.02, abs=0.002)


def test_metadata_does_not_travel_with_the_picture() -> None:
    image = Image.new("RGB", (8, 8))
    image.getexif()[0x010E] = "Jalan Merdeka 1"

    content = base64.b64decode(address(image).partition(",")[2])

    assert b"Merdeka" not in content


sides = st.floats(-500, 1500)


@given(sides, sides, st.floats(0, 900), st.floats(0, 900))
def test_a_frame_never_leaves_the_picture(x: float, y: float, w: float, h: float) -> None:
    left, top, width, height = shares((x, y, w, h), 640, 480)

    assert left >= 0 <= top
    assert width >= 0 <= height
    assert left + width <= 1 + 1e-9 or width == 0
    assert top + height <= 1 + 1e-9 or height == 0


def test_a_frame_lies_where_the_face_does() -> None:
    assert shares((64, 48, 128, 96), 640, 480) == pytest.approx((0.1, 0.1, 0.2, 0.2))
