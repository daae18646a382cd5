"""A recipe and labelled crops to a trained network: stage by stage, epoch by epoch, able to stop and go on.

What it leaves to others: making crops (`crops.py`), batches (`batches.py`), keeping the state (`checkpoint.py`) and
turning the trained network into a finished model (`finish.py`).
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training import augmentation, batches, checkpoint, mistakes
from training.batches import Batch, Examples
from training.checkpoint import Checkpoint, Position
from training.event_files import Events
from training.network import AGE, GENDER, RACE, Network
from training.progress import CELLS, Progress
from training.recipe import HEAD_ONLY, Recipe, Stage
from training.run_state import SENTENCES

Floats = NDArray[np.float32]

PREDICT_AT_ONCE = 128


class TrainingError(RuntimeError):
    """Training cannot go on; `code` is stable, the text is the sentence for a person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Score:
    """How the network does on the validation photos after an epoch; `cells[label, answer]` counts them."""

    accuracy: float
    loss: float
    recall_female: float
    recall_male: float
    cells: NDArray[np.int64]
    p_male: Floats


def train(
    network: Network,
    recipe: Recipe,
    examples: Examples,
    validation: Examples,
    folder: Path,
    progress: Progress,
    is_there: Callable[[int], bool] | None = None,
) -> bool:
    """Train until the recipe is done (True) or somebody asks to stop (False); the network then has the best weights.

    `is_there` says whether a validation photo still is; without it, no faces are kept to be shown.
    """
    start = checkpoint.latest(folder)
    position = start.position if start else Position()
    events = Events(progress.folder, position.history)
    if start:
        network.set_weights(start.weights)
        progress.log(f"going on after epoch {position.epoch}")
    if position.history:
        progress.history(list(position.history))  # whoever was killed may not have come to it
    progress.tell(now=True, stage="training", epoch=position.epoch, epochs=recipe.epochs)
    for number in range(position.stage, len(recipe.stages)):
        trainer = _Trainer(network, recipe, number, examples, validation)
        if start and number == start.position.stage:
            trainer.restore(start.optimizer)
        # Asked before an epoch too: a run that goes on may have come to the end of its patience before.
        while position.stage_epoch < recipe.stages[number].epochs and not _out_of_patience(position, recipe):
            if not trainer.learn(position, progress):
                progress.log("asked to stop")
                return False
            position = _after_epoch(trainer, position, folder, progress, is_there)
            events.add(position.history[-1])
        if _out_of_patience(position, recipe):
            progress.log(f"no gain for {recipe.patience} epochs")
        position = replace(position, stage=number + 1, stage_epoch=0, without_gain=0)
        trainer.average_for_good()
        best = checkpoint.best(folder)
        if best is not None:
            network.set_weights(best)
    return True


def _out_of_patience(position: Position, recipe: Recipe) -> bool:
    return 0 < recipe.patience <= position.without_gain


def _after_epoch(
    trainer: "_Trainer",
    position: Position,
    folder: Path,
    progress: Progress,
    is_there: Callable[[int], bool] | None,
) -> Position:
    """Judge the epoch, write everything down, and say where we are now."""
    with trainer.averaged():
        score = trainer.score()
        better = score.accuracy > position.best_score
        if better:
            checkpoint.save_best(folder, trainer.network.weights())
    epoch = position.epoch + 1
    row: dict[str, float | int | str] = {
        "epoch": epoch,
        "stage": position.stage,
        "loss": round(trainer.mean_loss, 5),
        "val_loss": round(score.loss, 5),
        "val_accuracy": round(score.accuracy, 5),
        "val_recall_female": round(score.recall_female, 5),
        "val_recall_male": round(score.recall_male, 5),
        **{name: int(score.cells[at]) for at, name in CELLS.items()},
        "seconds": round(trainer.epoch_s, 1),
    }
    position = replace(
        position,
        epoch=epoch,
        stage_epoch=position.stage_epoch + 1,
        best_score=max(score.accuracy, position.best_score),
        best_epoch=epoch if better else position.best_epoch,
        without_gain=0 if better else position.without_gain + 1,
        history=[*position.history, row],
    )
    checkpoint.save(folder, Checkpoint(position, trainer.network.weights(), trainer.optimizer_state()))
    progress.history(list(position.history))
    if is_there:
        mistakes.write(progress.folder, epoch, score.p_male, trainer.labels, trainer.pictures, is_there)
    progress.tell(now=True, epoch=epoch, metrics=row)
    progress.log(" ".join(f"{name} {value}" for name, value in row.items()))
    return position


