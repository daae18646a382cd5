"""A trained network to a finished model: calibrated, measured, described on its card, and only then put in place."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from model import card as cards
from model import export, registry
from model.card import LITERT, Card, TrainedOn
from model.classifier import LiteRTEngine
from model.faces import CROP_VERSION
from training import batches, evaluation, neighbours, prediction_table, predictions, statistics
from training.batches import Examples
from training.crops import Crops
from training.finetune import PREDICT_AT_ONCE
from training.network import Network
from training.progress import Progress
from training.recipe import ELSEWHERE, Recipe
from training.table import Dataset

COMPARED_ON = 64
# With fewer held-back photos, a handful of mistakes, or none, cannot show that answers are right 98 times in 100.
ENOUGH_TO_TELL = 500
USUAL_BAR = 0.9
GUESSED = "Too few photos were held back to check how sure it may be, so its percentages are a first guess."
NOT_FOR = (
    "Deciding anything about a person: access, work, safety, prices, or what somebody is shown.",
    "Saying who somebody is, how they see themselves, or what their papers say: the model only knows looks.",
    "Watching people who have not agreed to it.",
)


@dataclass(frozen=True)
class Judged:
    """The rows of a data set that nobody learnt from, and their crops."""

    dataset: Dataset
    crops: Crops
    rows: np.ndarray
    spec: str = ""  # how to open a person's own photos again

    @property
    def split(self) -> str:
        return str(self.dataset.table["split"].iloc[self.rows[0]])

    @property
    def file(self) -> str:
        """Of an evaluation on these rows: of plain letters, whatever a person called the folder."""
        return evaluation.file_name(self.dataset.part(self.rows), self.split, "crops", self.spec)


@dataclass(frozen=True)
class Calibration:
    """`guessed` is whether too few photos were held back to check from where it may be sure."""

    temperature: float
    sure_at: float
    guessed: bool = False


def calibrate(network: Network, recipe: Recipe, monitoring: Examples) -> Calibration:
    """On people held back from training, never on those it is judged by."""
    finished = network.without_helpers()
    views = batches.views(monitoring, (recipe.side, recipe.side), PREDICT_AT_ONCE)
    logits = np.concatenate([np.asarray(finished.predict_on_batch(part)) for part in views])
    temperature = statistics.fit_temperature(logits, monitoring.labels) or 1.0
    temperature = float(np.clip(temperature, 0.05, 20))
    scaled = logits / temperature
    p_male = 1 / (1 + np.exp(scaled[:, 0] - scaled[:, 1]))
    sure_at = statistics.choose_sure_at(p_male, monitoring.labels)
    if sure_at is not None:
        return Calibration(temperature, sure_at)
    if len(monitoring) < ENOUGH_TO_TELL:
        return Calibration(temperature, _bar_before(recipe), guessed=True)
    return Calibration(temperature, 1.0)  # no confidence is enough, so nothing is ever sure


def _bar_before(recipe: Recipe) -> float:
    """From where the model was sure that this one began from."""
    return USUAL_BAR if recipe.start in ELSEWHERE else registry.find(recipe.start).card.sure_at


def finish(
    folder: Path,
    name: str,
    network: Network,
    recipe: Recipe,
    monitoring: Examples,
    judged: list[Judged],
    learnt_from: dict[str, int],
    progress: Progress,
    fails_on: tuple[str, ...] = (),
) -> Card:
    """Write the finished model into `folder`. Its card's results are measured with the very file that is shipped."""
    half_done = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(half_done, ignore_errors=True)
    progress.tell(now=True, stage="calibrating")
    calibration = calibrate(network, recipe, monitoring)
    progress.log(f"temperature {calibration.temperature:.3f}, sure from {calibration.sure_at:.3f}")
    size = (recipe.side, recipe.side)
    some = monitoring.first(COMPARED_ON)
    crops = np.concatenate([part.astype(np.uint8) for part in batches.views(some, size, COMPARED_ON)])
    progress.tell(now=True, stage="exporting")
    card = export.write_artifact(
        half_done,
        network.without_helpers(),
        calibration.temperature,
        crops,
        name=name,
        version="1",
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        backbone=recipe.backbone,
        crop=CROP_VERSION,
        sure_at=calibration.sure_at,
        trained_on=tuple(_described(j.dataset, learnt_from[j.dataset.name]) for j in judged),
        recipe=recipe.as_json(),
        results={},
        fails_on=(*fails_on, GUESSED) if calibration.guessed else fails_on,
        not_for=NOT_FOR,
    )
    engine = LiteRTEngine((half_done / LITERT).read_bytes())
    results: dict[str, Any] = {}
    files = dict(card.files)
    for part in judged:
        if not len(part.rows):
            continue
        progress.tell(now=True, stage=f"measuring on {part.dataset.name}")
        table = predictions.predict(engine, part.dataset, part.rows, source="crops", crops=part.crops)
        file = half_done / part.file
        about = predictions.describe(card, engine, part.dataset.name, part.split, "crops", spec=part.spec)
        prediction_table.write(file, table, about)
        files[file.name] = cards.sha256(file)
        results[f"{part.dataset.name}-{part.split}"] = evaluation.summary(table, sure_at=calibration.sure_at)
    card = replace(card, files=files, results=results)
    cards.write(half_done, card)
    card = neighbours.add(half_done, card)
    half_done.rename(folder)
    return card


def _described(dataset: Dataset, photos: int) -> TrainedOn:
    return TrainedOn(dataset.name, photos, dataset.licence[:200], "train")
