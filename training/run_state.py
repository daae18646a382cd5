"""One run, as its folder tells of it: `read` for whoever shows it, `begin` and `keep` for whoever moves it on.

`recipe.json` says what was asked for, `status.json` and `history.csv` how far it is (`progress.py`), `ticket.json` what
the queue knows. A folder is read as if a stranger had filled it.
"""

import csv
import io
import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

from model import atomic
from model.card import CARD
from training import background, json_file, progress
from training.progress import STATES, Progress, Wish
from training.recipe import Recipe, RecipeError, parse

SENTENCES = {
    "died": "The training ended before it was done, for no reason that is known here; go on where it was.",
    "keeps_dying": "The training ended {times} times in the same epoch, for no reason that is known here; "
    "choose a smaller batch, picture size or backbone.",
    "too_few_photos": "Both women's and men's photos are needed, some to learn from and some to check.",
    "not_a_number": "The loss is no longer a number; lower the rate, or look for broken photos.",
    "disk_full": "The disk is full. Free some space and go on; the last finished epoch is kept.",
    "search_unreadable": "What this search has tried cannot be read; delete it and search again.",
    "cluster_lost": "The cluster cannot be reached any more. Go on as soon as it is there again.",
    "cluster_refused": "The cluster could not begin this run; the run's log has its words.",
    "no_ray": "Ray, which speaks to clusters, is missing here; "
    "{python} -m pip install -r requirements-cluster.txt installs it.",
    "no_memory": "The memory is not enough. Choose a smaller batch, picture size or backbone and go on.",
}
SILENT_S = 60.0
_MAX_BYTES = 4_000_000
_MAX_ROWS = 10_000
_LATEST_S = 32_000_000_000  # the year 2984: no system's calendar ends before that

Row = dict[str, float | str]


@dataclass(frozen=True)
class Ticket:
    """A run's place in the queue, the lowest `turn` first; how often it `died` since `epochs` were done; wall times."""

    turn: float
    asked: float
    died: int = 0
    epochs: int = 0
    started: float | None = None
    ended: float | None = None


@dataclass(frozen=True)
class Run:
    """A run as it stands. `state` is queued, running, paused, stopped, failed or done.

    `reason` is the English sentence why it is not done; `code` and `facts` say the same in any language, where it has a
    code. `wish` is how it was asked to end, while it has not yet. `history` has a row for each epoch that is done.

    A search is a run that tries so many `trials` recipes; its epochs are those that were tried.
    """

    id: str
    folder: Path
    name: str
    recipe: Recipe
    data: tuple[str, ...]
    state: str
    stage: str
    epoch: int
    epochs: int
    step: int
    steps: int
    images_per_s: float | None
    eta_s: float | None
    metrics: Mapping[str, float | str]
    history: tuple[Row, ...]
    asked: float
    started: float | None
    ended: float | None
    wish: Wish | None = None
    reason: str | None = None
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    trials: int = 0
    host: str | None = None  # the computer at work on it, where it is another than this

    @property
    def finished(self) -> bool:
        """Whether there is a model to look at; the registry knows it by the run's id."""
        return (self.folder / "model" / CARD).is_file()

    @property
    def resumable(self) -> bool:
        return self.state in ("paused", "stopped", "failed")


