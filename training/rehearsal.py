"""How long a recipe will take on this computer: what a rehearsal measured, and the estimate that follows from it.

`rehearsal_measure.py` measures, in a process of its own, a few steps of the very thing. This side is light, so that a
page may read what came of it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from model import atomic
from training import json_file
from training.recipe import Recipe

SENTENCES = {
    "no_export": "A few steps of this recipe make no model that can be kept; a lower rate may help.",
}
FILE = "rehearsal.json"
# `quick` on 60 and 600 photos took 1.1 to 1.35 times what was measured before it (`benchmarks/rehearsal.py`).
LOW, HIGH = 0.9, 1.5
# Loading the libraries and writing the model depend most on what else the computer does: for `quick` on the
# same two cores they took 6 and 13 s at one hour, 25 and 43 s at a busier one, which is 3.6 times as long.
HIGH_ENDS = 4.0
_MAX_BYTES = 20_000


@dataclass(frozen=True)
class Photos:
    """How many there are for each part of the work; `uncut` of them still have to be searched for faces."""

    learn: int
    watch: int
    judge: int
    uncut: int
    unsorted: int  # without all splits, so that they are compared with each other first


@dataclass(frozen=True)
class StageTimes:
    """Of one stage, in seconds: what comes once, a step, and what follows each epoch."""

    once: float
    step: float
    after_epoch: float
    steps: int
    epochs: int

    def seconds(self, epochs: int) -> float:
        return self.once + epochs * (self.steps * self.step + self.after_epoch)


@dataclass(frozen=True)
class Measured:
    """Seconds in all, or for each photo, as measured. `look` is one face through the network."""

    begin: float
    cut_each: float
    compare_each: float
    stages: tuple[StageTimes, ...]
    finish: float
    judge_each: float
    teach_each: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """From `low_s` to `high_s` seconds; `needs_mb` of memory, where the computer has `has_mb` in all."""

    low_s: float
    high_s: float
    needs_mb: int
    has_mb: int

    @property
    def fits(self) -> bool:
        return not self.has_mb or self.needs_mb < 0.9 * self.has_mb


def estimate(measured: Measured, photos: Photos, recipe: Recipe, needs_mb: int, has_mb: int) -> Estimate:
    """The whole way, from the first photo opened to the finished model; patience may end it earlier."""
    ends = measured.begin + measured.finish
    around = (
        photos.uncut * measured.cut_each
        + photos.unsorted * measured.compare_each
        + photos.learn * measured.teach_each
        + photos.judge * measured.judge_each
    )
    most = sum(stage.seconds(stage.epochs) for stage in measured.stages)
    least = sum(
        stage.seconds(min(stage.epochs, recipe.patience + 1 if recipe.patience else stage.epochs))
        for stage in measured.stages
    )
    low, high = LOW * (ends + around + least), HIGH_ENDS * ends + HIGH * (around + most)
    return Estimate(low, high, needs_mb, has_mb)


def write(path: Path, found: Estimate, details: Mapping[str, object]) -> None:
    atomic.write(path, json.dumps({**asdict(found), "details": details}, indent=1).encode())


def read(path: Path) -> Estimate | None:
    """None where it is gone or is none."""
    try:
        said = json_file.read(path, _MAX_BYTES)
        numbers = {field.name: said[field.name] for field in fields(Estimate)}
    except (OSError, ValueError, KeyError):
        return None
    whole = all(isinstance(one, int | float) and math.isfinite(one) for one in numbers.values())
    return Estimate(**numbers) if whole else None
