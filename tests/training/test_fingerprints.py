"""Copies are found whatever the file, near copies whatever the size, light and compression; strangers are not."""

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.pictures import encoded, photo, pixels
from training.datasets import HeldPhoto, in_memory, open_dataset
from training.fingerprints import (
    NEAR_BITS,
    _alike,
    copies,
    near_copies,
    same_picture,
    take,
)


def prints_of(*files: bytes):  # type: ignore[no-untyped-def]
    return take(in_memory([HeldPhoto(str(row), 0, data) for row, data in enumerate(files)]))


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """Thirty different faces, all cut alike."""
    home = os.environ.get("RUPA_DATA")
    if not home or not Path(home, "celeba").is_dir():
        pytest.skip("needs CelebA in RUPA_DATA, and there is none")
    dataset = open_dataset("celeba", Path(home))
    one_each = dataset.table.drop_duplicates("identity").index[:30]
    return [
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        for _, data in dataset.scan(one_each)
    ]


def test_equal_pixels_are_copies_in_any_file() -> None:
    prints = prints_of(photo(1, "PNG"), photo(2, "PNG"), photo(1, "BMP"), photo(1, "PNG"))
    assert copies(prints).tolist() == [[0, 2], [0, 3]]
    assert near_copies(prints).tolist() == []
    assert same_picture(prints).tolist() == [0, 1, 0, 0]


def test_faces_of_different_people_are_not_the_same(faces: list[np.ndarray]) -> None:
    prints = prints_of(*(encoded(face) for face in faces))
    assert len(set(same_picture(prints).tolist())) == len(faces)


@pytest.mark.parametrize(
    "change",
    [
        lambda face: encoded(face, "JPEG", quality=40),
        lambda face: encoded(cv2.resize(face, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
        lambda face: encoded(cv2.resize(face, None, fx=1.7, fy=1.7)),
        lambda face: encoded((face * 0.7).astype(np.uint8), "JPEG"),
        lambda face: encoded(np.repeat(face.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)),
        lambda face: encoded(face[2:-2, 2:-2]),
    ],
    ids=["compressed", "shrunk", "enlarged", "darker", "grey", "cut a little"],
)
def test_a_changed_copy_of_a_face_is_near_to_it_and_to_no_other(faces: list[np.ndarray], change) -> None:  # type: ignore[no-untyped-def]
    prints = prints_of(*(encoded(face) for face in faces), *(change(face) for face in faces))
    near = near_copies(prints)
    found = {tuple(pair) for pair in near.tolist()}
    expected = {(row, row + len(faces)) for row in range(len(faces))}
    assert found <= expected
    assert len(found) >= 0.9 * len(expected)


def test_blank_pictures_are_near_to_nothing() -> None:
    blanks = [np.full((50, 50, 3), level, np.uint8) for level in (0, 10, 200)]
    prints = prints_of(*map(encoded, blanks), encoded(blanks[0]))
    assert near_copies(prints).tolist() == []
    assert copies(prints).tolist() == [[0, 3]]


def test_what_cannot_be_read_is_named_and_like_nothing() -> None:
    prints = prints_of(photo(1), b"", b"no picture", photo(1)[:200], photo(1))
    assert prints.problems == {1: "empty", 2: "not_an_image", 3: "truncated"}
    assert prints.readable.tolist() == [True, False, False, False, True]
    assert copies(prints).tolist() == [[0, 4]]
    assert prints.sizes[0].tolist() == [96, 96]


def test_a_thousand_copies_are_no_million_pairs() -> None:
    prints = prints_of(*[photo(1)] * 300, *[photo(1, "JPEG")] * 300)
    assert len(copies(prints)) == 598
    assert len(near_copies(prints)) == 1
    assert set(same_picture(prints).tolist()) == {0}


def test_the_look_up_finds_every_pair_that_comparing_all_finds() -> None:
    """Half of the hashes have a neighbour with one or two bits changed in each of the four bands: the hardest case."""
    random = np.random.default_rng(5)
    hashes = random.integers(0, 2**64, 2000, dtype=np.uint64)
    for row in range(0, 2000, 2):
        bits = [16 * band + row // 2 % 16 for band in range(4)] + random.integers(64, size=3).tolist()
        hashes[row + 1] = hashes[row] ^ np.uint64(sum(1 << bit for bit in set(bits[: 4 + row % 4])))
    apart = np.bitwise_count(hashes[:, None] ^ hashes[None])
    expected = {(i, j) for i, j in np.argwhere(apart <= NEAR_BITS).tolist() if i < j}
    found = {tuple(pair) for pairs in _alike(hashes) for pair in pairs.tolist()}
    assert found == expected
    assert len(expected) > 700


def test_equal_hashes_of_unlike_pictures_are_no_near_copies() -> None:
    prints = prints_of(*(photo(seed) for seed in range(4)))
    one_hash = replace(prints, hashes=np.full(4, prints.hashes[0]))
    assert near_copies(one_hash).tolist() == []
    half_alike = prints.thumbs.copy()
    half_alike[1] = prints.thumbs[0] // 2 + prints.thumbs[1] // 2
    assert near_copies(replace(one_hash, thumbs=half_alike)).tolist() == []
    one_look = replace(one_hash, thumbs=np.repeat(prints.thumbs[:1], 4, axis=0))
    assert len(near_copies(one_look)) == 6


def test_faces_are_counted_and_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    dataset = in_memory([HeldPhoto(str(row), 0, photo(row)) for row in range(3)])
    prints = take(
        dataset, count_faces=lambda picture: int(picture[0, 0, 0]), progress=lambda *at: seen.append(at)
    )
    assert prints.faces.tolist() == [int(pixels(row)[0, 0, 0]) for row in range(3)]
    assert seen == [(1, 3), (2, 3), (3, 3)]
