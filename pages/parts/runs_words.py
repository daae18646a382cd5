"""A run's photos, recipe and figures in a few words each, for the table of all runs. Plain text, not Markdown."""

from dataclasses import dataclass
from pathlib import PurePath

from model import registry
from model.card import ModelError
from pages.parts import card_words
from pages.parts.train_run_live import counted
from training import statistics
from training.backbone_facts import BACKBONES
from training.recipe import HEAD_ONLY, PRESETS, Recipe
from training.run_state import Run
from training.statistics import Estimate
from ui.language import number, percent, t, tn


@dataclass(frozen=True)
class Judged:
    """What the run's model got right of photos that it never saw, by its card; `on` says which."""

    share: float
    low: float
    high: float
    on: str


def photos(run: Run) -> str:
    return ", ".join(_source(spec) for spec in run.data)


def recipe(asked: Recipe) -> str:
    """Its preset, where it is one, and what is most worth knowing."""
    preset = next((name for name, known in PRESETS.items() if known == asked), None)
    backbone = BACKBONES[asked.backbone].title if asked.backbone in BACKBONES else asked.backbone
    depth = t("head only") if all(stage.depth == HEAD_ONLY for stage in asked.stages) else None
    epochs = tn("{n} epoch", "{n} epochs", asked.epochs)
    return ", ".join(part for part in (preset, backbone, depth, epochs) if part)


def best(run: Run) -> tuple[float, Estimate | None] | None:
    """The best share of validation photos right after any epoch, with its interval where they were counted."""
    rows = [row for row in run.history if isinstance(row.get("val_accuracy"), float)]
    if not rows:
        return None
    row = max(rows, key=lambda row: float(row["val_accuracy"]))
    cells = counted(row)
    found = statistics.proportion(int(cells.trace()), int(cells.sum())) if cells is not None else None
    return float(row["val_accuracy"]), found


def judged(run: Run) -> Judged | None:
    try:
        results = card_words.results(registry.find(run.id).card)
    except ModelError:
        return None
    if not results:
        return None
    where, result = results[0]
    low, high = result["accuracy_interval"]
    return Judged(float(result["accuracy"]), float(low), float(high), card_words.measured_on(where))


def with_interval(share: float, low: float, high: float) -> str:
    """Padded, so that a column of them sorts as numbers do."""
    told = t(
        "{share} ({low} to {high})",
        share=percent(share, 1),
        low=number(low * 100, 1),
        high=number(high * 100, 1),
    )
    return told if share >= 1 else f" {told}"


def _source(spec: str) -> str:
    if spec in card_words.DATASETS:
        return card_words.DATASETS[spec]
    kind, colon, place = spec.partition(":")
    if kind in ("folder", "zip") and colon:
        return PurePath(place).name[:60] or t("Photos of your own")
    return t("Photos of your own")