def begin(folder: Path, data: list[str], recipe: Recipe, name: str) -> None:
    """Write down what is to be done; refuses a folder that holds another run."""
    if (folder / "recipe.json").exists():
        raise RecipeError("run_exists", folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    asked = {"name": name, "data": data, "recipe": recipe.as_json()}
    atomic.write(folder / "recipe.json", json.dumps(asked, indent=1).encode())


def read(folder: Path) -> Run | None:
    """The run in this folder; None where there is none that can be read."""
    try:
        asked = json_file.read(folder / "recipe.json", _MAX_BYTES)
        recipe = parse(dict(asked["recipe"].items()))
        name, data = asked.get("title") or asked["name"], tuple(asked["data"])
        trials = _whole(asked["search"]["trials"]) if asked.get("search") else 0
        since = (folder / "recipe.json").stat().st_mtime
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(name, str) or not all(isinstance(one, str) for one in data):
        return None
    status, kept = _status(folder), ticket(folder) or Ticket(since, since)
    if not (alive := _is_alive(folder, status)):
        status = _status(folder)  # its last word, or the first of who took it over meanwhile
        alive = _is_alive(folder, status)
    history = _history(folder)
    state, code = str(status.get("state")), _word(status.get("code"))
    if state not in STATES or (state == "running" and not alive):
        state, code = "stopped", "died"
    died = code == "died"
    return Run(
        folder.name,
        folder,
        name,
        recipe,
        data,
        state,
        stage=_word(status.get("stage")) or state,
        epoch=max(_whole(status.get("epoch")), len(history)),
        epochs=trials or recipe.epochs,
        step=_whole(status.get("step")),
        steps=_whole(status.get("steps")),
        images_per_s=_number(status.get("images_per_s")),
        eta_s=_number(status.get("eta_s")) if state == "running" else None,
        metrics=history[-1] if history else {},
        history=history,
        asked=kept.asked,
        started=kept.started,
        ended=None if state in ("queued", "running") else kept.ended or _number(status.get("heartbeat")),
        wish=progress.wish(folder) if state in ("queued", "running") else None,
        reason=SENTENCES["died"] if died else _word(status.get("reason")),
        code=code,
        facts=status["facts"] if isinstance(status.get("facts"), dict) and not died else {},
        trials=trials,
        host=progress.elsewhere(status) if state == "running" else None,
    )


def at_work(folder: Path, silent_s: float = math.inf) -> bool:
    """Whether the process that says it works on the run is there, and was not silent for longer than this."""
    status = _status(folder)
    unseen = progress.elsewhere(status) or status.get("pid_started") == 0.0  # the system tells no beginnings
    if status.get("state") == "running" and unseen:
        # Such a process cannot be looked at from here, but it holds the run's lock as long as it lives.
        return _alive(status, min(silent_s, SILENT_S)) or not _free(folder)
    return _alive(status, silent_s)


def _is_alive(folder: Path, status: dict[str, Any]) -> bool:
    """Of a process on another computer, whose clock may go otherwise, the run's lock has the last word."""
    if _alive(status, SILENT_S):
        return True
    return status.get("state") == "running" and progress.elsewhere(status) is not None and not _free(folder)


def _free(folder: Path) -> bool:
    try:
        with background.alone(folder) as free:
            return free
    except OSError:
        return True  # the run is gone, or its disk knows no locks: then only the heartbeat tells


def _alive(status: dict[str, Any], silent_s: float) -> bool:
    try:
        return progress.is_alive(status, silent_s=silent_s)
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def epochs_done(folder: Path) -> int:
    return len(_history(folder))


def ticket(folder: Path) -> Ticket | None:
    """What the queue knows of the run; None where it never was in the queue, or no calendar has its times."""
    try:
        raw = json_file.read(folder / "ticket.json", _MAX_BYTES)
        numbers = {one.name: _number(raw[one.name]) for one in fields(Ticket)}
    except (OSError, ValueError, KeyError):
        return None
    turn, asked = numbers["turn"], numbers["asked"]
    times = (turn, asked, numbers["started"], numbers["ended"])
    if turn is None or asked is None or not all(0 <= (at or 0) < _LATEST_S for at in times):
        return None
    died, epochs = _whole(numbers["died"]), _whole(numbers["epochs"])
    return Ticket(turn, asked, died, epochs, numbers["started"], numbers["ended"])


def keep(folder: Path, kept: Ticket) -> None:
    atomic.write(folder / "ticket.json", json.dumps(asdict(kept)).encode())


def mark(folder: Path, state: str, code: str | None = None, **facts: object) -> Progress:
    """Let the run be in this state from now on; what it reached so far stays to be seen."""
    before = _status(folder)
    done = epochs_done(folder)
    told = Progress(folder)
    told.tell(
        now=True,
        state=state,
        stage="starting" if state == "running" else state,
        epoch=done,
        epochs=_whole(before.get("epochs")),
        reason=SENTENCES[code].format(**facts) if code else None,
        code=code,
        facts=facts,
    )
    return told


def settle(folder: Path, state: str | None = None) -> None:
    """Note that the run is over for now; `state` where it could not say so itself."""
    if state:
        mark(folder, state)
    progress.forget_stop_request(folder)
    if known := ticket(folder):
        keep(folder, replace(known, ended=time.time()))


def _status(folder: Path) -> dict[str, Any]:
    return progress.read_status(folder) or {}


def _history(folder: Path) -> tuple[Row, ...]:
    try:
        with (folder / "history.csv").open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ()
    rows: list[Row] = []
    # A field of a hundred thousand letters is an error, though what stands before it can be read.
    with suppress(csv.Error):
        for raw in islice(csv.DictReader(io.StringIO(text, newline="")), _MAX_ROWS):
            row: Row = {}
            for name, value in raw.items():
                if isinstance(name, str) and isinstance(value, str):
                    number = _number(value)
                    row[name] = value[:100] if number is None else number
            rows.append(row)
    return tuple(rows)


def _word(value: object) -> str | None:
    return value[:1000] if isinstance(value, str) else None


def _whole(value: object) -> int:
    return int(_number(value) or 0)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
