"""Disturbed crops are still that face, in its place, and never the same twice."""

import cv2
import numpy as np
import pytest

from model.faces import TEMPLATE
from training import coverings, disturb
from training.crops import FIELD, SIZE
from training.disturb import Strength


def dotted() -> np.ndarray:
    """A wide crop with a bright dot at every landmark."""
    picture = np.full((SIZE, SIZE, 3), 40, np.uint8)
    for x, y in ((TEMPLATE - 0.5) / FIELD + 0.5) * SIZE - 0.5:
        cv2.circle(picture, (round(x * 16), round(y * 16)), 3 * 16, (240,) * 3, -1, cv2.LINE_AA, 4)
    return picture


@pytest.mark.parametrize("size", [64, 128, 160, 224])
def test_undisturbed_the_landmarks_stand_at_the_template(size: int) -> None:
    view = disturb.look(dotted(), size)[..., 0].astype(float) - 40

    for x, y in TEMPLATE * size - 0.5:
        reach = size // 16
        window = view[round(y) - reach : round(y) + reach + 1, round(x) - reach : round(x) + reach + 1]
        rows, columns = np.indices(window.shape)
        found = np.array([(window * columns).sum(), (window * rows).sum()]) / window.sum() - reach
        np.testing.assert_allclose(found, [x - round(x), y - round(y)], atol=0.6)


def test_a_flip_mirrors_and_a_shift_shifts() -> None:
    picture = dotted()
    picture[:, : SIZE // 2] //= 2

    plain, flipped = disturb.look(picture, 128).astype(int), disturb.look(picture, 128, flip=True).astype(int)
    moved = disturb.look(picture, 128, dx=0.1).astype(int)

    assert np.abs(plain - flipped[:, ::-1]).mean() < 1
    assert np.abs(plain[:, 13:] - moved[:, :-13]).mean() < 3


def test_every_draw_is_another_picture_of_the_right_shape_and_range() -> None:
    rng = np.random.default_rng(1)
    crop = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)

    drawn = [disturb.disturb(crop, 96, rng) for _ in range(60)]

    assert all(view.shape == (96, 96, 3) and view.dtype == np.float32 for view in drawn)
    assert all(view.min() >= 0 and view.max() <= 255 for view in drawn)
    assert len({view.tobytes() for view in drawn}) == 60


def test_the_same_dice_give_the_same_picture() -> None:
    crop = dotted()

    one, other = (disturb.disturb(crop, 64, np.random.default_rng([3, 4])) for _ in range(2))

    assert np.array_equal(one, other)


def test_masked_edges_repeat_what_is_inside() -> None:
    rng = np.random.default_rng(2)
    crop = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)

    masked = [disturb.mask_edges(crop, rng) for _ in range(20)]

    assert any((m[0] == m[10]).all() for m in masked)
    assert all(np.array_equal(m[90:110, 90:110], crop[90:110, 90:110]) for m in masked)
    assert not np.shares_memory(masked[0], crop)


@pytest.mark.parametrize("kind", coverings.KINDS)
def test_a_covering_covers_its_part_and_nothing_else(kind: str) -> None:
    face = np.full((SIZE, SIZE, 3), 127, np.uint8)
    points = (((TEMPLATE - 0.5) / FIELD + 0.5) * SIZE).round().astype(int)
    eyes, mouth = points[:2], points[3:].mean(axis=0).astype(int)
    hair = points[:2].mean(axis=0).astype(int) - [0, 58]

    covered = [coverings.draw(kind, face, np.random.default_rng(seed)) for seed in range(30)]
    changed = np.mean([np.abs(c.astype(int) - 127).max(axis=2) > 12 for c in covered], axis=0)

    expected = {"headscarf": hair, "cap": hair, "mask": mouth, "sunglasses": eyes[0]}[kind]
    free = {"headscarf": mouth, "cap": mouth, "mask": eyes[0], "sunglasses": mouth}[kind]
    assert changed[expected[1], expected[0]] > 0.6
    assert changed[free[1], free[0]] < 0.1


def test_without_strength_nothing_but_place_and_mirror_changes() -> None:
    calm = Strength(0, 0, (1, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    crop = dotted()
    plain = disturb.look(crop, 64).astype(np.float32)

    views = [disturb.disturb(crop, 64, np.random.default_rng(seed), calm) for seed in range(8)]

    assert all(np.allclose(v, plain, atol=1) or np.allclose(v[:, ::-1], plain, atol=1) for v in views)
