"""From a recipe and the names of data sets to a finished model, in one run folder: `begin`, then `go_on` until done.

The run folder holds everything: what was asked for, where it stands, and in `model/` what came of it.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from model import atomic, registry
from model.card import CARD, ModelError
from model.export import ExportError
from training import beside, checkpoint, evaluation, learnt, roles, teacher
from training import recipe as recipes
from training.backbones import BackboneError
from training.batches import UNKNOWN, Examples
from training.crops import Crops, cut
from training.datasets import Dataset, DatasetError
from training.finetune import TrainingError, train
from training.finish import Judged, finish
from training.network import RACES, Network
from training.progress import Progress, heartbeat, wish
from training.recipe import Recipe, RecipeError, at_its_size
from training.roles import JUDGE, LEARN, MONITOR, Dealt
from training.run_state import SENTENCES
from training.run_state import begin as begin
from training.table import AGE_BANDS


@dataclass(frozen=True)
class Source:
    """A data set, its crops, what each row is for (LEARN, MONITOR, JUDGE or nothing), how to open a person's own."""

    dataset: Dataset
    crops: Crops
    role: pd.Series
    spec: str = ""


def go_on(folder: Path) -> str:
    """Work until the run is done, paused, stopped or failed, and say which. Calling it again goes on where it was."""
    return told(folder, _work)


def told(folder: Path, work: Callable[[Path, Progress], str]) -> str:
    """Do this work of a run, and let its status say how it ended, which is what the work returns."""
    progress = Progress(folder)
    try:
        with heartbeat(progress):
            state = work(folder, progress)
        progress.tell(now=True, state=state, stage=state, eta_s=None)
    except _FAILURES as error:
        state = "failed"
        code, facts = told_of(error)
        reason = SENTENCES[code] if code in SENTENCES else str(error)
        progress.tell_at_last(state=state, reason=reason, code=code, facts=facts, eta_s=None)
        with suppress(OSError):  # the status has said the same
            progress.log(f"failed: {reason}")
    return state


def _work(folder: Path, progress: Progress) -> str:
    asked = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    recipe = at_its_size(recipes.parse(asked["recipe"]))
    progress.tell(now=True, state="running", stage="photos", epochs=recipe.epochs)
    dealt = roles.dealt(folder, asked["data"], partial(roles.deal, seed=recipe.seed))
    sources = [source(one, spec, progress) for one, spec in zip(dealt, asked["data"], strict=True)]
    learning, monitoring = (examples(sources, role, recipe) for role in (LEARN, MONITOR))
    if not len(learning) or not len(monitoring) or len(set(learning.labels.tolist())) < 2:
        raise TrainingError(
            "too_few_photos",
            SENTENCES["too_few_photos"],
        )
    progress.tell(now=True, stage="photos")
    roles.keep(folder, dealt)
    learnt.keep(folder / learnt.LEARNT, _shown(sources, LEARN, MONITOR))
    learnt.keep(folder / learnt.JUDGED, _shown(sources, JUDGE))
    if recipe.teacher:
        progress.tell(now=True, stage="asking the teacher")
        before, learning = len(learning), teacher.taught(learning, recipe)
        progress.log(f"{before - len(learning)} photos left out: {recipe.teacher} rules out their labels")
    # A new head and dropout draw from here: the same recipe gives the same model, on whatever machine.
    keras.utils.set_random_seed(recipe.seed)
    network = Network(recipe)
    progress.log(f"{len(learning)} photos to learn from, {len(monitoring)} to watch")
    there = still_there(sources, monitoring)
    if not train(network, recipe, learning, monitoring, folder / "checkpoint", progress, there):
        how, best = wish(folder), checkpoint.best(folder / "checkpoint")
        if how != "finish" or best is None:
            return "paused" if how == "pause" else "stopped"
        network.set_weights(best)
    progress.tell(now=True, stage="finishing")
    judged = [_judged(source) for source in sources]
    counts = {s.dataset.name: int((s.role == LEARN).sum()) for s in sources}
    if not (folder / "model" / CARD).exists():
        finish(folder / "model", asked["name"], network, recipe, monitoring, judged, counts, progress)
    progress.tell(now=True, stage="asking the active model")
    beside.ask_active(judged, progress)
    return "done"


