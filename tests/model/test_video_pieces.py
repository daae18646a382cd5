"""What is kept of a clip's faces has an end: the least useful goes first, and that something went is known."""

import io

import numpy as np
from PIL import Image

from model.faces import Pixels
from model.video_pieces import Pieces, Sighting

SIDE = 160


def sighting(at_s: float, wide: float = 40) -> Sighting:
    return Sighting(at_s, (0.0, 0.0, wide, wide), 0.99, 0.9, "male", 0.9)


def crop(seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (SIDE, SIDE, 3), np.uint8)


def seen(pieces: Pieces, number: int, times: int, *, there: tuple[int, ...] = (), wide: float = 40) -> None:
    for at in range(times):
        pieces.add(number, sighting(float(at), wide), crop())
        pieces.bound(there)


def lengths(pieces: Pieces) -> list[int]:
    return [len(piece.sightings) for piece in pieces.kept]


def test_a_crowd_that_passes_leaves_no_more_than_there_is_room_for() -> None:
    pieces = Pieces(most=20)

    for number in range(500):
        seen(pieces, number, 1)

    assert 15 <= len(pieces.kept) <= 20
    assert pieces.left_out


def test_a_crowd_that_stays_leaves_no_more_sightings_than_there_is_room_for() -> None:
    pieces, there = Pieces(most_sightings=100), tuple(range(10))

    for at in range(50):
        for number in there:
            pieces.add(number, sighting(float(at)), crop())
        pieces.bound(there)

    assert pieces.kept
    assert sum(lengths(pieces)) <= 100
    assert set(lengths(pieces)) == {50}  # what is kept is whole


def test_what_was_seen_shortest_goes_first_then_what_is_smallest() -> None:
    pieces = Pieces(most=4)
    for number, times, wide in ((1, 5, 40), (2, 1, 90), (3, 1, 30), (4, 3, 40), (5, 1, 60)):
        seen(pieces, number, times, wide=wide)

    assert [(len(one.sightings), one.sightings[0].box[2]) for one in pieces.kept] == [
        (5, 40),
        (1, 90),
        (3, 40),
    ]


def test_who_is_still_there_stays_before_who_is_gone() -> None:
    pieces = Pieces(most=4)
    for number in (1, 2, 3, 4):
        seen(pieces, number, 3)

    seen(pieces, 5, 1, there=(5,))

    assert lengths(pieces) == [3, 3, 1]


def test_of_who_was_dropped_nothing_is_kept_again_and_nobody_asks() -> None:
    pieces, there = Pieces(most_sightings=4), (1, 2)
    seen(pieces, 1, 3, there=there)
    seen(pieces, 2, 2, there=there)

    assert lengths(pieces) == [3]
    seen(pieces, 2, 1, there=there)
    assert lengths(pieces) == [3]
    assert (pieces.answered_s(2), pieces.answered_s(1)) == (float("inf"), 2.0)


def test_in_an_ordinary_clip_nothing_is_left_out() -> None:
    pieces = Pieces()
    seen(pieces, 1, 5)

    assert (lengths(pieces), pieces.left_out) == ([5], False)


def test_the_best_look_is_kept_packed() -> None:
    pieces = Pieces()
    pieces.add(1, sighting(0, wide=80), crop(1))
    pieces.add(1, sighting(1, wide=20), crop(2))
    packed = io.BytesIO()
    Image.fromarray(crop(1)).save(packed, "JPEG", quality=90)

    assert pieces.kept[0].crop == packed.getvalue()
