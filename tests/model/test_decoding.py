"""What happens inside a decoding process, looked at without one."""

import numpy as np
import pytest
from PIL import Image

from model.decoding import MAX_PIXELS, UndecodableError, decode, to_rgb, upright_bands
from tests.model.hostile import encoded, scene

DEEP = [0, 1000, 20000, 40000, 65535]


@pytest.mark.parametrize(
    ("mode", "dtype"), [("I;16", np.uint16), ("I;16B", ">u2"), ("I", np.int32), ("F", np.float32)]
)
def test_more_than_8_bits_are_rescaled(mode: str, dtype: str) -> None:
    image = Image.frombytes(mode, (5, 1), np.array(DEEP, dtype).tobytes())
    pixels = np.asarray(to_rgb(image))[0, :, 0]
    assert pixels.tolist() == [round(level / 257) for level in DEEP]


def test_values_beyond_16_bits_end_at_black_and_white() -> None:
    image = Image.frombytes("I", (2, 1), np.array([-5, 100_000], np.int32).tobytes())
    assert np.asarray(to_rgb(image))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_a_mode_without_alpha_is_converted_as_pillow_does(mode: str) -> None:
    image = scene().convert(mode)
    assert np.array_equal(np.asarray(to_rgb(image)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "RGBa"])
def test_what_is_clear_is_white(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    for step in ["P", "PA"] if mode == "PA" else [mode]:
        image = image.convert(step)
    if mode == "PA":
        image.putalpha(0)
    assert image.mode == mode
    assert np.asarray(to_rgb(image)).min() == 255


def test_a_decoded_picture_leaves_in_bands_of_limited_size() -> None:
    decoded = decode(encoded(scene(3000, 2000), "BMP"), "BMP", MAX_PIXELS)
    bands = list(upright_bands(decoded))
    assert len(bands) > 5
    assert sum(band.height for band in bands) == 2000
    assert np.array_equal(np.vstack([np.asarray(band) for band in bands]), np.asarray(scene(3000, 2000)))


def test_a_progressive_jpeg_too_large_for_the_memory_is_refused_before_it_is_decoded() -> None:
    options = {"progressive": True, "subsampling": 0, "quality": 30}
    data = encoded(Image.new("RGB", (8000, 6000)), "JPEG", **options)
    with pytest.raises(UndecodableError) as caught:
        decode(data, "JPEG", MAX_PIXELS)
    assert caught.value.code == "too_many_pixels"
    assert caught.value.facts["max_mp"] == 42
    assert decode(data, "JPEG", 3_000_000).full_size == (8000, 6000)
