"""Aligned crops: landmarks land on the template, whatever the size, tilt and place of the face."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.faces import TEMPLATE, Face, align, centre_square, in_reading_order, similarity

SIZE = 128


def a_face(scale: float, degrees: float, centre: tuple[float, float]) -> np.ndarray:
    """Landmarks of a face of `scale` pixels, tilted, at a place."""
    turn = np.deg2rad(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return ((TEMPLATE - 0.5) @ matrix.T + centre).astype(np.float32)


def dotted(shape: tuple[int, int], landmarks: np.ndarray, radius: float) -> np.ndarray:
    """A dark picture with a bright dot at every landmark."""
    picture = np.full((*shape, 3), 30, np.uint8)
    for x, y in landmarks:
        cv2.circle(
            picture,
            (round(x * 16), round(y * 16)),
            max(1, round(radius * 16)),
            (230,) * 3,
            -1,
            cv2.LINE_AA,
            4,
        )
    return picture


@pytest.mark.parametrize("scale", [24, 60, 128, 400, 2000])
@pytest.mark.parametrize("degrees", [-45, -20, 0, 10, 45])
def test_the_landmarks_of_any_face_land_on_the_template(scale: int, degrees: int) -> None:
    side = max(200, int(scale * 1.6))
    landmarks = a_face(scale, degrees, (side / 2, side / 2))
    picture = dotted((side, side), landmarks, radius=max(0.7, scale * 0.03))

    crop = align(picture, landmarks, SIZE)

    grey = crop[..., 0].astype(float) - 30
    for x, y in TEMPLATE * SIZE - 0.5:
        window = grey[round(y) - 7 : round(y) + 8, round(x) - 7 : round(x) + 8]
        rows, columns = np.indices(window.shape)
        found = np.array([(window * columns).sum(), (window * rows).sum()]) / window.sum()
        np.testing.assert_allclose(found + [round(x) - 7, round(y) - 7], [x, y], atol=0.8)


@given(
    scale=st.floats(10, 3000),
    degrees=st.floats(-180, 180),
    x=st.floats(-500, 900),
    y=st.floats(-500, 900),
)
def test_any_landmarks_give_a_crop_of_the_right_size(
    scale: float, degrees: float, x: float, y: float
) -> None:
    picture = np.full((300, 400, 3), 77, np.uint8)

    crop = align(picture, a_face(scale, degrees, (x, y)), 48)

    assert crop.shape == (48, 48, 3)
    assert (crop == 77).all()


def test_the_transform_never_mirrors() -> None:
    mirrored = a_face(100, 0, (100, 100)) * [-1, 1] + [200, 0]

    matrix = similarity(mirrored.astype(np.float32), TEMPLATE * SIZE)

    assert np.linalg.det(matrix[:, :2]) > 0


def test_landmarks_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="one place"):
        similarity(np.full((5, 2), 7, np.float32), TEMPLATE)


def test_shrinking_does_not_alias() -> None:
    # One-pixel stripes have a grey mean; skipping pixels would keep some black or white ones.
    picture = np.zeros((1600, 1600, 3), np.uint8)
    picture[:, ::2] = 255

    crop = align(picture, a_face(1200, 0, (800, 800)), 96)

    assert abs(crop.astype(int) - 127).max() < 16


def test_beyond_the_border_the_edge_is_repeated() -> None:
    picture = np.full((100, 100, 3), 50, np.uint8)
    picture[0] = 200

    crop = align(picture, a_face(100, 0, (50, 10)), SIZE)

    assert (crop[:40] == 200).all()


def test_a_wider_field_shows_the_same_face_smaller() -> None:
    landmarks = a_face(300, 0, (300, 300))
    picture = cv2.GaussianBlur(dotted((600, 600), landmarks, 8), (0, 0), 3)

    wide = align(picture, landmarks, 160, field=1.25)

    middle = wide[16:144, 16:144].astype(int)
    assert abs(middle - align(picture, landmarks, SIZE).astype(int)).mean() < 1.5


def test_faces_are_read_left_to_right_then_top_to_bottom() -> None:
    points = np.zeros((5, 2), np.float32)
    faces = [Face((x, y, 9, 9), 0.9, points) for x, y in ((50, 3), (10, 40), (10, 5), (30, 0))]

    assert [face.box[:2] for face in in_reading_order(faces)] == [(10, 5), (10, 40), (30, 0), (50, 3)]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_face_turns_as_its_picture_does(turns: int) -> None:
    landmarks = np.array([[20, 30], [40, 30], [30, 40], [22, 50], [38, 50]], np.float32)
    picture = np.zeros((80, 100), np.uint8)
    for x, y in landmarks.astype(int):
        picture[y, x] = 255
    face = Face((15, 20, 30, 35), 0.9, landmarks)

    turned = face.turned(turns, 100, 80)

    there = np.rot90(picture, turns)
    assert all(there[int(y), int(x)] == 255 for x, y in turned.landmarks)
    x, y, w, h = (int(v) for v in turned.box)
    assert np.count_nonzero(there[y : y + h, x : x + w]) == 5


def test_the_whole_picture_s_centre_square_keeps_its_middle() -> None:
    picture = np.zeros((60, 200, 3), np.uint8)
    picture[:, 70:130] = (10, 200, 30)

    assert (centre_square(picture, 32) == (10, 200, 30)).all()