class _Trainer:
    """One stage: an optimizer over the layers that learn in it."""

    def __init__(
        self, network: Network, recipe: Recipe, stage: int, examples: Examples, validation: Examples
    ) -> None:
        self.network = network
        self.recipe = recipe
        self.stage: Stage = recipe.stages[stage]
        self.steps = batches.steps_of(examples, recipe.batch)
        self.mean_loss = math.nan
        self.epoch_s = 0.0
        self._examples, self._validation = examples, validation
        self._cached = self.stage.depth == HEAD_ONLY and recipe.augmentation == "none"
        self._size = (recipe.input_height, recipe.input_width)
        self._augment = augmentation.by_name(recipe.augmentation)
        network.let_learn(self.stage.depth)
        self._model = network.head if self._cached else network.whole
        self._weights_of = _class_weights(examples) if recipe.class_weights else np.ones(2, np.float32)
        self._seen: Floats | None = None
        self._seen_validation: Floats | None = None
        self._model.compile(
            optimizer=_optimizer(recipe, self.stage, self.steps), **_losses(recipe, self._model)
        )
        self._model.optimizer.build(self._model.trainable_variables)

    def learn(self, position: Position, progress: Progress) -> bool:
        """One epoch; False if somebody asked to stop."""
        started = time.monotonic()
        total = 0.0
        for step, batch in enumerate(self._batches(position.epoch), start=1):
            if progress.stop_requested():
                return False
            loss = self._step(batch)
            if not math.isfinite(loss):
                raise TrainingError("not_a_number", SENTENCES["not_a_number"])
            total += loss
            speed = step * self.recipe.batch / (time.monotonic() - started)
            left = (self.recipe.epochs - position.epoch) * self.steps - step
            progress.tell(
                stage=f"training ({'head' if self.stage.depth == HEAD_ONLY else 'network'})",
                step=step,
                steps=self.steps,
                images_per_s=round(speed, 1),
                eta_s=round(left * self.recipe.batch / speed),
            )
        self.mean_loss = total / max(1, self.steps)
        self.epoch_s = time.monotonic() - started
        return True

    def _batches(self, epoch: int) -> Iterator[Batch]:
        seed = (self.recipe.seed, epoch)
        if not self._cached:
            yield from batches.epoch(self._examples, self._size, self.recipe.batch, seed, self._augment)
            return
        if self._seen is None:
            self._seen = self.network.features(batches.views(self._examples, self._size, PREDICT_AT_ONCE))
        order = np.random.default_rng(seed).permutation(len(self._examples))
        for number in range(self.steps):
            chosen = order[number * self.recipe.batch : (number + 1) * self.recipe.batch]
            ages, races = self._examples.ages[chosen], self._examples.races[chosen]
            yield Batch(self._seen[chosen], self._examples.targets(chosen), ages, races)

    def _step(self, batch: Batch) -> float:
        truth: dict[str, Any] = {GENDER: batch.labels}
        weight: dict[str, Any] = {GENDER: batch.labels @ self._weights_of}
        if AGE in self._model.output_names:
            for name, classes in ((AGE, batch.ages), (RACE, batch.races)):
                truth[name] = np.maximum(classes, 0)
                weight[name] = (classes != batches.UNKNOWN).astype(np.float32)
        answer = self._model.train_on_batch(batch.pixels, truth, sample_weight=weight, return_dict=True)
        return float(answer["loss"])

    @property
    def labels(self) -> NDArray[np.int32]:
        """Of the validation photos."""
        return self._validation.labels

    def pictures(self, chosen: NDArray[np.intp]) -> list[NDArray[np.uint8]]:
        """These of the validation photos, as the network sees them."""
        parts = batches.views(self._validation.only(chosen), self._size, PREDICT_AT_ONCE)
        return [picture.astype(np.uint8) for part in parts for picture in part]

    def score(self) -> Score:
        if self._cached:
            if self._seen_validation is None:
                self._seen_validation = self.network.features(
                    batches.views(self._validation, self._size, PREDICT_AT_ONCE)
                )
            logits = self.network.answer(self._seen_validation)
        else:
            logits = self.network.logits(batches.views(self._validation, self._size, PREDICT_AT_ONCE))
        labels = self._validation.labels
        answers = logits.argmax(axis=1)
        right = answers == labels
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        recalls = [
            float(right[labels == label].mean()) if (labels == label).any() else math.nan for label in (0, 1)
        ]
        loss = float(-log_p[np.arange(len(labels)), labels].mean())
        cells = np.bincount(2 * labels + answers, minlength=4).reshape(2, 2)
        return Score(float(right.mean()), loss, recalls[0], recalls[1], cells, np.exp(log_p[:, 1]))

    def averaged(self) -> "_Averaged":
        return _Averaged(self._model, self.recipe.averaging > 0)

    def average_for_good(self) -> None:
        if self.recipe.averaging > 0:
            self._model.optimizer.finalize_variable_values(self._model.trainable_variables)

    def optimizer_state(self) -> list[NDArray[Any]]:
        return [keras.ops.convert_to_numpy(variable) for variable in self._model.optimizer.variables]

    def restore(self, state: list[NDArray[Any]]) -> None:
        for variable, value in zip(self._model.optimizer.variables, state, strict=True):
            variable.assign(value)


