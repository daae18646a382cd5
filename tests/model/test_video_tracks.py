"""A face that was lost for a moment is one face, and what is no face is dropped."""

from unittest.mock import Mock

import numpy as np
import pytest

from model import video_tracks
from model.faces import Pixels
from model.pipeline import UNSURE
from model.video_pieces import Piece, Sighting
from model.video_tracks import (
    HOLD_S,
    JOIN_GAP_S,
    Followed,
    box_at,
    joined,
    people,
)

EVERY_S = 0.25
rng = np.random.default_rng(3)


def coloured(red: int, green: int, blue: int) -> Pixels:
    noise = rng.integers(-12, 12, (32, 32, 3))
    return (np.array([red, green, blue]) + noise).clip(0, 255).astype(np.uint8)


def piece(
    start_s: float,
    end_s: float,
    x: float = 100,
    *,
    w: float = 80,
    colour: tuple[int, int, int] = (180, 120, 90),
    score: float = 0.99,
    pace: float = 0,
    p_male: float = 0.05,
    label: str = "female",
) -> Piece:
    made = Piece()
    for number in range(round((end_s - start_s) / EVERY_S) + 1):
        at_s = start_s + number * EVERY_S
        box = (x + pace * (at_s - start_s), 50.0, w, w * 1.2)
        made.add(Sighting(at_s, box, score, p_male, label, 0.95), coloured(*colour))
    return made


def found(*pieces: Piece, looks: int = 100) -> list[Followed]:
    faces, _ = people(pieces, every_s=EVERY_S, looks=looks, sure_at=0.8)
    return faces


def test_a_face_that_looks_away_for_a_moment_is_one() -> None:
    [face] = found(piece(0, 4), piece(6, 10, x=130), piece(12, 15))

    assert (face.number, face.first_s, face.last_s) == (1, 0, 15)
    assert len(face.sightings) == 17 + 17 + 13


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (piece(4 + JOIN_GAP_S + 1, 20), "it came too late"),
        (piece(5, 10, x=400), "it is elsewhere"),
        (piece(5, 10, w=200), "it is far larger"),
        (piece(5, 10, colour=(60, 90, 200)), "its colours are others: a cut"),
        (piece(2, 10, x=150), "both are there at the same time"),
    ],
)
def test_another_face_stays_another(other: Piece, why: str) -> None:
    assert len(joined([piece(0, 4), other])) == 2, why


@pytest.mark.parametrize(
    "spurious",
    [
        piece(3, 3.25),  # twice, and never again
        piece(3, 8, score=0.9),  # never certain
    ],
)
def test_what_is_no_face_is_dropped(spurious: Piece) -> None:
    faces = found(piece(0, 10), spurious)

    assert [face.last_s for face in faces] == [10]


def test_what_is_found_now_and_then_is_dropped() -> None:
    flicker = piece(3, 8)
    flicker.sightings[:] = flicker.sightings[::4] + flicker.sightings[-1:]

    assert len(found(piece(0, 10), flicker)) == 1


def test_in_a_clip_of_one_frame_one_look_is_enough() -> None:
    assert len(found(piece(0, 0), looks=1)) == 1


def test_the_box_is_on_its_way_between_two_looks_and_gone_in_a_gap() -> None:
    [face] = found(piece(0, 4, pace=40), piece(4 + 2 * HOLD_S, 9, x=260, pace=40))

    place = box_at(face, 1.1, EVERY_S)
    assert place is not None
    assert place[0][0] == pytest.approx(100 + 40 * 1.1, abs=0.5)
    assert box_at(face, 4 + HOLD_S, EVERY_S) is None
    assert box_at(face, 30, EVERY_S) is None
    steps = [box_at(face, at / 30, EVERY_S) for at in range(110)]
    across = [step[0][0] for step in steps if step]
    assert np.abs(np.diff(across) - 40 / 30).max() < 0.3


def test_a_trembling_box_is_calmed() -> None:
    shaking = piece(0, 5)
    for number, one in enumerate(shaking.sightings):
        x, y, w, h = one.box
        shaking.sightings[number] = Sighting(
            one.at_s, (x + 6 * (number % 2), y, w, h), 0.99, 0.1, "female", 0.9
        )

    [face] = found(shaking)

    across = [one.box[0] for one in face.sightings[1:-1]]
    assert max(across) - min(across) < 1


def test_the_answer_over_all_and_the_time_in_which_it_was_not_sure() -> None:
    first = piece(0, 5, p_male=0.1)
    second = piece(5.25, 10, p_male=0.5, label=UNSURE)

    [face] = found(first, second)

    assert face.label == UNSURE  # half of the moments say nothing
    assert face.unsure == pytest.approx(0.48, abs=0.03)
    assert [(one.label, round(one.start_s, 2)) for one in face.stretches] == [("female", 0.0), (UNSURE, 5.25)]
    told = face.as_json()
    assert told["probabilities"]["female"] + told["probabilities"]["male"] == pytest.approx(1)


def test_moments_at_which_the_model_was_not_asked_do_not_count() -> None:
    seen = piece(0, 5, p_male=0.1)
    for number in range(1, len(seen.sightings), 2):
        one = seen.sightings[number]
        seen.sightings[number] = Sighting(one.at_s, one.box, one.score, None, one.label, one.confidence)

    [face] = found(seen)

    assert face.p_male == pytest.approx(0.1)
    assert face.as_json()["sightings"][1]["p_male"] is None


def test_what_is_long_over_is_not_compared_with_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    compare = Mock(wraps=video_tracks._alike)
    monkeypatch.setattr(video_tracks, "_alike", compare)
    apart_s = JOIN_GAP_S + 2

    assert len(joined([piece(number * apart_s, number * apart_s + 1) for number in range(30)])) == 30
    compare.assert_not_called()


def test_of_more_faces_than_are_told_of_the_longest_stay_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(video_tracks, "MOST_TRACKS", 1)

    [longest], more = people([piece(0, 4), piece(0, 9, x=400)], every_s=EVERY_S, looks=100, sure_at=0.8)

    assert (longest.last_s, more) == (9, True)
