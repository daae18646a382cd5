"""The same face keeps its number, its box keeps up with it, and its answer does not flicker."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.faces import Face, Pixels
from model.tracking import LOST_S, MEMORY_S, Tracker

SURE_AT = 0.8
SIZE = (480, 640)
rng = np.random.default_rng(7)
TEXTURE = cv2.GaussianBlur(rng.integers(0, 255, (120, 100, 3), np.uint8), (5, 5), 0)


def face(x: float, y: float, w: float = 100, h: float = 120) -> Face:
    shape = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Face((x, y, w, h), 0.99, shape * (w, h) + np.array([x, y], np.float32))


def frame(*places: tuple[int, int]) -> Pixels:
    picture = np.full((*SIZE, 3), 128, np.uint8)
    for x, y in places:
        picture[y : y + 120, x : x + 100] = TEXTURE
    return picture


def tracker() -> Tracker:
    return Tracker(SURE_AT)


def test_a_face_that_moves_keeps_its_number() -> None:
    faces = tracker()
    for step in range(20):
        faces.take([face(10 + 25 * step, 50)], step / 10)

    [track] = faces.tracks
    assert (track.number, track.looks, faces.count) == (1, 20, 1)
    assert track.face.box[0] == 10 + 25 * 19


def test_two_faces_that_pass_each_other_keep_their_numbers() -> None:
    faces = tracker()
    for step in range(30):
        # In one order, then in the other: the number comes from the place, not from the list.
        both = [face(10 + 15 * step, 20), face(460 - 15 * step, 150)]
        faces.take(both if step % 2 else both[::-1], step / 15)

    assert faces.count == 2
    # In the first frame the face from the right stood first in the list.
    assert [round(track.face.box[0]) for track in faces.tracks] == [460 - 15 * 29, 10 + 15 * 29]


def test_a_face_that_is_missed_for_a_moment_is_the_same_one_and_later_another() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    faces.take([], LOST_S / 2)
    faces.take([face(14, 10)], LOST_S)
    assert [track.number for track in faces.tracks] == [1]

    faces.take([], 3 * LOST_S)
    assert not faces.tracks
    faces.take([face(14, 10)], 3.1 * LOST_S)
    assert [track.number for track in faces.tracks] == [2]


def test_a_face_elsewhere_or_of_another_size_is_another() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    faces.take([face(300, 300)], 0.1)
    faces.take([face(300, 300, 30, 36)], 0.2)

    assert faces.count == 3


@pytest.mark.parametrize(("dx", "dy"), [(6, 0), (0, 5), (-5, -4)])
def test_between_two_looks_the_box_follows_the_face(dx: int, dy: int) -> None:
    faces = tracker()
    x, y = 250, 150
    faces.follow(frame((x, y)))
    faces.take([face(x, y)], 0.0)
    for step in range(1, 11):
        faces.follow(frame((x + dx * step, y + dy * step)))

    [track] = faces.tracks
    assert track.face.box[:2] == pytest.approx((x + 10 * dx, y + 10 * dy), abs=4)
    assert track.face.box[2:] == pytest.approx((100, 120), rel=0.1)
    assert track.face.landmarks[2] == pytest.approx((x + 10 * dx + 50, y + 10 * dy + 72), abs=4)


def test_a_box_grows_with_a_face_that_comes_nearer() -> None:
    faces = tracker()
    faces.follow(frame((250, 150)))
    faces.take([face(250, 150)], 0.0)
    for width in range(102, 122, 2):
        height = round(width * 1.2)
        picture = frame()
        left, top = 300 - width // 2, 210 - height // 2
        picture[top : top + height, left : left + width] = cv2.resize(TEXTURE, (width, height))
        faces.follow(picture)

    assert faces.tracks[0].face.box[2] == pytest.approx(120, rel=0.06)


def test_what_the_detector_saw_some_frames_ago_is_moved_to_where_the_face_is_now() -> None:
    faces = tracker()
    faces.follow(frame((100, 100)))
    faces.take([face(100, 100)], 0.0)
    then = faces.where()
    for step in range(1, 9):
        faces.follow(frame((100 + 5 * step, 100)))

    faces.take([face(102, 101)], 0.3, then)

    [track] = faces.tracks
    assert track.number == 1
    assert track.face.box[:2] == pytest.approx((142, 101), abs=4)


def test_a_face_that_appeared_meanwhile_is_not_taken_for_one_of_before() -> None:
    faces = tracker()
    then = faces.where()
    faces.take([face(100, 100)], 0.0)

    faces.take([face(300, 100)], 0.2, then)

    assert [track.number for track in faces.tracks] == [1, 2]


def test_a_face_found_while_the_detector_had_the_next_frame_already_is_not_counted_twice() -> None:
    faces = tracker()
    then = faces.where()  # nobody is known yet, on both frames
    faces.take([face(100, 100)], 0.0, then)

    faces.take([face(106, 100)], 0.1, then)

    assert [(track.number, track.looks) for track in faces.tracks] == [(1, 2)]


def test_frames_that_agree_are_sure_and_no_surer_than_one_of_them() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    for step in range(30):
        faces.answer(1, 0.9, step / 10)

    [track] = faces.tracks
    assert (track.label, track.sure) == ("male", True)
    assert track.confidence == pytest.approx(0.9)


def test_frames_that_disagree_are_not_sure() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    for step in range(30):
        faces.answer(1, 0.97 if step % 2 else 0.04, step / 20)

    assert faces.tracks[0].label == "unsure"


def test_an_answer_round_the_bar_does_not_flicker() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    faces.answer(1, 0.95, 0.0)
    labels = set()
    for step in range(1, 80):
        faces.answer(1, SURE_AT + 0.015 * math.sin(step), step / 10)
        labels.add(faces.tracks[0].label)

    assert labels == {"male"}


@pytest.mark.parametrize(("sure_at", "label"), [(1.0, "unsure"), (0.999, "male")])
def test_a_model_that_is_never_sure_is_not_sure_of_a_face_that_stays_either(
    sure_at: float, label: str
) -> None:
    faces = Tracker(sure_at)
    faces.take([face(10, 10)], 0.0)
    for step in range(20):
        faces.answer(1, 1.0, step / 10)

    assert faces.tracks[0].label == label


def test_who_looks_different_from_now_on_gets_the_other_answer_in_time() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    for step in range(20):
        faces.answer(1, 0.05, step / 10)
    assert faces.tracks[0].label == "female"
    for step in range(20, 20 + round(40 * MEMORY_S)):
        faces.answer(1, 0.95, step / 10)

    assert faces.tracks[0].label == "male"


def test_a_face_nobody_was_asked_about_has_no_label_and_one_that_is_gone_is_passed_over() -> None:
    faces = tracker()
    faces.take([face(10, 10)], 0.0)
    faces.answer(7, 0.9, 0.1)

    assert faces.tracks[0].label is None
    assert not faces.tracks[0].sure


def test_other_frame_sizes_and_faces_beyond_the_edge_are_followed_without_a_fault() -> None:
    faces = tracker()
    faces.follow(frame((10, 10)))
    faces.take([face(-40, -30), face(620, 470)], 0.0)
    faces.follow(np.zeros((720, 1280, 3), np.uint8))
    faces.follow(np.zeros((720, 1280, 3), np.uint8))
    faces.follow(np.zeros((3, 5, 3), np.uint8))

    assert len(faces.tracks) == 2


boxes = st.lists(st.tuples(st.floats(-50, 600), st.floats(-50, 400), st.floats(1, 300)), max_size=6)


@settings(max_examples=60)
@given(st.lists(boxes, max_size=8))
def test_numbers_are_never_used_twice_and_no_face_is_two_tracks(looks: list[list[tuple[float, ...]]]) -> None:
    faces = tracker()
    for step, found in enumerate(looks):
        given_back = faces.take([face(x, y, w, w) for x, y, w in found], step / 10)
        numbers = [track.number for track in given_back if track]
        assert len(numbers) == len(set(numbers)) == len(found)
    assert len({track.number for track in faces.tracks}) == len(faces.tracks) <= faces.count
