"""The search for a better recipe: ask for one, see what was tried, take the winner.

A search is a run of the queue like any other, so that it waits its turn, rests, goes on after a crash and is deleted
in the same way; its `recipe.json` also says what may vary. `search_trials.py` does the work. What was tried lies in
`search/study.db`, which Optuna keeps and anybody may read meanwhile.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from model import atomic
from training import jobs, run_state, search_space, statistics
from training.jobs import Asked
from training.recipe import Recipe
from training.run_state import Run
from training.search_space import VARIABLE, Space
from training.statistics import Estimate

if TYPE_CHECKING:
    import optuna

SENTENCES = {
    "out_of_range": "{name} is {value}; it has to lie between {least} and {most}.",
    "unknown_setting": 'No setting is called "{name}"; what may vary are {known}.',
    "nothing_varies": "Nothing may vary, so there is nothing to search for; choose at least one setting.",
    "no_search": "There is no search in this run.",
    "no_winner": "No try has come to its end yet, so there is no winner.",
    "search_unreadable": run_state.SENTENCES["search_unreadable"],
    "disk_full": run_state.SENTENCES["disk_full"],
}
TRIALS, PHOTOS, EPOCHS = (2, 200), (20, 20_000), (1, 50)
DRAWN = 5  # tries that are drawn blindly, the first one among them, before the search learns from them
OUTCOME = "outcome"
_NAME = "search"
_PATIENCE_S = 30  # with a file that another process is writing

State = Literal["running", "done", "pruned", "failed"]


class SearchError(Exception):
    """Nothing was done, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, Any] = facts


@dataclass(frozen=True)
class Settings:
    """How many recipes are tried, each on so many `photos` (checked by half as many) for at most so many `epochs`.

    `vary` are names of `search_space.VARIABLE`; `networks` are what may be begun from, as `networks_here` says them.
    """

    trials: int = 20
    photos: int = 1000
    epochs: int = 4
    vary: tuple[str, ...] = VARIABLE
    networks: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        for name in self.vary:
            if name not in VARIABLE:
                raise SearchError("unknown_setting", name=name[:40], known=", ".join(VARIABLE))
        for name, (least, most) in (("trials", TRIALS), ("photos", PHOTOS), ("epochs", EPOCHS)):
            if not least <= getattr(self, name) <= most:
                raise SearchError(
                    "out_of_range", name=name, value=getattr(self, name), least=least, most=most
                )


@dataclass(frozen=True)
class Tried:
    """A recipe that was tried. `right` of `of` checking photos after its best epoch; `code` says why it failed."""

    number: int
    state: State
    params: Mapping[str, Any]
    right: int | None = None
    of: int | None = None
    loss: float | None = None
    epochs: int = 0
    seconds: float | None = None
    code: str | None = None
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> Estimate | None:
        return statistics.proportion(self.right, self.of) if self.right is not None and self.of else None


def begin(data: tuple[str, ...], base: Recipe, settings: Settings, name: str = "") -> Run:
    """Put a search at the end of the queue; `jobs.ensure_worker` sees that it is taken."""
    if not search_space.space(base, settings.vary, settings.networks).ranges:
        raise SearchError("nothing_varies")
    return jobs.enqueue(Asked(data, base, name or _NAME, asdict(settings)))


def settings_of(folder: Path) -> tuple[Recipe, Settings]:
    """What the search in this run's folder begins from, and how it was asked to search."""
    run = run_state.read(folder)
    if run is None or not run.trials:
        raise SearchError("no_search")
    try:
        raw = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))["search"]
        whole = {one: int(raw[one]) for one in ("trials", "photos", "epochs", "seed")}
        vary, networks = (tuple(str(each) for each in raw[one]) for one in ("vary", "networks"))
        return run.recipe, Settings(vary=vary, networks=networks, **whole)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SearchError("no_search") from error


def space_of(folder: Path) -> Space:
    base, settings = settings_of(folder)
    return search_space.space(base, settings.vary, settings.networks)


