"""Training learns, stops, goes on where it was, and says why when it cannot."""

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model import registry
from model.classifier import LiteRTEngine
from model.registry import Artifact
from tests.model import small_network
from training import augmentation, batches, checkpoint, finetune, mistakes
from training.batches import Examples
from training.network import GENDER, Network
from training.progress import CELLS, Progress, read_status, request_stop
from training.recipe import PRESETS, Recipe, Stage
from training.teacher import taught

TINY = Recipe(
    start="small",
    input_height=32,
    input_width=32,
    stages=(Stage(-1, 3, 1e-3),),
    batch=16,
    warm_up_steps=0,
    averaging=0.0,
    augmentation="none",
    ages_and_races=0.0,
    mirror_average=False,
    dropout=0.0,
)


REAL = replace(
    TINY, backbone="efficientnet_lite0", start="random"
)  # what is learnt by is built in half a minute


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a finished model of three convolutions, called small, to begin from."""
    home = tmp_path_factory.mktemp("home")
    small_network.artifact(home / "runs" / "small" / "model", name="small")
    return home


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(home))


def people(count: int, seed: int) -> Examples:
    """Crops that are easy to tell apart: one half dark on the left, the other on top."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 2).astype(np.int32)
    pixels = rng.integers(150, 255, (count, 192, 192, 3), np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        if label:
            picture[:96] //= 4
        else:
            picture[:, :96] //= 4
    nothing = np.full(count, batches.UNKNOWN, np.int32)
    everywhere = np.zeros(count, np.int32)
    return Examples(
        (pixels,), everywhere, np.arange(count), labels, nothing, nothing, np.ones(count, np.float32)
    )


@pytest.fixture(scope="module")
def learning() -> Examples:
    return people(96, 1)


@pytest.fixture(scope="module")
def watching() -> Examples:
    return people(32, 2)


def run(folder: Path, recipe: Recipe, learning: Examples, watching: Examples) -> tuple[Network, bool]:
    network = Network(recipe)
    progress = Progress(folder)
    checkpoints = folder / "checkpoint"
    return network, finetune.train(
        network, recipe, learning, watching, checkpoints, progress, is_there=lambda example: True
    )


@pytest.mark.parametrize(
    "recipe",
    [
        replace(TINY, stages=(Stage(-1, 6, 3e-3),)),
        replace(TINY, stages=(Stage(-1, 6, 3e-3),), averaging=0.5, optimizer="adam", class_weights=True),
        replace(TINY, stages=(Stage(0, 40, 1e-2),)),
        replace(REAL, stages=(Stage(0, 2, 1e-2), Stage(12, 2, 1e-3)), ages_and_races=0.1),
    ],
    ids=["all layers", "averaged", "cached head", "head, then the last layers"],
)
def test_the_loss_falls(recipe: Recipe, tmp_path: Path, learning: Examples, watching: Examples) -> None:
    network, done = run(tmp_path, recipe, learning, watching)

    history = checkpoint.latest(tmp_path / "checkpoint")
    assert done
    assert history is not None
    losses = [float(row["loss"]) for row in history.position.history]
    assert losses[-1] < losses[0]
    assert len(losses) == recipe.epochs
    assert network.without_helpers().output.shape == (None, 2)


def test_only_the_layers_that_were_asked_for_learn() -> None:
    network = Network(REAL)

    network.let_learn(0)
    assert not network.backbone.trainable_variables
    network.let_learn(10)
    learning = {v.path.split("/")[0] for v in network.backbone.trainable_variables}
    assert learning <= {layer.name for layer in network.backbone.layers[-10:]}
    assert learning
    network.let_learn(-1)
    assert len(network.backbone.trainable_variables) > 100


def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(
    tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    recipe = replace(TINY, averaging=0.9)
    weights = Network(recipe).weights()
    together, apart = tmp_path / "together", tmp_path / "apart"
    networks = []
    for folder in (together, apart):
        network = Network(recipe)
        network.set_weights(weights)
        progress = Progress(folder)
        if folder == apart:
            _stop_after(progress, epochs=1)
            assert not finetune.train(network, recipe, learning, watching, folder / "checkpoint", progress)
            progress = Progress(folder)
            progress.forget_stop_request()
            network = Network(recipe)
        assert finetune.train(network, recipe, learning, watching, folder / "checkpoint", progress)
        networks.append(network)

    for one, other in zip(networks[0].weights(), networks[1].weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    lines = (apart / "history.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "1", "2", "3"]
    assert [step for step, _ in scalars(apart)["accuracy/validation"]] == [1, 2, 3]


@pytest.mark.parametrize("rests_after", [3, 5], ids=["between the stages", "at its end"])
def test_a_stage_that_patience_has_ended_stays_ended_when_the_run_goes_on(
    rests_after: int, tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    nothing_to_gain = (Stage(0, 5, 1e-12), Stage(0, 4, 1e-12))
    recipe = replace(TINY, stages=nothing_to_gain, patience=2)
    progress = Progress(tmp_path)
    _stop_after(progress, rests_after)
    finetune.train(Network(recipe), recipe, learning, watching, tmp_path / "checkpoint", progress)
    progress.forget_stop_request()

    _, done = run(tmp_path, recipe, learning, watching)

    kept = checkpoint.latest(tmp_path / "checkpoint")
    assert done
    assert kept is not None
    assert [row["stage"] for row in kept.position.history] == [0, 0, 0, 1, 1]


def test_killed_between_an_epoch_and_its_row_the_history_is_whole_when_the_run_goes_on(
    tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    recipe = replace(TINY, stages=(Stage(0, 2, 1e-3),))
    run(tmp_path, recipe, learning, watching)
    whole = (tmp_path / "history.csv").read_text()
    (tmp_path / "history.csv").write_text("".join(whole.splitlines(keepends=True)[:-1]))

    run(tmp_path, recipe, learning, watching)

    assert (tmp_path / "history.csv").read_text() == whole


def _stop_after(progress: Progress, epochs: int) -> None:
    """Ask the run to stop as soon as it has finished that many epochs."""
    tell = progress.history

    def history(rows: list[Any]) -> None:
        tell(rows)
        if len(rows) == epochs:
            request_stop(progress.folder)

    progress.history = history  # type: ignore[method-assign]


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Each figure and its epochs, as the reader of TensorFlow itself finds them."""
    import tensorflow as tf

    [file] = (folder / "tensorboard").iterdir()
    found: dict[str, list[tuple[int, float]]] = {}
    for event in tf.compat.v1.train.summary_iterator(str(file)):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_tensorboard_shows_what_the_history_says(
    tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    run(tmp_path, TINY, learning, watching)

    shown = scalars(tmp_path)
    with (tmp_path / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(shown) == 5
    for name, tag in (("loss", "loss/learning"), ("val_accuracy", "accuracy/validation")):
        told = [(int(row["epoch"]), pytest.approx(float(row[name]))) for row in rows]
        assert shown[tag] == told


def test_after_each_epoch_it_counts_its_answers_and_keeps_the_surest_wrong_ones(
    tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    network, _ = run(tmp_path, replace(TINY, stages=(Stage(-1, 1, 1e-6),)), learning, watching)

    logits = network.logits(batches.views(watching, (32, 32), 8))
    p_male = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    wrong = np.flatnonzero((p_male > 0.5) != watching.labels)
    [row] = checkpoint.latest(tmp_path / "checkpoint").position.history  # type: ignore[union-attr]
    counted = {cell: row[name] for cell, name in CELLS.items()}
    kept = mistakes.read(tmp_path)
    assert counted == {
        (label, answer): int(((watching.labels == label) & ((p_male > 0.5) == answer)).sum())
        for label, answer in CELLS
    }
    assert kept is not None
    assert (kept.epoch, kept.count, len(kept.faces)) == (1, len(wrong), min(len(wrong), mistakes.MOST))
    assert [face.confidence for face in kept.faces] == pytest.approx(
        sorted(np.maximum(p_male, 1 - p_male)[wrong], reverse=True)[: mistakes.MOST], abs=1e-3
    )
    assert [face.label for face in kept.faces].count(1) == int(
        watching.labels[mistakes.surest(p_male, watching.labels)].sum()
    )


def test_a_poisoned_photo_ends_the_run_and_keeps_the_last_good_weights(
    tmp_path: Path, learning: Examples, watching: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, replace(TINY, stages=(Stage(-1, 1, 1e-3),)), learning, watching)
    good = checkpoint.best(tmp_path / "checkpoint")

    def poison(pixels: Any, labels: Any, seed: int) -> tuple[Any, Any]:
        pixels = pixels.copy()
        pixels[0] = np.nan
        return pixels, labels

    monkeypatch.setattr(augmentation, "by_name", lambda name: poison)
    with pytest.raises(finetune.TrainingError) as caught:
        run(tmp_path, TINY, learning, watching)

    assert caught.value.code == "not_a_number"
    kept = checkpoint.best(tmp_path / "checkpoint")
    assert good is not None
    assert kept is not None
    assert all(np.array_equal(one, other) for one, other in zip(good, kept, strict=True))


def test_validation_photos_are_never_disturbed(
    tmp_path: Path, learning: Examples, watching: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def noise(pixels: Any, labels: Any, seed: int) -> tuple[Any, Any]:
        seen.append(len(pixels))
        return np.random.default_rng(seed).uniform(0, 255, pixels.shape).astype(np.float32), labels

    monkeypatch.setattr(augmentation, "by_name", lambda name: noise)
    run(tmp_path, replace(TINY, stages=(Stage(-1, 1, 1e-3),)), learning, watching)

    views = np.concatenate(list(batches.views(watching, (32, 32), 8)))
    assert sum(seen) == len(learning)
    assert np.array_equal(views, np.concatenate(list(batches.views(watching, (32, 32), 32))))
    assert set(np.unique(views)) <= set(range(256))


def test_status_tells_stage_speed_and_time_left(
    tmp_path: Path, learning: Examples, watching: Examples
) -> None:
    run(tmp_path, TINY, learning, watching)

    status = read_status(tmp_path)
    assert status is not None
    assert status["epoch"] == 3
    assert status["epochs"] == 3
    assert status["steps"] == 6
    assert status["images_per_s"] > 0
    assert status["metrics"]["val_accuracy"] >= 0


def test_a_face_and_its_mirror_image_get_the_same_answer() -> None:
    network = Network(replace(TINY, mirror_average=True))
    face = np.random.default_rng(1).uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)

    finished = network.without_helpers()

    ours, mirrored = np.asarray(finished(face)), np.asarray(finished(face[:, :, ::-1]))
    np.testing.assert_allclose(ours, mirrored, atol=1e-6)
    assert not np.array_equal(ours, np.asarray(network.whole(face)[GENDER]))


def test_examples_that_weigh_more_come_more_often(learning: Examples) -> None:
    weights = np.where(learning.labels == 1, 3.0, 1.0).astype(np.float32)
    heavy = replace(learning, weights=weights)

    labels = np.concatenate(
        [b.labels for b in batches.epoch(heavy, (32, 32), 16, (0, 0), lambda x, y, s: (x, y))]
    )

    assert 0.65 < labels[:, 1].mean() < 0.85


def test_the_same_seed_and_epoch_give_the_same_batches(learning: Examples) -> None:
    first, again, later = (
        np.concatenate([b.pixels for b in batches.epoch(learning, (32, 32), 16, (7, epoch), None)])
        for epoch in (1, 1, 2)
    )

    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)


@pytest.fixture
def teacher(home: Path) -> Artifact:
    return registry.find("small")


def test_a_teacher_softens_labels_and_leaves_out_what_it_rules_out(
    teacher: Artifact, learning: Examples
) -> None:
    recipe = replace(TINY, teacher="small", teacher_share=0.5, distrust_below=0.0)
    engine = LiteRTEngine(teacher.content("model.tflite"))
    [view] = batches.views(learning, (engine.input_size, engine.input_size), 96)
    says = engine.predict(view.astype(np.uint8)).probabilities[:, 1]
    says_label = np.where(learning.labels == 1, says, 1 - says)
    bar = float(np.median(says_label))

    everybody = taught(learning, recipe)
    some = taught(learning, replace(recipe, distrust_below=min(bar, 0.5)))

    np.testing.assert_allclose(
        everybody.targets(np.arange(96))[:, 1], (learning.labels + says) / 2, atol=1e-6
    )
    np.testing.assert_array_equal(some.rows, learning.rows[says_label >= min(bar, 0.5)])
    assert 0 < len(some) < 96
    assert learning.male is None
    [batch] = batches.epoch(everybody.first(16), (32, 32), 16, (0, 0), None)
    assert set(np.round(batch.labels[:, 1], 5)) == set(np.round(everybody.targets(np.arange(16))[:, 1], 5))


def test_who_goes_on_from_a_finished_model_starts_with_its_answers(
    teacher: Artifact, learning: Examples
) -> None:
    """Not with a head that has to be learnt anew: ten photos would not be enough for that."""
    network = Network(TINY)
    [view] = batches.views(learning, (32, 32), 96)

    logits = network.logits([view])

    ours = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    theirs = LiteRTEngine(teacher.content("model.tflite")).predict(view.astype(np.uint8)).probabilities[:, 1]
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_who_goes_on_from_the_shipped_model_starts_as_it_and_looks_once_while_it_learns(
    learning: Examples,
) -> None:
    recipe = replace(PRESETS["quick"], input_height=160, input_width=160)
    network = Network(recipe)
    [view] = batches.views(learning.first(8), (160, 160), 8)

    logits = np.asarray(network.without_helpers().predict_on_batch(view))

    ours = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    rupa = LiteRTEngine(registry.find("rupa-1").content("model.tflite"))
    np.testing.assert_allclose(ours, rupa.predict(view.astype(np.uint8)).probabilities[:, 1], atol=2e-3)
    assert not any(layer.name == "both_ways" for layer in network.backbone.layers)
