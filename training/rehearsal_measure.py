"""A few steps of a recipe, timed: the very network, its steps, its finishing and its export, on made-up faces.

What depends on the photos, opening them and finding their faces, is timed on some of them. No photo is written; what
is made lies in a folder that its caller removes.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tensorflow.errors import ResourceExhaustedError

from model import classifier, registry
from training import batches, crops, finetune, fingerprints, finish, predictions, roles, splits
from training.batches import UNKNOWN, Examples
from training.crops import Crops
from training.datasets import Dataset, open_dataset
from training.finish import Judged
from training.network import Network
from training.progress import Progress
from training.recipe import HEAD_ONLY, Recipe, at_its_size
from training.rehearsal import Estimate, Measured, Photos, StageTimes, estimate
from training.roles import JUDGE, LEARN, MONITOR

STEPS, CACHED_FACES, WATCHED, JUDGED = 8, 256, 128, 64
STAGE_BUDGET_S = 30.0
_SOME, _FEW = 32, 8
_FACES = 64
_MB = 1e6

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Found:
    estimate: Estimate
    details: Mapping[str, Any]


def rehearse(recipe: Recipe, specs: list[str], folder: Path, begun_s: float, tell: Tell) -> Found:
    """Time it. `begun_s` is how long it took to get here, which a run takes as well; `folder` is for what is made."""
    try:
        return _rehearse(recipe, specs, folder, begun_s, tell)
    except ResourceExhaustedError as error:
        raise MemoryError from error


def _rehearse(recipe: Recipe, specs: list[str], folder: Path, begun_s: float, tell: Tell) -> Found:
    recipe = at_its_size(recipe)
    of = 3 + len(recipe.stages)
    tell(0, of)
    watch = _Watch()
    datasets = [open_dataset(spec) for spec in specs]
    parts = [_counted(dataset, recipe.seed) for dataset in datasets]
    photos = Photos(*(sum(column) for column in zip(*(asdict(part).values() for part in parts), strict=True)))
    open_s = watch.lap()
    cut_each = _mean_over([(d, p.uncut) for d, p in zip(datasets, parts, strict=True)], _cutting)
    compare_each = _mean_over([(d, p.unsorted) for d, p in zip(datasets, parts, strict=True)], _comparing)
    tell(1, of)
    watch.lap()
    network = Network(recipe)
    build_s = watch.lap()
    stages = []
    for number in range(len(recipe.stages)):
        stages.append(_stage(network, recipe, number, photos, folder / f"stage-{number}"))
        tell(2 + number, of)
    finish_s, judge_each = _finishing(network, recipe, photos, datasets[0], folder)
    active_s, active_each = _asking(datasets[0])
    measured = Measured(
        begin=begun_s + open_s + build_s,
        cut_each=cut_each,
        compare_each=compare_each,
        stages=tuple(stages),
        finish=finish_s + active_s,
        judge_each=judge_each + active_each,
        teach_each=active_each if recipe.teacher else 0.0,
    )
    tell(of, of)
    found = estimate(measured, photos, recipe, _needs_mb(network, recipe, photos), has_mb())
    return Found(found, {"measured": asdict(measured), "photos": asdict(photos)})


def _counted(dataset: Dataset, seed: int) -> Photos:
    """Without a look at the pictures: photos of one person stay together, and copies do not change how many."""
    role = roles.of(dataset.table.assign(split=splits.split(dataset.table, seed=seed)))
    counts = {name: int((role == name).sum()) for name in (LEARN, MONITOR, JUDGE)}
    return Photos(
        counts[LEARN],
        counts[MONITOR],
        counts[JUDGE],
        crops.uncut(dataset, registry.home()),
        len(dataset) if roles.compared(dataset.table) else 0,
    )


def _mean_over(sets: list[tuple[Dataset, int]], each: Callable[[Dataset], float]) -> float:
    """Seconds a photo, where data sets with so many photos to do differ."""
    todo = [(dataset, count) for dataset, count in sets if count]
    total = sum(count for _, count in todo)
    return sum(each(dataset) * count for dataset, count in todo) / total if total else 0.0


def _cutting(dataset: Dataset) -> float:
    def cut(rows: list[int]) -> None:
        for _ in crops.look_at_all(dataset, rows):
            pass

    return _each(dataset, cut)


def _comparing(dataset: Dataset) -> float:
    return _each(dataset, lambda rows: fingerprints.take(dataset.part(rows)))


def _each(dataset: Dataset, do: Callable[[list[int]], object]) -> float:
    """Seconds a photo: of some less that of a few, so that what comes only once does not count for each."""
    rows = np.linspace(0, len(dataset) - 1, min(len(dataset), _SOME)).astype(int).tolist()
    watch = _Watch()
    do(rows[:_FEW])
    few_s = watch.lap()
    if len(rows) <= _FEW:
        return few_s / len(rows)
    do(rows)
    some_s = watch.lap()
    slope = (some_s - few_s) / (len(rows) - _FEW)
    return slope if slope > 0 else some_s / len(rows)


def _stage(network: Network, recipe: Recipe, number: int, photos: Photos, folder: Path) -> StageTimes:
    """Two short epochs; the first builds the graphs, which comes once, and the second is like all others."""
    stage = recipe.stages[number]
    cached = stage.depth == HEAD_ONLY and recipe.augmentation == "none"
    real_steps = max(1, photos.learn // recipe.batch)
    learn = min(photos.learn, CACHED_FACES if cached else STEPS * recipe.batch)
    watched = min(photos.watch, WATCHED)
    short = replace(recipe, stages=(replace(stage, epochs=2),), patience=0, teacher="")
    clock = _Stopwatch(folder, STAGE_BUDGET_S)
    began = time.monotonic()
    finetune.train(network, short, _faces(learn), _faces(watched), folder / "checkpoint", clock)
    look_s = _look(network, recipe) if photos.learn > learn or photos.watch > watched else 0.0
    first, later = clock.epochs(began)
    once = first.whole - later.whole
    if cached:
        once += look_s * (photos.learn - learn + photos.watch - watched)
        again = 0.0
    else:
        again = look_s * (photos.watch - watched)
    return StageTimes(max(0.0, once), later.step, later.after + again, real_steps, stage.epochs)


def _look(network: Network, recipe: Recipe) -> float:
    views = list(batches.views(_faces(WATCHED), (recipe.input_height, recipe.input_width), WATCHED))
    network.features(views)
    watch = _Watch()
    network.features(views)
    return watch.lap() / WATCHED


def _finishing(
    network: Network, recipe: Recipe, photos: Photos, dataset: Dataset, folder: Path
) -> tuple[float, float]:
    """What comes once and, for each photo to judge by, what is measured with the finished model."""
    watched, judged = min(photos.watch, WATCHED), min(photos.judge, JUDGED) or 1
    clock = _Stopwatch(folder / "finishing", float("inf"))
    judge = _judged(dataset, judged)
    began = time.monotonic()
    finish.finish(
        folder / "model", "rehearsal", network, recipe, _faces(watched), [judge], {dataset.name: 0}, clock
    )
    whole = time.monotonic() - began
    measuring = clock.told[-1][0]
    judging = time.monotonic() - measuring
    both_ways = 2 if recipe.mirror_average else 1
    more = both_ways * _look(network, recipe) * (photos.watch - watched) if photos.watch > watched else 0.0
    # Opening the finished model and writing the table come once, however few the photos are.
    return whole - judging + more + 0.3, max(0.0, judging - 0.3) / judged


def _asking(dataset: Dataset) -> tuple[float, float]:
    """The model that answers now is asked about the same photos."""
    watch = _Watch()
    engine = registry.open_active(classifier.load).engine
    load_s = watch.lap()
    judge = _judged(dataset, JUDGED)
    predictions.predict(engine, judge.dataset, judge.rows, source="crops", crops=judge.crops)
    return load_s, watch.lap() / len(judge.rows)


def _judged(dataset: Dataset, count: int) -> Judged:
    rows = np.resize(np.arange(len(dataset)), min(count, len(dataset)))
    part = dataset.part(rows)
    part = replace(part, table=part.table.assign(split="test", label=np.arange(len(rows)) % 2))
    return Judged(part, Crops(_pictures(len(rows)), np.ones(len(rows), bool)), np.arange(len(rows)))


def _faces(count: int) -> Examples:
    """So many examples out of a few made-up pictures: time does not depend on what they show."""
    count = max(2, count)
    unknown = np.full(count, UNKNOWN, np.int32)
    return Examples(
        (_pictures(_FACES),),
        np.zeros(count, np.int32),
        np.arange(count, dtype=np.intp) % _FACES,
        np.arange(count, dtype=np.int32) % 2,
        unknown,
        unknown,
        np.ones(count, np.float32),
    )


def _pictures(count: int) -> np.ndarray:
    """As smooth as photos are."""
    dice = np.random.default_rng(0)
    coarse = dice.integers(0, 256, (count, 12, 12, 3), dtype=np.uint8)
    size = (crops.SIZE, crops.SIZE)
    return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in coarse])


def _needs_mb(network: Network, recipe: Recipe, photos: Photos) -> int:
    """The most this process held, and the features of all photos where the run keeps them."""
    kept = 0.0
    if recipe.augmentation == "none" and any(stage.depth == HEAD_ONLY for stage in recipe.stages):
        # Twice, for a moment: the parts, and what they are joined to.
        kept = 2 * 4 * float(np.prod(network.backbone.output.shape[1:])) * (photos.learn + photos.watch)
    return round(_peak_bytes() / _MB + kept / _MB)


def _peak_bytes() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)


def has_mb() -> int:
    """The computer's memory; 0 where the system does not say."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _MB)
    except (AttributeError, ValueError, OSError):
        return 0