def tried(folder: Path) -> tuple[Tried, ...]:
    """Every try so far, in order; nothing before the first."""
    if not study_file(folder).is_file():
        return ()
    with study(folder) as kept:
        return tuple(
            _tried(trial) for trial in kept.get_trials(deepcopy=False) if trial.state.name != "WAITING"
        )


def table(folder: Path) -> pd.DataFrame:
    """A row a try: `trial`, `state`, `value` (right of the checking photos) from `low` to `high`, `seconds`, `epochs`
    and a column for each setting that varies. The first try is the recipe that the search began from.
    """
    names = list(space_of(folder).ranges)
    rows = []
    for one in tried(folder):
        low, high = one.share.interval if one.share else (math.nan, math.nan)
        rows.append(
            {
                "trial": one.number,
                "state": one.state,
                "value": one.share.value if one.share else math.nan,
                "low": low,
                "high": high,
                "seconds": one.seconds,
                "epochs": one.epochs,
                **{name: one.params.get(name) for name in names},
            }
        )
    return pd.DataFrame(rows, columns=["trial", "state", "value", "low", "high", "seconds", "epochs", *names])


def best_of(tried: Sequence[Tried]) -> Tried | None:
    """The try that had most right at its end, by its loss where several had; it is never worse than the first."""
    ended = [one for one in tried if one.state == "done" and one.share]
    return max(ended, key=lambda one: ((one.right or 0) / (one.of or 1), -(one.loss or 0.0)), default=None)


def winner(folder: Path) -> Recipe:
    """The recipe of the best try, as it was tried."""
    found = best_of(tried(folder))
    if found is None:
        raise SearchError("no_winner")
    return recipe_of(folder, found.params)


def recipe_of(folder: Path, params: Mapping[str, Any]) -> Recipe:
    """The recipe of the try with these settings."""
    _, settings = settings_of(folder)
    return search_space.shortened(space_of(folder).recipe(params), settings.epochs)


def study_file(folder: Path) -> Path:
    return folder.absolute() / "search" / "study.db"


def prepare(folder: Path) -> None:
    """Make the study, where there is none; it has its name only once it is whole."""
    path = study_file(folder)
    if path.exists():
        return
    part = path.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    import optuna

    with _storage(part) as storage:
        made = optuna.create_study(storage=storage, study_name=_NAME, direction="maximize")
        made.set_user_attr("by", "Rupa")
    part.rename(path)
    atomic.sync(path.parent)


@contextmanager
def study(folder: Path) -> "Iterator[optuna.Study]":
    """What Optuna keeps of this search. To read it takes no lock that the trainer waits for."""
    path = study_file(folder)
    if not path.is_file():
        raise SearchError("no_search")
    import optuna

    with _storage(path) as storage:
        pruner = optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=3)
        try:
            kept = optuna.load_study(study_name=_NAME, storage=storage, pruner=pruner)
        except KeyError as error:
            raise SearchError("search_unreadable") from error
        yield kept


@contextmanager
def _storage(path: Path) -> "Iterator[optuna.storages.RDBStorage]":
    import optuna
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    patient = {"connect_args": {"timeout": _PATIENCE_S}}
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}", engine_kwargs=patient)
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()
    except (SQLAlchemyError, StorageInternalError) as error:
        told = f"{error} {error.__cause__}"
        raise SearchError("disk_full" if "is full" in told else "search_unreadable") from error


def _tried(trial: "optuna.trial.FrozenTrial") -> Tried:
    known: dict[str, State] = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed"}
    said = trial.user_attrs.get(OUTCOME, {})
    row = said.get("row", {})
    return Tried(
        trial.number,
        known.get(trial.state.name, "running"),
        trial.params,
        right=said.get("right"),
        of=said.get("of"),
        loss=row.get("val_loss"),
        epochs=int(said.get("epochs", 0)),
        seconds=said.get("seconds"),
        code=said.get("code"),
        row=row,
    )