class _Averaged:
    """For as long as it is entered, the network has the moving average of its weights."""

    def __init__(self, model: keras.Model, on: bool) -> None:
        self._on = on
        # Keras offers the averages only for good, or inside fit(); here they are borrowed after each epoch.
        averages = model.optimizer._model_variables_moving_average if on else []
        self._pairs = [
            (v, a) for v, a in zip(model.trainable_variables, averages, strict=False) if a is not None
        ]
        self._kept: list[NDArray[Any]] = []

    def __enter__(self) -> None:
        self._kept = [keras.ops.convert_to_numpy(variable).copy() for variable, _ in self._pairs]
        for variable, average in self._pairs:
            variable.assign(average)

    def __exit__(self, *_: object) -> None:
        for (variable, _), value in zip(self._pairs, self._kept, strict=True):
            variable.assign(value)


def _optimizer(recipe: Recipe, stage: Stage, steps: int) -> keras.optimizers.Optimizer:
    rate: Any = stage.rate
    if recipe.cosine:
        all_steps = max(2, steps * stage.epochs)
        warm_up = min(recipe.warm_up_steps, all_steps // 4)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warm_up else stage.rate,
            all_steps - warm_up,
            alpha=0.01,
            warmup_target=stage.rate if warm_up else None,
            warmup_steps=warm_up,
        )
    averaging: dict[str, Any] = {}
    if recipe.averaging:
        averaging = {"use_ema": True, "ema_momentum": recipe.averaging, "ema_overwrite_frequency": None}
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, **averaging)
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=recipe.weight_decay, global_clipnorm=2.0, **averaging
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _losses(recipe: Recipe, model: keras.Model) -> dict[str, Any]:
    gender = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    losses: dict[str, Any] = {GENDER: gender}
    weights = {GENDER: 1.0}
    if AGE in model.output_names:
        for name in (AGE, RACE):
            losses[name] = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            weights[name] = recipe.ages_and_races
    return {"loss": losses, "loss_weights": weights}


def _class_weights(examples: Examples) -> Floats:
    """As scikit-learn balances: each class weighs as if it were half of the photos."""
    counts = np.bincount(examples.labels, minlength=2)
    return (len(examples) / (2 * np.maximum(counts, 1))).astype(np.float32)
