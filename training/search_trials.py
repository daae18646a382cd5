"""The work of a search: one short training after another, each with settings that Optuna suggests.

The trainer's process does it (`worker.py`), and may be killed at any moment: the try that it was at keeps its settings
and goes on after its last epoch. A try that is clearly behind the others is given up. Photos to judge the model by are
never looked at, so that a full run can still say how good the winner is.
"""

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import TrialState

from training import chosen, fit, roles, run_state, search, search_space, teacher
from training.backbone_facts import BackboneError
from training.batches import Examples
from training.datasets import Dataset
from training.finetune import TrainingError, train
from training.network import Network
from training.progress import CELLS, Progress, wish
from training.recipe import Recipe, RecipeError, at_its_size
from training.roles import LEARN, MONITOR, Dealt
from training.run_state import SENTENCES, Run
from training.search import OUTCOME, Settings

STEPS = 10  # parts of a training after which tries are compared, however many epochs each has
MOST_DEATHS = 2  # of the process, in one try, after which that try is given up
_FAILURES = (TrainingError, BackboneError, RecipeError, MemoryError, fit.exhausted())


def go_on(folder: Path) -> str:
    """Try recipes until all are tried or somebody asks to stop, and say which; calling it again goes on."""
    return fit.told(folder, _work)


def _work(folder: Path, progress: Progress) -> str:
    try:
        return _search(folder, progress)
    except search.SearchError as error:
        raise TrainingError(error.code, str(error)) from error


def _search(folder: Path, progress: Progress) -> str:
    _, settings = search.settings_of(folder)
    progress.tell(
        now=True, state="running", stage="photos", epoch=run_state.epochs_done(folder), epochs=settings.trials
    )
    if wish(folder):
        return _ended(folder)
    search.prepare(folder)
    run = run_state.read(folder)
    assert run is not None
    dealt = _dealt(folder, settings, run)
    sources = [fit.source(one, spec, progress) for one, spec in zip(dealt, run.data, strict=True)]
    learning, checking = (fit.examples(sources, role, run.recipe) for role in (LEARN, MONITOR))
    if min(len(set(part.labels.tolist())) for part in (learning, checking)) < 2:
        raise TrainingError("too_few_photos", SENTENCES["too_few_photos"])
    roles.keep(folder, dealt)
    if run.recipe.teacher:
        progress.tell(now=True, stage="asking the teacher")
        learning = teacher.taught(learning, run.recipe)
    progress.log(f"{len(learning)} photos to learn from, {len(checking)} to check by")
    if run.history:
        _report(folder, settings, progress)
    while (number := _next(folder, settings)) is not None:
        _tidy(folder, number)
        if not _try(folder, settings, number, learning, checking, progress):
            return _ended(folder)
        _report(folder, settings, progress)
    _tidy(folder, None)
    return "done"


def _ended(folder: Path) -> str:
    return "paused" if wish(folder) == "pause" else "stopped"


def _next(folder: Path, settings: Settings) -> int | None:
    """The try that was interrupted, or a new one; None once all are done. The first is the recipe itself."""
    with search.study(folder) as study:
        trials = study.get_trials(deepcopy=False)
        if at_work := [trial.number for trial in trials if trial.state == TrialState.RUNNING]:
            return at_work[0]
        begun = [trial for trial in trials if trial.state != TrialState.WAITING]
        if len(begun) >= settings.trials:
            return None
        if not trials:
            study.enqueue_trial(dict(search.space_of(folder).begins()))
        return study.ask().number


def _try(
    folder: Path, settings: Settings, number: int, learning: Examples, checking: Examples, progress: Progress
) -> bool:
    """One recipe, to its end; False where somebody asked to stop before."""
    started = time.monotonic()
    with search.study(folder) as study:
        # Seeded by its number, what is drawn does not depend on how often the search was interrupted.
        study.sampler = optuna.samplers.TPESampler(
            seed=settings.seed * 1000 + number, n_startup_trials=search.DRAWN
        )
        # Optuna has no other way to go on with a try that another process began.
        trial = optuna.Trial(study, study.get_trials(deepcopy=False)[number]._trial_id)
        params = _suggested(trial, search.space_of(folder).ranges)
        recipe = at_its_size(search.recipe_of(folder, params))
        told = TrialProgress(folder_of(folder, number), trial, recipe, progress)
        before = sum(float(row["seconds"]) for row in told.rows_before())
        deaths = int(trial.user_attrs.get("begun", 0))
        code: str | None = None
        if deaths >= MOST_DEATHS:
            code = "died"
        else:
            trial.set_user_attr("begun", deaths + 1)
            progress.log(f"try {number + 1} of {settings.trials}: {dict(params)}")
            try:
                if not _taught(recipe, learning, checking, told) and not told.behind:
                    return False
            except _FAILURES as error:
                code = fit.told_of(error)[0] or "failed"
                progress.log(f"try {number + 1} failed: {error}")
            finally:
                # Only what ends the process without a word leaves it counted.
                with suppress(optuna.exceptions.StorageInternalError):
                    trial.set_user_attr("begun", deaths)
        outcome = _outcome(told.rows, len(checking), before + time.monotonic() - started, code)
        trial.set_user_attr(OUTCOME, outcome)
        if code or "right" not in outcome:
            study.tell(number, state=TrialState.FAIL)
        elif told.behind:
            study.tell(number, state=TrialState.PRUNED)
        else:
            study.tell(number, outcome["right"] / outcome["of"])
    return True