class _Watch:
    def __init__(self) -> None:
        self._since = time.monotonic()

    def lap(self) -> float:
        now = time.monotonic()
        since, self._since = self._since, now
        return now - since


@dataclass(frozen=True)
class _Epoch:
    whole: float
    step: float
    after: float


class _Stopwatch(Progress):
    """Listens to what a run tells of itself, and asks it to end when it takes too long."""

    def __init__(self, folder: Path, budget_s: float) -> None:
        super().__init__(folder)
        self.told: list[tuple[float, Mapping[str, Any]]] = []
        self._until = time.monotonic() + budget_s

    def tell(self, *, now: bool = False, **news: Any) -> None:
        self.told.append((time.monotonic(), news))

    def stop_requested(self) -> bool:
        # One step says nothing: it built the graph.
        return time.monotonic() > self._until and sum("step" in news for _, news in self.told) > 1

    def epochs(self, began: float) -> tuple[_Epoch, _Epoch]:
        """The first and the second; where the time was not enough for one, it is made up of the steps there were."""
        steps: list[list[float]] = [[]]
        ends: list[float] = []
        for at, news in self.told:
            if "metrics" in news:
                ends.append(at)
                steps.append([])
            elif "step" in news:
                steps[-1].append(at)
        if len(ends) == 2:
            first = _epoch(began, steps[0], ends[0])
            return first, _epoch(ends[0], steps[1], ends[1])
        marks = steps[1] if len(ends) == 1 and len(steps[1]) else steps[0]
        start = ends[0] if marks is steps[1] else marks[0]
        counted = marks if marks is steps[1] else marks[1:]
        step = (marks[-1] - start) / len(counted)
        if len(ends) == 1:
            first = _epoch(began, steps[0], ends[0])
            return first, _Epoch(len(steps[0]) * step + first.after, step, first.after)
        return _Epoch(marks[-1] - began, step, 0.0), _Epoch(len(marks) * step, step, 0.0)


def _epoch(began: float, steps: list[float], ended: float) -> _Epoch:
    return _Epoch(ended - began, (steps[-1] - began) / len(steps), ended - steps[-1])
