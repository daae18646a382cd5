"""How good a model is on a data set: predictions made and kept, and all that is computed from them.

`summary(table)` is the JSON that the terminal prints and the card keeps. Every estimate NAME has its 95% interval
beside it as NAME_interval; what cannot be known is null.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import classifier, registry
from model.card import LABELS
from model.registry import Artifact
from training import answers as reading
from training import crops, curves, evaluations, groups, prediction_table, statistics
from training.answers import THRESHOLD, Counts
from training.datasets import KNOWN, Dataset, open_dataset
from training.groups import COLUMNS, ENOUGH, Groups
from training.prediction_table import About, EvaluationError
from training.predictions import Progress, describe, predict
from training.report_words import AND
from training.statistics import Estimate, Floats
from training.table import SPLITS

WHOLE = "all"

Json = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """Predictions, what they are of, what they say, and the file that keeps them."""

    table: pd.DataFrame
    about: About
    summary: Json
    path: Path


def evaluate(
    model: str, data: str, split: str | None = None, source: str = "raw", **options: Any
) -> Evaluation:
    """`measure` by name: of the model, and of the data set as `open_dataset` takes it."""
    artifact, dataset = registry.find(model), open_dataset(data)
    return measure(artifact, dataset, split, source, spec=spec_of(data), **options)


def measure(
    artifact: Artifact,
    dataset: Dataset,
    split: str | None = None,
    source: str = "raw",
    *,
    home: Path | None = None,
    beside_model: bool = False,
    spec: str = "",
    progress: Progress = lambda done, of: None,
) -> Evaluation:
    """Ask the model about every photo of the split, and keep what it says: in its own folder if `beside_model`.

    `spec` is kept with it where the data set's name alone does not open it again.
    Without a split: validation where there is one, else test, else all photos.
    """
    home = home or registry.home()
    split = split or usual_split(dataset)
    part = of_split(dataset, split)
    engine = classifier.load(artifact)
    cut = crops.cut(part, home, progress=progress) if source == "crops" else None
    table = predict(engine, part, source=source, crops=cut, progress=progress)
    about = describe(artifact.card, engine, dataset.name, split, source, name=artifact.name, spec=spec)
    folder = artifact.folder if beside_model else evaluations.folder(artifact.name, home)
    path = folder / file_name(dataset, split, source, spec)
    prediction_table.write(path, table, about)
    return Evaluation(table, about, summary(table, sure_at=artifact.card.sure_at), path)


def summary(table: pd.DataFrame, threshold: float = THRESHOLD, sure_at: float = 0.5) -> Json:
    """All that the predictions say of the model; shares are of the faces found, the others are counted beside."""
    said = reading.read(table, threshold, sure_at)
    # Sums of floats depend on their order in the last digit; in one order, the same photos give the same figures.
    order = np.lexsort((said.labels, said.p_male))
    p_male, labels = said.p_male[order], said.labels[order]
    counts = said.counts()
    constant = counts.constant_answer
    by_column = {name: found for name in COLUMNS if (found := groups.by(table, said, name))}
    pairs = {AND.join(COLUMNS): found} if (found := groups.by(table, said, *COLUMNS)) else {}
    adults = groups.adults(table, said)
    return {
        "photos": len(table),
        "not_found": len(table) - counts.n,
        "unreadable": unreadable(table),
        "threshold": threshold,
        "sure_at": sure_at,
        **_counted(counts),
        "constant_answer": {"label": constant[0], "accuracy": constant[1]} if constant else None,
        "confusion": {
            name: dict(zip(LABELS, row.tolist(), strict=True))
            for name, row in zip(LABELS, counts.confusion, strict=True)
        },
        **_each("precision", counts.precision),
        **_each("f1", counts.f1),
        **_one("ece", statistics.ece(p_male, labels)),
        **_one("brier", statistics.brier(p_male, labels)),
        **_one("auc", curves.auc(p_male, labels)),
        **_average_precision(p_male, labels),
        "groups": {name: _grouped(found) for name, found in by_column.items()},
        "pairs": {name: _grouped(found) for name, found in pairs.items()},
        "adults": _counted(adults) if adults else None,
        "gaps": {name: _gap(found) for name, found in by_column.items()},
        "equalised_odds": {name: _odds(found) for name, found in by_column.items()},
        "worst_group": _worst(by_column),
        "worst_pair": _worst(pairs),
    }


def _counted(counts: Counts) -> Json:
    return {
        "n": counts.n,
        **_one("accuracy", counts.accuracy),
        **_one("balanced_accuracy", counts.balanced_accuracy),
        **_each("recall", counts.recall),
        **_one("answered", counts.answered),
        **_one("accuracy_when_sure", counts.accuracy_when_sure),
    }


def _one(name: str, estimate: Estimate | None) -> Json:
    if estimate is None:
        return {name: None, f"{name}_interval": None}
    return {name: estimate.value, f"{name}_interval": list(estimate.interval)}


def _each(name: str, estimates: Mapping[str, Estimate | None]) -> Json:
    return {
        name: {label: estimate and estimate.value for label, estimate in estimates.items()},
        f"{name}_interval": {
            label: list(estimate.interval) if estimate else None for label, estimate in estimates.items()
        },
    }


def _average_precision(p_male: Floats, labels: NDArray[np.int64]) -> Json:
    """Of each label, taken as the one that is looked for."""
    female = curves.precision_recall(1 - p_male, 1 - labels)
    male = curves.precision_recall(p_male, labels)
    return _each(
        "average_precision", {"female": female.area if female else None, "male": male.area if male else None}
    )


def _grouped(found: Groups) -> Json:
    return {name: _counted(counts) for name, counts in found.items()}


def _gap(found: Groups) -> Json | None:
    gap = groups.largest_gap(found)
    if gap is None:
        return None
    return {"worst": gap.worst, "best": gap.best, **_one("difference", gap.difference), "p_all_alike": gap.p}


def _odds(found: Groups) -> Json | None:
    estimate = groups.equalised_odds(found)
    return _one("difference", estimate) if estimate else None


def _worst(by_column: Mapping[str, Groups]) -> Json | None:
    """The group with the lowest accuracy of all, among those of at least `ENOUGH` faces."""
    lowest = [
        (found[name].accuracy, column, name)
        for column, found in by_column.items()
        for name in groups.ranked(found)[:1]
    ]
    if not lowest:
        return None
    column, name = min(lowest, key=lambda one: one[0].value if one[0] else 1.0)[1:]
    counts = by_column[column][name]
    return {
        "column": column,
        "group": name,
        "n": counts.n,
        **_one("accuracy", counts.accuracy),
        "among_groups_of_at_least": ENOUGH,
    }


def unreadable(table: pd.DataFrame) -> int:
    """Of the photos without a face, those that could not be looked at."""
    if "error" not in table:
        return 0
    return int((table["error"].notna() & (table["error"] != "no_face") & ~table["found"]).sum())


def usual_split(dataset: Dataset) -> str:
    """Validation where there is one, else test, else all photos."""
    return next((name for name in SPLITS[1:] if (dataset.table["split"] == name).any()), WHOLE)


def of_split(dataset: Dataset, split: str) -> Dataset:
    if split == WHOLE:
        return dataset
    part = dataset.of_split(split)
    if not len(part):
        there = dataset.table["split"].value_counts()
        named = ", ".join(f"{name} ({count:,})" for name, count in there.items())
        raise EvaluationError("nothing_in_split", name=dataset.name, split=split, there=named or "none")
    return part


def spec_of(data: str) -> str:
    """What opens a person's own photos again from wherever somebody stands; none where their name is enough."""
    kind, _, place = data.partition(":")
    if kind in ("folder", "zip"):
        return f"{kind}:{Path(place).resolve()}"
    return "" if data in KNOWN else data


def file_name(dataset: Dataset, split: str, source: str, spec: str = "") -> str:
    """Of plain letters, whatever a person called the folder; other photos, or another folder, another file."""
    name = dataset.name
    if name not in KNOWN:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
        photos = hashlib.sha256("\0".join([*dataset.table["id"], *filter(None, [spec])]).encode()).hexdigest()
        name = f"{plain or 'photos'}-{photos[:8]}"
    return f"evaluation-{name}-{split}{'' if source == 'raw' else '-' + source}.parquet"
