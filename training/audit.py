"""Whether an evaluation is what it says: its figures counted anew against the model's card, and against the run's log.

A mismatch is a fault of the software or of a file that was changed, never of a face. Figures agree when they agree in
nine digits, since another processor may add in another order.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from model import card as cards
from model.card import KERAS, ModelError
from model.registry import Artifact
from training import evaluation
from training.evaluations import Kept

_DIGITS = 1e-9
_MAX_LOG_BYTES = 5_000_000
_CALIBRATED = re.compile(r"temperature (\d+\.\d{3}), sure from (\d+\.\d{3})")
_WATCHED = re.compile(r"(\d{1,9}) to watch")
_ANOTHER_ORDER = (
    0.1  # answers at chance, and surely so far below the log, stand in another order than the labels
)

Where = Literal["card", "file", "log"]


@dataclass(frozen=True)
class Check:
    """One thing that was written down somewhere, and what it is when looked at again."""

    where: Where
    name: str
    written: object
    found: object

    @property
    def same(self) -> bool:
        numbers = [
            value
            for value in (self.written, self.found)
            if isinstance(value, int | float) and not isinstance(value, bool)
        ]
        if len(numbers) == 2:
            return math.isclose(*map(float, numbers), rel_tol=_DIGITS, abs_tol=_DIGITS)
        return bool(self.written == self.found)


@dataclass(frozen=True)
class Audit:
    checks: tuple[Check, ...]

    @property
    def wrong(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.same)

    def of(self, where: Where) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.where == where)


def audit(kept: Kept, table: pd.DataFrame, artifact: Artifact | None) -> Audit:
    """All that can be checked; without the model only that it is not there, as far as anybody can tell."""
    if artifact is None:
        return Audit(())
    checks = [*_files(kept, artifact)]
    written = artifact.card.results.get(f"{kept.about.dataset}-{kept.about.split}")
    summary = evaluation.summary(table, sure_at=kept.about.sure_at)
    if kept.shipped and isinstance(written, dict):
        # The card may hold more of these photos, such as a stress test, which no table of answers can confirm.
        counted = {name: figure for name, figure in written.items() if name in summary}
        checks += _figures(counted, json.loads(json.dumps(summary)))
    checks += _log(kept, artifact, summary)
    return Audit(tuple(checks))


def state(artifact: Artifact) -> str:
    """Another word as soon as the model, its card or what its run wrote is another."""
    run = _run(artifact)
    files = (artifact.folder / KERAS, run / "log.txt", run / "history.csv")
    return f"{artifact.card}-{[path.stat().st_mtime_ns if path.exists() else None for path in files]}"


def history(artifact: Artifact) -> list[dict[str, float]]:
    """What the run that made this model wrote after each epoch; empty where there was none, or it is not readable."""
    text = _read(_run(artifact) / "history.csv")
    rows = []
    for row in csv.DictReader(text.splitlines()):
        try:
            rows.append({str(name): float(value) for name, value in row.items() if value})
        except (TypeError, ValueError):
            return []
    return rows


def watched(artifact: Artifact) -> int | None:
    """How many faces the run was judged by after each epoch, where its log says so."""
    said = _WATCHED.findall(_read(_run(artifact) / "log.txt"))
    return int(said[-1]) if said else None


def _files(kept: Kept, artifact: Artifact) -> Iterator[Check]:
    card = artifact.card
    yield Check("file", KERAS, card.files.get(KERAS), kept.about.model_hash)
    yield Check("file", "crop", card.crop, kept.about.crop)
    yield Check("file", "sure_at", card.sure_at, kept.about.sure_at)
    if kept.shipped:
        yield Check("file", kept.path.name, card.files.get(kept.path.name), cards.sha256(kept.path))
        yield Check("file", f"{artifact.name}/{KERAS}", True, _untouched(artifact))


def _untouched(artifact: Artifact) -> bool:
    try:
        artifact.path(KERAS)
    except ModelError:
        return False
    return True


def _figures(written: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Check]:
    one, other = dict(_leaves(written)), dict(_leaves(found))
    for name in dict.fromkeys((*one, *other)):
        yield Check("card", name, one.get(name), other.get(name))


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    inner: list[tuple[str, object]] = []
    if isinstance(value, dict):
        inner = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, list):
        inner = [(str(place), part) for place, part in enumerate(value)]
    if not inner:
        yield name, value
    for key, part in inner:
        yield from _leaves(part, f"{name} · {key}" if name else key)


def _log(kept: Kept, artifact: Artifact, summary: Mapping[str, Any]) -> Iterator[Check]:
    """What the run wrote while it learnt: the calibration to its three digits, and whether answers were lost.

    After each epoch the run was judged by people held back from it, who are in no test, so accuracies need not agree.
    But on photos of a kind that it learnt from, answers at a coin's level and far below the log were shuffled.
    """
    if calibrated := _CALIBRATED.findall(_read(_run(artifact) / "log.txt")):
        temperature, sure_at = calibrated[-1]
        yield Check("log", "temperature", float(temperature), round(artifact.card.temperature, 3))
        yield Check("log", "sure_at", float(sure_at), round(artifact.card.sure_at, 3))
    best = max((row.get("val_accuracy", 0.0) for row in history(artifact)), default=None)
    low_high = summary["balanced_accuracy_interval"]
    learnt = kept.about.dataset in {source.name for source in artifact.card.trained_on}
    if learnt and best is not None and low_high is not None:
        low, high = low_high
        if low <= 0.5 <= high < best - _ANOTHER_ORDER:
            yield Check("log", "accuracy", best, summary["accuracy"])


def _run(artifact: Artifact) -> Path:
    """The folder of the run; a model that was shipped has none, and no such files beside it."""
    return artifact.folder.parent


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_LOG_BYTES:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
