"""What a stress test found, and its file `stress-DATASET-SPLIT.json`: plain counts, from which every share is made.

The file is small, names no person but by the ids of a few photos, and is read as if a stranger had written it.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from model import atomic, registry
from model import card as cards
from model.card import LABELS, Card, ModelError
from training import evaluations, statistics
from training.answers import Counts
from training.evaluations import Kept
from training.prediction_table import MAX_ROWS, MAX_WORD
from training.statistics import Estimate
from training.stress_pictures import CONDITIONS, PLAIN

BAD = 0.85  # a recall below it is a failure to be named on the card
MAX_EXAMPLES = 12
MAX_FILE_BYTES = 1_000_000
_EVALUATION, _STRESS = "evaluation-", "stress-"
_HASH = re.compile(r"[0-9a-f]{64}")


SENTENCES = {
    "no_faces": "No face was found in the photos of {name}, so there is nothing to redraw; choose other photos.",
}


class StressError(Exception):
    """No stress test, for the reason that `code` names; the text is the sentence for the person who asked for it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Example:
    """A photo that was answered wrongly: `p_male` redrawn, and `plain` as the photo is."""

    id: str
    p_male: float
    plain: float


@dataclass(frozen=True)
class Condition:
    """All faces redrawn in one way. `cells[label][predicted][sure]` counts them as `answers.Counts` does.

    `gained` and `lost`, by label: how many were wrong as they are and right redrawn, and the other way round.
    `examples`, by label: wrong answers, those that were right before first, the most confident first.
    """

    name: str
    cells: tuple[tuple[tuple[int, int], tuple[int, int]], tuple[tuple[int, int], tuple[int, int]]]
    gained: tuple[int, int]
    lost: tuple[int, int]
    examples: tuple[tuple[Example, ...], tuple[Example, ...]]

    @property
    def counts(self) -> Counts:
        return Counts(np.array(self.cells, np.int64))

    @property
    def change(self) -> Estimate | None:
        """Accuracy minus that of the same faces as they are."""
        return statistics.paired_difference(sum(self.gained), sum(self.lost), self.counts.n)

    @property
    def recall_change(self) -> dict[str, Estimate | None]:
        totals = self.counts.confusion.sum(axis=1)
        return {
            label: statistics.paired_difference(self.gained[index], self.lost[index], int(totals[index]))
            for index, label in enumerate(LABELS)
        }

    @property
    def accuracy(self) -> float:
        return self.counts.right / self.counts.n


@dataclass(frozen=True)
class StressTest:
    """Which model saw which photos redrawn how, and what it made of them. `conditions` begins with the plain one."""

    model: str
    model_hash: str
    dataset: str
    split: str
    seed: int
    made: str
    software: str
    sure_at: float
    photos: int
    not_found: int
    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """A test with a wrong field cannot exist, whoever made it."""
        for word in (self.model, self.dataset, self.split, self.software):
            _must(isinstance(word, str) and 0 < len(word) <= MAX_WORD)
        _must(isinstance(self.model_hash, str) and _HASH.fullmatch(self.model_hash))
        _must(isinstance(self.made, str) and len(self.made) <= 40)
        datetime.fromisoformat(self.made)
        _must(_is_share(self.sure_at) and _is_count(self.photos) and _is_count(self.not_found))
        _must(isinstance(self.seed, int) and abs(self.seed) < 2**63)
        names = [one.name for one in self.conditions]
        _must(names[:1] == [PLAIN] and len(set(names)) == len(names) and set(names) <= set(CONDITIONS))
        found = self.photos - self.not_found
        _must(found > 0 and all(one.counts.n == found for one in self.conditions))

    @property
    def plain(self) -> Condition:
        return self.conditions[0]

    @property
    def redrawn(self) -> tuple[Condition, ...]:
        """The worst first."""
        return tuple(sorted(self.conditions[1:], key=lambda one: one.accuracy))

    def under(self, name: str) -> Condition | None:
        return next((one for one in self.conditions if one.name == name), None)

    def figures(self) -> dict[str, Any]:
        """For the card: each condition's shares with their intervals, as `evaluation.summary` names them."""
        return {one.name: _figures(one) for one in self.conditions}


