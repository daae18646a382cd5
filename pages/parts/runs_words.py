"""A run's photos, recipe and figures in a few words each, for the table of all runs. Plain text, not Markdown."""

from pathlib import PurePath

from model import registry
from model.card import ModelError
from pages.parts import card_words, train_recipe_words
from training import choices, statistics
from training.backbone_facts import BACKBONES
from training.progress import counted
from training.recipe import HEAD_ONLY, Recipe, preset_of
from training.report_words import dataset_name
from training.run_state import Run
from training.statistics import Estimate
from ui.language import speech, t, tn


def photos(run: Run) -> str:
    return ", ".join(_source(spec) for spec in run.data)


def recipe(asked: Recipe) -> str:
    """Its preset, where it is one, and what is most worth knowing."""
    preset = preset_of(asked)
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


def judged(run: Run) -> str | None:
    """What share its model got right of photos that it never saw; where it was judged on several, the least."""
    try:
        results = registry.find(run.id).card.results.values()
        least = min(results, key=lambda one: float(one["accuracy"]), default=None)
        return (
            with_interval(float(least["accuracy"]), *map(float, least["accuracy_interval"]))
            if least
            else None
        )
    except (ModelError, KeyError, TypeError, ValueError):
        return None


def with_interval(share: float, low: float, high: float) -> str:
    """Padded, so that a column of them sorts as numbers do."""
    told = card_words.with_interval(share, low, high)
    return told if share >= 1 else f" {told}"


def _source(spec: str) -> str:
    if spec in card_words.DATASETS:
        return card_words.DATASETS[spec]
    kind, colon, place = spec.partition(":")
    if kind in ("folder", "zip") and colon:
        return PurePath(place).name[:60] or t("Photos of your own")
    if spec.startswith(choices.PREFIX) and (name := choices.name_of(spec)):
        return dataset_name(name, speech())
    return t("Photos of your own")
