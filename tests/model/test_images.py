"""Bytes to upright RGB, or one sentence; through the real worker processes."""

import dataclasses
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from model import images
from model.images import MAX_PIXELS, PhotoError, load
from tests.model import hostile
from tests.model.hostile import encoded, scene
from tests.model.workers import peaks_mb

pillow_heif.register_heif_opener()

FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 95},
    "HEIF": {"quality": 95, "chroma": 444},
    "GIF": {},
    "BMP": {},
}
SAMPLES = {format: encoded(scene(), format, **options) for format, options in FORMATS.items()}
INVERSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded_as(stored: Image.Image, format: str, orientation: int) -> bytes:
    """The pixels as they are, with the note that says which way is up."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if format == "HEIF":  # its writer turns by what the picture itself says
        stored = stored.copy()
        stored.info["exif"] = exif.tobytes()
        return encoded(stored, format, **FORMATS[format])
    return encoded(stored, format, exif=exif, **FORMATS[format])


def half_clear(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The picture with alpha falling from left to right, and what it is over white."""
    ramp = np.tile(np.linspace(255, 0, image.width).astype(np.uint8), (image.height, 1))
    share = ramp[..., None] / 255
    over_white = np.asarray(image.convert("RGB")) * share + 255 * (1 - share)
    with_alpha = image.copy()
    with_alpha.putalpha(Image.fromarray(ramp))
    return with_alpha, Image.fromarray(over_white.round().astype(np.uint8))


def cmyk(format: str) -> tuple[bytes, Image.Image]:
    inks = scene().convert("CMYK")
    return encoded(inks, format, quality=95), inks.convert("RGB")


def grey_in_16_bits() -> tuple[bytes, Image.Image]:
    levels = np.linspace(0, 65535, 120 * 160).reshape(120, 160)
    return hostile.grey_16_bit(levels), Image.fromarray((levels / 257).round().astype(np.uint8))


def dark_grey_in_16_bits_with_a_clear_level() -> tuple[bytes, Image.Image]:
    levels = np.full((32, 32), 2570, np.uint16)
    levels[:16] = 5140
    data = hostile.grey_16_bit(levels)
    data = data[:33] + hostile.chunk(b"tRNS", (5140).to_bytes(2, "big")) + data[33:]
    return data, Image.fromarray(np.where(levels == 5140, 255, 10).astype(np.uint8))


def colours_in_16_bits(channels: int) -> tuple[bytes, Image.Image]:
    with_alpha, over_white = half_clear(scene())
    picture, reference = (with_alpha, over_white) if channels == 4 else (scene(), scene())
    return hostile.rgb_16_bit(np.asarray(picture).astype(np.uint32) * 257), reference


def colours_in_16_bits_with_a_clear_one() -> tuple[bytes, Image.Image]:
    levels = np.full((32, 32, 3), (1000, 20_000, 50_000), np.uint16)
    levels[:16] = (40_000, 5_000, 300)
    data = hostile.rgb_16_bit(levels)
    data = data[:33] + hostile.chunk(b"tRNS", levels[0, 0].astype(">u2").tobytes()) + data[33:]
    reference = (levels / 257).round()
    reference[:16] = 255
    return data, Image.fromarray(reference.astype(np.uint8))


def palette_with_clear_colour() -> tuple[bytes, Image.Image]:
    palette = scene().quantize(32)
    indices = np.asarray(palette)
    reference = np.asarray(palette.convert("RGB")).copy()
    reference[indices == indices[0, 0]] = 255
    return encoded(palette, "PNG", transparency=int(indices[0, 0])), Image.fromarray(reference)


def palette_with_alpha() -> tuple[bytes, Image.Image]:
    palette = scene().quantize(8)
    alphas = np.array([255, 0, 128, 200, 40, 255, 90, 10], np.uint8)
    share = alphas[np.asarray(palette)][..., None] / 255
    over_white = np.asarray(palette.convert("RGB")) * share + 255 * (1 - share)
    return encoded(palette, "PNG", transparency=alphas.tobytes()), Image.fromarray(
        over_white.astype(np.uint8)
    )


def gif_with_clear_colour() -> tuple[bytes, Image.Image]:
    palette = scene().quantize(32)
    clear = int(np.asarray(palette)[0, 0])
    reference = np.asarray(palette.convert("RGB")).copy()
    reference[np.asarray(palette) == clear] = 255
    return encoded(palette, "GIF", transparency=clear, optimize=False), Image.fromarray(reference)


def alpha(mode: str, format: str, **options: object) -> tuple[bytes, Image.Image]:
    with_alpha, over_white = half_clear(scene().convert(mode))
    return encoded(with_alpha, format, **options), over_white


def one_bit() -> tuple[bytes, Image.Image]:
    picture = scene().convert("1")
    return encoded(picture, "PNG"), picture.convert("RGB")


def grey(format: str) -> tuple[bytes, Image.Image]:
    picture = scene().convert("L")
    return encoded(picture, format, **FORMATS[format]), picture


