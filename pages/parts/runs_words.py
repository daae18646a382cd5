"""A run's photos, recipe and figures in a few words each, for the table of all runs. Plain text, not Markdown."""

from dataclasses import dataclass
from pathlib import PurePath

from model import registry
from model.card import ModelError
from pages.parts import card_words, train_recipe_words
from pages.parts.train_run_live import counted
from training import chosen, statistics
from training.backbone_facts import BACKBONES
from training.recipe import HEAD_ONLY, PRESETS, Recipe
from training.report_words import dataset_name
from training.run_state import Run
from training.statistics import Estimate
from ui.language import number, percent, speech, t, tn


@dataclass(frozen=True)
class Judged:
    """What share the run's model got right of photos that it never saw, by its card."""

    share: float
    low: float
    high: float


def photos(run: Run) -> str:
    return ", ".join(_source(spec) for spec in run.data)


def recipe(asked: Recipe) -> str:
    """Its preset, where it is one, and what is most worth knowing."""
    preset = next((name for name, known in PRESETS.items() if known == asked), None)
    epochs = tn("{n} epoch", "{n} epochs", asked.epochs)
    if preset:
        return f"{train_recipe_words.preset(preset)}, {epochs}"
    backbone = BACKBONES[asked.backbone].title if asked.backbone in BACKBONES else asked.backbone
    depth = t("head only") if all(stage.depth == HEAD_ONLY for stage in asked.stages) else None
    return ", ".join(part for part in (backbone, depth, epochs) if part)


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
    """The one that flatters least, where it was judged on several."""
    try:
        results = registry.find(run.id).card.results.values()
        found = [Judged(float(one["accuracy"]), *map(float, one["accuracy_interval"])) for one in results]
    except (ModelError, KeyError, TypeError, ValueError):
        return None
    return min(found, key=lambda one: one.share, default=None)


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
    if spec.startswith(chosen.PREFIX) and (name := chosen.name_of(spec)):
        return dataset_name(name, speech())
    return t("Photos of your own")
