"""Answers drawn into a picture: seen on every size, told apart without colour, in nobody's way."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor

from model.annotate import COLOURS, INK, WORDS, Mark, _texts, annotate

INDONESIAN = {"female": "tampak perempuan", "male": "tampak laki-laki", "unsure": "tidak yakin"}
SIZES = [(64, 64), (57, 71), (160, 120), (640, 480), (1920, 1080), (12_000, 700), (300, 12_000)]


def grey(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 120, np.uint8)


def mark(x: float, y: float, w: float, h: float, label: str = "male", sure: bool = True) -> Mark:
    return Mark((x, y, w, h), label, 0.93, sure)


def is_colour(pixels: np.ndarray, colour: str) -> np.ndarray:
    return np.asarray(np.equal(pixels, ImageColor.getrgb(colour)).all(axis=2))


def luminance(colour: str) -> float:
    channels = np.array(ImageColor.getrgb(colour)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("size", SIZES)
def test_a_face_is_framed_and_named_on_a_picture_of_any_size(size: tuple[int, int]) -> None:
    width, height = size
    picture = grey(width, height)
    side = min(width, height) / 2
    drawn = annotate(picture, [mark(width / 4, height / 4, side, side)])
    assert drawn.shape == picture.shape
    assert drawn.dtype == np.uint8
    assert (picture == 120).all(), "the picture itself was drawn on"
    assert is_colour(drawn, INK).any()
    plates_and_lines = is_colour(drawn, COLOURS["male"]).sum()
    assert plates_and_lines > 0.002 * min(width, height) ** 2


def test_the_label_is_readable_when_a_large_picture_is_fitted_into_a_screen() -> None:
    drawn = annotate(grey(12_000, 4_000), [mark(6_000, 2_000, 60, 80)])
    beside_the_frame = is_colour(drawn, COLOURS["male"])[:, 6_061:]
    rows = np.flatnonzero(beside_the_frame.any(axis=1))
    assert (rows.max() - rows.min()) / 12_000 * 1_200 > 12


def test_the_whole_label_stays_in_the_picture_wherever_the_face_is() -> None:
    changed = set()
    for x, y in itertools.product((0, 300, 540), (0, 180, 360)):
        drawn = annotate(grey(640, 480), [mark(x, y, 100, 120)])
        changed.add(int((drawn != 120).any(axis=2).sum()))
    assert len(changed) == 1, "a label was cut off or lies on its frame"


@pytest.mark.parametrize("box", [(-50, -50, 80, 80), (600, 440, 500, 500), (-9e3, 9e3, 5, 5), (3, 3, 0, 0)])
def test_a_face_cut_by_the_border_or_beyond_it_is_drawn_as_far_as_it_goes(
    box: tuple[float, float, float, float],
) -> None:
    drawn = annotate(grey(640, 480), [mark(*box)])
    assert is_colour(drawn, COLOURS["male"]).any()


@settings(max_examples=100)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.lists(st.tuples(*[st.floats(-400, 400)] * 2, *[st.floats(0, 400)] * 2), max_size=8),
    st.sampled_from(["female", "male"]),
    st.booleans(),
)
def test_no_size_and_no_box_makes_it_fail(
    size: tuple[int, int], boxes: list[tuple[float, float, float, float]], label: str, sure: bool
) -> None:
    drawn = annotate(grey(*size), [mark(*box, label, sure) for box in boxes])
    assert drawn.shape == (size[1], size[0], 3)


def test_forty_eight_faces_keep_clear_of_labels() -> None:
    places = [(70 + 230 * column, 60 + 170 * row) for row in range(6) for column in range(8)]
    answers = itertools.cycle([("female", True), ("male", True), ("male", False)])
    marks = [mark(x, y, 90, 110, *next(answers)) for x, y in places]
    drawn = annotate(grey(1920, 1080), marks)
    for x, y in places:
        assert np.equal(drawn[y + 12 : y + 98, x + 12 : x + 78], 120).all()
    assert all(is_colour(drawn, colour).any() for colour in COLOURS.values())


def test_a_label_goes_elsewhere_when_its_usual_place_is_a_face() -> None:
    upper, lower = (200, 100, 100, 120), (200, 225, 100, 120)
    for boxes in ((upper, lower), (lower, upper)):
        drawn = annotate(grey(640, 480), [mark(*box) for box in boxes])
        for x, y, w, h in boxes:
            assert np.equal(drawn[y + 8 : y + h - 8, x + 8 : x + w - 8], 120).all()


def test_faces_that_touch_lose_words_rather_than_their_neighbours_faces() -> None:
    places = [(20 + 60 * column, 20 + 70 * row) for row in range(6) for column in range(8)]
    drawn = annotate(grey(520, 460), [mark(x, y, 56, 66) for x, y in places])
    middles = [(drawn[y + 26 : y + 40, x + 20 : x + 36] == 120).all() for x, y in places]
    assert sum(middles) >= 40


def test_the_three_answers_differ_without_their_colours() -> None:
    frames: dict[str, np.ndarray] = {}
    for answer, shape in {
        "female": ("female", True),
        "male": ("male", True),
        "unsure": ("male", False),
    }.items():
        drawn = annotate(grey(640, 480), [mark(200, 200, 200, 200, *shape)])
        frames[answer] = is_colour(drawn, COLOURS[answer])[200:400, 200:400]
    corner = np.s_[:12, :12]
    assert not frames["female"][corner].any()
    assert frames["male"][corner].any()
    along_the_side = {answer: frame[60:140, :12].any(axis=1) for answer, frame in frames.items()}
    assert along_the_side["female"].all()
    assert along_the_side["male"].all()
    assert 0.3 < along_the_side["unsure"].mean() < 0.8


@pytest.mark.parametrize("colour", COLOURS.values())
def test_the_words_stand_out_from_their_plate(colour: str) -> None:
    assert (luminance(INK) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_frames_are_seen_on_black_on_white_and_on_their_own_colour() -> None:
    for ground in ("#000000", "#FFFFFF", *COLOURS.values()):
        picture = np.asarray(Image.new("RGB", (640, 480), ground))
        for label, sure in (("female", True), ("male", True), ("male", False)):
            drawn = annotate(picture, [mark(200, 200, 200, 200, label, sure)])
            assert (drawn[200:400, 200:400] != picture[200:400, 200:400]).any(axis=2).sum() > 1000


def test_the_words_are_the_callers() -> None:
    marks = [mark(200, 200, 200, 200, "female")]
    english, indonesian = annotate(grey(640, 480), marks), annotate(grey(640, 480), marks, INDONESIAN)
    assert is_colour(indonesian, INK).sum() > is_colour(english, INK).sum()


def test_a_label_says_number_word_and_how_sure() -> None:
    assert _texts(3, mark(0, 0, 9, 9, "female"), WORDS)[0] == "3 looks female 93%"
    assert _texts(3, mark(0, 0, 9, 9, "female", sure=False), WORDS)[0] == "3 not sure"
    assert _texts(1, Mark((0, 0, 9, 9), "male", 0.9996, True), WORDS)[0] == "1 looks male >99%"


def test_a_picture_without_marks_is_left_as_it_is() -> None:
    picture = grey(64, 48)
    assert np.array_equal(annotate(picture, []), picture)