CONVERTED: dict[str, Callable[[], tuple[bytes, Image.Image]]] = {
    "1-bit PNG": one_bit,
    "grey PNG": lambda: grey("PNG"),
    "grey JPEG": lambda: grey("JPEG"),
    "grey AVIF": lambda: grey("AVIF"),
    "grey HEIC": lambda: grey("HEIF"),
    "grey BMP": lambda: grey("BMP"),
    "16-bit grey PNG": grey_in_16_bits,
    "16-bit grey PNG with a clear level": dark_grey_in_16_bits_with_a_clear_level,
    "16-bit PNG": lambda: colours_in_16_bits(3),
    "16-bit PNG with alpha": lambda: colours_in_16_bits(4),
    "16-bit PNG with a clear colour": colours_in_16_bits_with_a_clear_one,
    "PNG with alpha": lambda: alpha("RGB", "PNG"),
    "grey PNG with alpha": lambda: alpha("L", "PNG"),
    "WebP with alpha": lambda: alpha("RGB", "WEBP", lossless=True, exact=True),
    "AVIF with alpha": lambda: alpha("RGB", "AVIF", quality=95),
    "HEIC with alpha": lambda: alpha("RGB", "HEIF", quality=95, chroma=444),
    "palette PNG with a clear colour": palette_with_clear_colour,
    "palette PNG with alpha": palette_with_alpha,
    "GIF with a clear colour": gif_with_clear_colour,
    "CMYK JPEG as Photoshop inverts it": lambda: cmyk("JPEG"),
}


def outcome(data: bytes) -> str | None:
    """The code of the sentence, or None for a picture; anything else is a failure of the test."""
    try:
        photo = load(data)
    except PhotoError as error:
        return error.code
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.ndim == 3
    assert photo.pixels.shape[2] == 3
    assert photo.pixels.shape[0] * photo.pixels.shape[1] <= images.WORKING_PX
    return None


def mean_difference(pixels: np.ndarray, reference: Image.Image) -> float:
    expected = np.asarray(reference.convert("RGB"), np.float32)
    assert pixels.shape == expected.shape
    return float(np.abs(pixels.astype(np.float32) - expected).mean())


@pytest.fixture(scope="module")
def good_photo() -> bytes:
    return encoded(scene(640, 480), "JPEG", quality=90)


def assert_bounded(data: bytes, expected: str | None, good_photo: bytes) -> None:
    begin = time.monotonic()
    code = outcome(data)
    assert time.monotonic() - begin < 5
    assert code == expected or (code == "too_slow" and expected is None and len(data) > 50_000)
    assert outcome(good_photo) is None
    assert max(peaks_mb()) < 512


@pytest.mark.parametrize("name", hostile.GENERATED)
def test_a_crafted_file_is_a_picture_or_one_sentence_within_bounds(name: str, good_photo: bytes) -> None:
    make, expected = hostile.GENERATED[name]
    assert_bounded(make(), expected, good_photo)