def _taught(recipe: Recipe, learning: Examples, checking: Examples, told: "TrialProgress") -> bool:
    import gc

    import keras

    keras.utils.set_random_seed(recipe.seed)  # as a full run does, so that a try can be had again
    try:
        return train(Network(recipe), recipe, learning, checking, told.folder / "checkpoint", told)
    finally:
        keras.backend.clear_session()
        gc.collect()


def _suggested(trial: optuna.Trial, ranges: Mapping[str, search_space.Range]) -> dict[str, Any]:
    """What Optuna suggests, or suggested before where this try goes on."""
    found: dict[str, Any] = {}
    for name, range_ in ranges.items():
        if isinstance(range_[0], str):
            found[name] = trial.suggest_categorical(name, list(range_))
        else:
            least, most, log = range_
            found[name] = trial.suggest_float(name, float(least), float(most), log=bool(log))
    return found


def _outcome(rows: list[Mapping[str, Any]], of: int, seconds: float, code: str | None) -> dict[str, Any]:
    said: dict[str, Any] = {"seconds": round(seconds, 1), "epochs": len(rows), "code": code}
    if rows:
        best = max(rows, key=lambda row: (row["val_accuracy"], -row["val_loss"]))
        right = sum(int(best[name]) for (label, answer), name in CELLS.items() if label == answer)
        said |= {"right": right, "of": of, "row": {key: best[key] for key in best if key.startswith("val_")}}
    return said


class TrialProgress(Progress):
    """What a try says goes to the run; each epoch goes to Optuna, which may find that it is behind the others."""

    def __init__(self, folder: Path, trial: optuna.Trial, recipe: Recipe, run: Progress) -> None:
        super().__init__(folder)
        self.behind = False
        self.rows: list[Mapping[str, Any]] = []
        self._trial, self._recipe, self._run = trial, recipe, run

    def rows_before(self) -> list[Mapping[str, Any]]:
        """Of the epochs that were done before this process."""
        from training import checkpoint

        found = checkpoint.latest(self.folder / "checkpoint")
        self.rows = list(found.position.history) if found else []
        return self.rows

    def tell(self, *, now: bool = False, **news: Any) -> None:
        shown = {name: news[name] for name in ("step", "steps", "images_per_s") if name in news}
        self._run.tell(now=now, stage="trying", **shown)

    def log(self, line: str) -> None:
        self._run.log(f"  {line}")

    def history(self, rows: list[Mapping[str, Any]]) -> None:
        super().history(rows)
        self.rows = rows
        done = len(rows)
        # A try that goes on says its last epoch again, which Optuna may not have heard.
        heard = self._trial.study.get_trials(deepcopy=False)[self._trial.number].intermediate_values
        for step in range(_part(done - 1, self._recipe.epochs) + 1, _part(done, self._recipe.epochs) + 1):
            if step not in heard:
                self._trial.report(-float(rows[-1]["val_loss"]), step)
        if done < self._recipe.epochs and self._trial.should_prune():
            self.behind = True
            self.log("behind the others; given up")

    def stop_requested(self) -> bool:
        return self.behind or self._run.stop_requested()


def _part(epochs: int, of: int) -> int:
    """How many of `STEPS` parts of the training are done."""
    return STEPS * epochs // of


def folder_of(folder: Path, number: int) -> Path:
    return folder / "search" / f"trial-{number:04}"


def _tidy(folder: Path, number: int | None) -> None:
    """Of tries that are over only the curves stay."""
    for old in (folder / "search").glob("trial-*"):
        if number is None or old != folder_of(folder, number):
            for kept in [*old.iterdir()]:
                if kept.name != "history.csv":
                    shutil.rmtree(kept, ignore_errors=True) if kept.is_dir() else kept.unlink(missing_ok=True)


def _report(folder: Path, settings: Settings, progress: Progress) -> None:
    """A row of the run's history for each try that is over, and how long the rest will take."""
    over = [one for one in search.tried(folder) if one.state != "running"]
    rows: list[Mapping[str, Any]] = [
        {"epoch": place, **one.row, "seconds": one.seconds or 0.0} for place, one in enumerate(over, start=1)
    ]
    progress.history(rows)
    each = float(np.mean([one.seconds or 0.0 for one in over]))
    progress.tell(now=True, epoch=len(over), eta_s=round(each * (settings.trials - len(over))))


def _dealt(folder: Path, settings: Settings, run: Run) -> list[Dealt]:
    """Of each its share of the photos to learn from, half as many to check by, always the same; none that judge."""
    photos = settings.photos // len(run.data)
    checks = max(2, photos // 2)

    def few(all_: Dealt) -> Dealt:
        ids = all_.dataset.table["id"]
        wanted = {LEARN: photos, MONITOR: checks}
        parts = {
            name: chosen.at_most(all_.dataset.part(all_.role == name), most, settings.seed).table["id"]
            for name, most in wanted.items()
        }
        taken = ids.isin(pd.concat(parts))
        return Dealt(all_.dataset.part(taken), all_.role[taken].reset_index(drop=True))

    def deal(opened: list[Dataset]) -> list[Dealt]:
        return [few(one) for one in roles.deal(opened, run.recipe.seed, watch=checks)]

    return roles.dealt(folder, run.data, deal)