def file_of(evaluation: Path) -> str:
    """The name of the stress test's file beside an evaluation of the same photos."""
    return _STRESS + evaluation.stem.removeprefix(_EVALUATION).removesuffix("-crops") + ".json"


def of(kept: Kept) -> StressTest | None:
    """The stress test of this evaluation's model on its photos, if it was made: the model's own, or made here."""
    file = file_of(kept.path)
    found = [_shipped(kept.about.model, file), _read(evaluations.folder(kept.about.model) / file)]
    return next((one for one in found if one and one.model_hash == kept.about.model_hash), None)


def write(path: Path, test: StressTest) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, (json.dumps(asdict(test), indent=1, allow_nan=False) + "\n").encode())


def parse(data: bytes) -> StressTest:
    """Raises `ValueError` where these bytes are not a stress test."""
    _must(len(data) <= MAX_FILE_BYTES)
    try:
        raw = json.loads(data)
        conditions = tuple(_condition(one) for one in raw.pop("conditions"))
        return StressTest(**raw, conditions=conditions)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("This is no stress test.") from error


def _shipped(model: str, file: str) -> StressTest | None:
    try:
        artifact = registry.find(model)
        return parse(artifact.content(file)) if file in artifact.card.files else None
    except (ModelError, ValueError):
        return None


def _read(path: Path) -> StressTest | None:
    try:
        with path.open("rb") as file:
            return parse(file.read(MAX_FILE_BYTES + 1))
    except (OSError, ValueError):
        return None


def put_on_card(folder: Path, name: str, test: StressTest) -> Card:
    """Put the test into the model's own folder, and its figures on the card, beside those of the same photos."""
    write(folder / name, test)
    card, measured = cards.read(folder), f"{test.dataset}-{test.split}"
    result = {**card.results.get(measured, {}), "stress": test.figures()}
    card = replace(
        card,
        files={**card.files, name: cards.sha256(folder / name)},
        results={**card.results, measured: result},
    )
    cards.write(folder, card)
    return card


def _figures(one: Condition) -> dict[str, Any]:
    counts, parts = one.counts, {"accuracy": one.counts.accuracy, "answered": one.counts.answered}
    if one.name != PLAIN:
        parts["change"] = one.change
    found: dict[str, Any] = {"n": counts.n}
    for name, part in parts.items():
        found |= {name: part and part.value, f"{name}_interval": list(part.interval) if part else None}
    recall = counts.recall
    return found | {
        "recall": {label: part and part.value for label, part in recall.items()},
        "recall_interval": {label: list(part.interval) if part else None for label, part in recall.items()},
    }


def _condition(raw: Mapping[str, Any]) -> Condition:
    cells = np.array(raw["cells"])
    _must(cells.shape == (2, 2, 2) and cells.dtype.kind == "i" and bool((cells >= 0).all()))
    _must(int(cells.max()) <= MAX_ROWS)
    gained, lost = (_pair(raw[name]) for name in ("gained", "lost"))
    totals = cells.sum(axis=(1, 2))
    _must(all(one + other <= n for one, other, n in zip(gained, lost, totals, strict=True)))
    examples = [tuple(_example(one) for one in side) for side in raw["examples"]]
    _must(len(examples) == 2 and all(len(side) <= MAX_EXAMPLES for side in examples))
    _must(set(raw) == {"name", "cells", "gained", "lost", "examples"})
    return Condition(raw["name"], cells.tolist(), gained, lost, (examples[0], examples[1]))


def _example(raw: Mapping[str, Any]) -> Example:
    made = Example(**raw)
    _must(isinstance(made.id, str) and len(made.id) <= MAX_WORD)
    _must(_is_share(made.p_male) and _is_share(made.plain))
    return made


def _pair(raw: Sequence[Any]) -> tuple[int, int]:
    first, second = raw
    _must(_is_count(first) and _is_count(second))
    return first, second


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ROWS


def _is_share(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and 0 <= value <= 1
    )


def _must(holds: object) -> None:
    if not holds:
        raise ValueError("not what it should be")
