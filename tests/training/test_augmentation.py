"""Training photos are changed as the presets say and the seed wants; validation photos never are."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.model import small_network
from training import augmentation, batches, checkpoint, finetune
from training.augmentation import PRESETS, AugmentationError, by_name, variants
from training.batches import Examples
from training.crops import FIELD
from training.network import Network
from training.progress import Progress
from training.recipe import Recipe, Stage

LAYERED = ("light", "seed", "strong")
SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    """A face in a wide crop."""
    return np.asarray(Image.open(SAMPLE).convert("RGB").resize((192, 192), box=(100, 0, 360, 260)))


@pytest.fixture(scope="module")
def photos(crop: np.ndarray) -> np.ndarray:
    return np.stack([crop[8 + n : 72 + n, 40:100] for n in range(12)]).astype(np.float32)


LABELS = np.eye(2, dtype=np.float32)[np.arange(12) % 2]


def change(name: str, photos: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    augment = by_name(name)
    assert augment is not None
    return augment(photos, LABELS, seed)


@pytest.mark.parametrize("name", LAYERED)
def test_the_seed_alone_decides_in_whatever_thread(name: str, photos: np.ndarray) -> None:
    augment = by_name(name)
    assert augment is not None
    alone = {seed: augment(photos, LABELS, seed) for seed in (1, 2)}

    with ThreadPoolExecutor(3) as feeders:
        together = list(feeders.map(lambda seed: augment(photos, LABELS, seed), [1, 2] * 4))

    for seed, (pixels, labels) in zip([1, 2] * 4, together, strict=True):
        assert np.array_equal(pixels, alone[seed][0])
        assert np.array_equal(labels, alone[seed][1])
    assert not np.array_equal(alone[1][0], alone[2][0])
    assert np.array_equal(change(name, photos, 1)[0], alone[1][0])


@pytest.mark.parametrize("name", LAYERED)
def test_photos_stay_photos(name: str, photos: np.ndarray) -> None:
    before = photos.copy()

    pixels, labels = change(name, photos, 4)

    assert pixels.shape == photos.shape
    assert pixels.dtype == labels.dtype == np.float32
    assert 0 <= pixels.min() < pixels.max() <= 255
    assert all(np.abs(new - old).mean() > 1 for new, old in zip(pixels, photos, strict=True))
    assert np.array_equal(photos, before)


def test_none_changes_nothing(photos: np.ndarray) -> None:
    pixels, labels = change("none", photos, 4)

    assert np.array_equal(pixels, photos)
    assert np.array_equal(labels, LABELS)


def test_only_strong_mixes_labels_and_each_photo_stays_mostly_itself(photos: np.ndarray) -> None:
    mixed = np.concatenate([change("strong", photos, seed)[1] for seed in range(6)])
    own = (mixed * np.tile(LABELS, (6, 1))).sum(axis=1)

    np.testing.assert_allclose(mixed.sum(axis=1), 1, atol=1e-5)
    assert own.min() >= 0.5 - 1e-5
    assert own.min() < 0.9
    for name in ("light", "seed"):
        assert np.array_equal(change(name, photos, 3)[1], LABELS)


def test_seed_turns_shifts_and_mirrors_as_far_as_the_student_projects() -> None:
    """Three spots on black, found again: where their middle, their angle and their order went."""
    size, reach = 101, 20
    places = np.array([[50, 50 - reach], [50, 50], [50, 50 + reach]])
    picture = np.zeros((200, size, size, 3), np.float32)
    for colour, (y, x) in enumerate(places):
        picture[:, y - 3 : y + 4, x - 3 : x + 4, colour] = 255
    augment = by_name("seed")
    assert augment is not None

    changed, _ = augment(picture, np.zeros((200, 2), np.float32), 1)

    spots = np.array([[_middle(photo[..., colour]) for colour in range(3)] for photo in changed])
    across = spots[:, 2] - spots[:, 0]
    turns = np.degrees(np.arctan2(across[:, 0], np.abs(across[:, 1])))
    shifts = (spots[:, 1] - 50) / size
    assert 17 < np.abs(turns).max() <= 20.5
    assert 0.17 < np.abs(shifts).max() <= 0.21
    together = np.asarray(np.corrcoef(shifts.T))
    assert abs(together[0, 1]) < 0.3, "shifts down and across are drawn apart"
    assert 0.3 < (across[:, 1] < 0).mean() < 0.7


def test_everyday_is_left_to_the_photo_by_photo_way() -> None:
    assert by_name("everyday") is None


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(AugmentationError, match="there are none, light, seed, strong, everyday"):
        by_name("medusa")


@pytest.mark.parametrize("name", PRESETS)
def test_variants_show_what_training_would_see(name: str, crop: np.ndarray) -> None:
    shown = variants(crop, name, 4, seed=7)

    assert len(shown) == 4
    assert {photo.shape for photo in shown} == {(round(192 / FIELD), round(192 / FIELD), 3)}
    assert {photo.dtype for photo in shown} == {np.dtype(np.uint8)}
    different = {photo.tobytes() for photo in shown}
    assert len(different) == (1 if name == "none" else 4)
    again = variants(crop, name, 4, seed=7)
    assert all(np.array_equal(one, other) for one, other in zip(shown, again, strict=True))


def test_validation_scores_do_not_know_of_augmentation(
    crop: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The student projects measured on photos that were turned and shifted. Nothing learns here: the rate is nil."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    small_network.artifact(tmp_path / "runs" / "small-1" / "model")
    people = _people(crop)
    network = Network(_recipe("none"))
    weights = network.weights()
    as_they_are = np.concatenate(list(batches.views(people, (32, 32), 8)))
    poisoned: list[int] = []

    def poison(pixels: Any, labels: Any, seed: int) -> tuple[Any, Any]:
        poisoned.append(seed)
        return np.random.default_rng(seed).uniform(0, 255, pixels.shape).astype(np.float32), labels

    scores = {}
    for name in ("none", "strong", "everyday", "poison"):
        if name == "poison":
            monkeypatch.setattr(augmentation, "by_name", lambda _: poison)
        network.set_weights(weights)
        recipe = _recipe("light" if name == "poison" else name)
        finetune.train(network, recipe, people, people, tmp_path / name, Progress(tmp_path / name))
        state = checkpoint.latest(tmp_path / name)
        assert state is not None
        scores[name] = float(state.position.history[0]["val_loss"])
        assert np.array_equal(np.concatenate(list(batches.views(people, (32, 32), 8))), as_they_are)

    assert len(poisoned) == 2
    assert scores == pytest.approx(dict.fromkeys(scores, scores["none"]), abs=1e-4)
    noise = poison(as_they_are, None, 1)[0]
    assert not math.isclose(_loss(network, noise, people), scores["none"], abs_tol=1e-3)


def _recipe(augment: str) -> Recipe:
    return Recipe(
        start="small-1",
        input_height=32,
        input_width=32,
        stages=(Stage(0, 1, 1e-12),),
        batch=8,
        warm_up_steps=0,
        averaging=0.0,
        augmentation=augment,
        ages_and_races=0.0,
        mirror_average=False,
        dropout=0.0,
    )


def _people(crop: np.ndarray) -> Examples:
    """Sixteen crops of one face: half of them dark."""
    labels = np.arange(16, dtype=np.int32) % 2
    crops = np.stack([np.roll(crop, n, axis=1) >> np.uint8(label) for n, label in enumerate(labels)])
    unknown = np.full(16, batches.UNKNOWN, np.int32)
    nowhere = np.zeros(16, np.int32)
    return Examples((crops,), nowhere, np.arange(16), labels, unknown, unknown, np.ones(16, np.float32))


def _loss(network: Network, views: np.ndarray, people: Examples) -> float:
    logits = network.logits([views])
    log_p = logits - np.logaddexp(logits[:, :1], logits[:, 1:])
    return float(-log_p[np.arange(len(people)), people.labels].mean())


def _middle(spot: np.ndarray) -> np.ndarray:
    y, x = np.indices(spot.shape)
    return np.array([(y * spot).sum(), (x * spot).sum()]) / spot.sum()