def test_every_hostile_file_is_a_picture_or_one_sentence_within_bounds(
    hostile_images: Path, good_photo: bytes
) -> None:
    codes = set()
    for file in sorted(hostile_images.iterdir()):
        begin = time.monotonic()
        codes.add(outcome(file.read_bytes()))
        assert time.monotonic() - begin < 5, file.name
    assert outcome(good_photo) is None
    assert max(peaks_mb()) < 512
    assert codes == {None, "not_an_image", "unsupported", "truncated", "too_many_pixels"}


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_cut_in_half_is_called_damaged(format: str) -> None:
    whole = encoded(scene(), format, **FORMATS[format])
    assert outcome(whole) is None
    assert outcome(whole[: len(whole) // 2]) == "truncated"


@settings(max_examples=150)
@given(
    st.one_of(st.just(b""), st.sampled_from(sorted(images._READ)), st.just(b"RIFF\x20\0\0\0WEBP")), st.data()
)
def test_random_bytes_are_a_picture_or_one_sentence(magic: bytes, data: st.DataObject) -> None:
    assert outcome(magic + data.draw(st.binary(max_size=300))) != "busy"


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_photo_with_changed_bytes_is_a_picture_or_one_sentence(
    format: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(SAMPLES[format])
    for where, value in changes:
        data[int(where * len(data))] = value
    assert outcome(bytes(data)) != "busy"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
def test_every_orientation_comes_out_upright_and_is_turned_once(format: str, orientation: int) -> None:
    upright = scene(96, 64)
    stored = upright.transpose(INVERSE[orientation]) if orientation > 1 else upright
    photo = load(encoded_as(stored, format, orientation))
    assert photo.full_size == upright.size
    assert mean_difference(photo.pixels, upright) < 3


def test_a_heic_is_turned_by_its_container_and_not_by_its_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    only_exif = encoded(scene(96, 64), "HEIF", exif=exif)
    assert b"irot" not in only_exif
    assert load(only_exif).full_size == (96, 64)
    assert b"irot" in encoded_as(scene(96, 64), "HEIF", 6)


def test_real_phone_orientations_all_look_the_same(hostile_images: Path) -> None:
    photos = [load((hostile_images / f"exif_Landscape_{n}.jpg").read_bytes()) for n in range(1, 9)]
    small = [Image.fromarray(photo.pixels).resize((40, 30)) for photo in photos]
    assert {photo.full_size for photo in photos} == {photos[0].full_size}
    for other in small[1:]:
        assert mean_difference(np.asarray(other), small[0]) < 6


def test_a_large_picture_is_turned_as_a_small_one_is() -> None:
    upright = scene(2400, 1800)
    photo = load(encoded_as(upright.transpose(INVERSE[6]), "JPEG", 6))
    assert photo.full_size == (2400, 1800)
    height, width = photo.pixels.shape[:2]
    assert mean_difference(photo.pixels, upright.resize((width, height), Image.Resampling.BOX)) < 2


@pytest.mark.parametrize("name", CONVERTED)
def test_a_rare_kind_of_picture_has_the_colours_of_its_reference(name: str) -> None:
    data, reference = CONVERTED[name]()
    assert mean_difference(load(data).pixels, reference) < 2


@pytest.mark.parametrize("size", [(640, 480), (2016, 1512), (4032, 3024)])
def test_jpeg_and_png_of_the_same_pixels_are_the_same_photo(size: tuple[int, int]) -> None:
    jpeg = encoded(scene(*size), "JPEG", quality=95)
    png = encoded(Image.open(io.BytesIO(jpeg)), "PNG", compress_level=1)
    from_jpeg, from_png = load(jpeg), load(png)
    assert from_jpeg.full_size == from_png.full_size == size
    ours = from_png.pixels.shape[1], from_png.pixels.shape[0]
    same_size = np.asarray(Image.fromarray(from_jpeg.pixels).resize(ours, Image.Resampling.BILINEAR))
    assert mean_difference(same_size, Image.fromarray(from_png.pixels)) < 1


@pytest.mark.parametrize("format", FORMATS)
def test_red_stays_red_and_blue_blue(format: str) -> None:
    halves = Image.new("RGB", (64, 32), (220, 20, 30))
    halves.paste((20, 30, 220), (32, 0, 64, 32))
    pixels = load(encoded(halves, format, **FORMATS[format])).pixels
    assert pixels[16, 8, 0] > 150 > pixels[16, 8, 2]
    assert pixels[16, 56, 2] > 150 > pixels[16, 56, 0]


@pytest.mark.parametrize("format", FORMATS)
def test_the_format_is_told_and_nothing_but_pixels_and_sizes_leaves(format: str) -> None:
    photo = load(SAMPLES[format])
    assert photo.format == format
    assert {field.name for field in dataclasses.fields(photo)} == {"pixels", "full_size", "format"}
    assert type(photo.pixels) is np.ndarray


@pytest.mark.parametrize("format", ["JPEG", "PNG", "HEIF"])
@pytest.mark.parametrize("size", [(1251, 999), (999, 1251), (2500, 501)])
def test_a_large_photo_is_shrunk_without_changing_what_it_shows(format: str, size: tuple[int, int]) -> None:
    whole = scene(*size)
    data = encoded(whole, format, **FORMATS[format])
    photo = load(data, working_px=200_000)
    height, width = photo.pixels.shape[:2]
    assert photo.full_size == size
    assert 100_000 <= width * height <= 200_000
    assert abs(width / height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert mean_difference(photo.pixels, whole.resize((width, height), Image.Resampling.BOX)) < 2


def test_shrinking_in_bands_is_shrinking_at_once() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (1237, 1871, 3), np.uint8))
    photo = load(encoded(noise, "BMP"), working_px=300_000)
    height, width = photo.pixels.shape[:2]
    assert mean_difference(photo.pixels, noise.resize((width, height), Image.Resampling.BOX)) < 0.1


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_full_size_can_be_had(format: str) -> None:
    whole = scene(2200, 1601)
    photo = load(encoded(whole, format, **FORMATS[format]), working_px=MAX_PIXELS)
    assert (photo.pixels.shape[1], photo.pixels.shape[0]) == photo.full_size == (2200, 1601)


def test_the_first_frame_of_a_film_like_gif_is_shown() -> None:
    assert load(hostile.long_gif(50)).pixels[8, 8].tolist() == [255, 0, 0]


def test_the_first_answer_is_not_kept_for_the_next_photo() -> None:
    first, second = load(SAMPLES["PNG"]), load(encoded(Image.new("RGB", (40, 30), (1, 2, 3)), "PNG"))
    assert first.pixels.shape != second.pixels.shape
    assert second.pixels[0, 0].tolist() == [1, 2, 3]


def test_an_error_has_its_code_its_facts_and_one_english_sentence() -> None:
    with pytest.raises(PhotoError) as caught:
        load(hostile.one_bit_png(9000, 9000))
    assert caught.value.code == "too_many_pixels"
    assert caught.value.facts == {"width": 9000, "height": 9000, "max_mp": 50, "max_side": 12_000}
    assert "9,000 × 9,000" in str(caught.value)


def test_a_real_photo_is_read(shared_photos: Path) -> None:
    file = shared_photos / "portraits" / "astronaut.png"
    assert mean_difference(load(file.read_bytes()).pixels, Image.open(file)) == 0