def judged_of(folder: Path) -> list[Judged]:
    """The photos that the run's model was judged on, opened anew."""
    asked = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    recipe = recipes.parse(asked["recipe"])
    dealt = roles.dealt(folder, asked["data"], partial(roles.deal, seed=recipe.seed))
    return [_judged(source(one, spec)) for one, spec in zip(dealt, asked["data"], strict=True)]


def _judged(source: Source) -> Judged:
    return Judged(source.dataset, source.crops, np.flatnonzero(source.role == JUDGE), source.spec)


def source(dealt: Dealt, spec: str, progress: Progress | None = None) -> Source:
    """With the crops of its photos, which are cut where they were not yet."""
    dataset = dealt.dataset
    if progress:
        progress.log(f"{dataset.name}: {len(dataset)} photos")

    def tell(done: int, of: int) -> None:
        if progress:
            progress.tell(stage=f"finding faces in {dataset.name}", step=done, steps=of)

    crops = cut(dataset, registry.home(), progress=tell)
    return Source(dataset, crops, dealt.role, evaluation.spec_of(spec))


def examples(sources: list[Source], role: str, recipe: Recipe) -> Examples:
    """The rows of this role from all sources, where a face was found."""
    parts = []
    for source in sources:
        rows = np.flatnonzero((source.role == role).to_numpy() & source.crops.found)
        table = source.dataset.table.iloc[rows]
        weight = recipe.source_weights.get(source.dataset.name, 1.0)
        parts.append(
            Examples(
                (source.crops.pixels,),
                np.zeros(len(rows), np.int32),
                rows,
                table["label"].to_numpy(np.int32),
                _classes(table["age_band"], AGE_BANDS),
                _classes(table["race"], RACES),
                np.full(len(rows), weight, np.float32),
            )
        )
    return Examples.joined(parts)


def _shown(sources: list[Source], *roles: str) -> list[tuple[Dataset, np.ndarray]]:
    return [(one.dataset, np.flatnonzero(one.role.isin(roles) & one.crops.found)) for one in sources]


def still_there(sources: list[Source], examples: Examples) -> Callable[[int], bool]:
    """Whether the photo of an example has not been deleted since its face was cut; published ones never are."""

    def there(example: int) -> bool:
        dataset = sources[examples.where[example]].dataset
        if not dataset.sources:
            return True
        try:
            return bool(dataset.read(int(examples.rows[example])))
        except DatasetError:
            return False

    return there


def _classes(column: pd.Series, names: tuple[str, ...]) -> np.ndarray:
    number = {name: index for index, name in enumerate(names)}
    return column.map(number).fillna(UNKNOWN).to_numpy(np.int32)


def exhausted() -> type[Exception]:
    from tensorflow.errors import ResourceExhaustedError

    kind: type[Exception] = ResourceExhaustedError
    return kind


_FAILURES: tuple[type[Exception], ...] = (
    TrainingError,
    DatasetError,
    BackboneError,
    RecipeError,
    ExportError,
    ModelError,
    MemoryError,
    OSError,
    exhausted(),
)


def told_of(error: Exception) -> tuple[str | None, dict[str, str | float]]:
    """The code and the facts of what went wrong, where it has them."""
    if isinstance(error, OSError) and atomic.is_full(error):
        return "disk_full", {}
    if isinstance(error, MemoryError | exhausted()):
        return "no_memory", {}
    facts = getattr(error, "facts", {})
    return getattr(error, "code", None), {
        name: one if isinstance(one, int | float) else str(one) for name, one in facts.items()
    }
