"""Runs and their queue: ask for a run, watch all of them, pause, stop, resume, delete. Nobody holds a run in memory.

Everything is said through files in `runs/ID` (`run_state.py`), so that it is the same for every session and goes on
when the browser or the server is gone. One process does the work (`worker.py`), run after run; `ensure_worker` starts
it. Whoever changes what a run is to do holds the queue's lock, for a moment; the worker holds its own as long as it
lives, so that there is never a second one. Shorter work, which a page asks for and waits for, is `page_jobs.py`'s.
"""

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from model import atomic, registry
from model.card import ModelError
from training import background, formats, json_file, places, progress, run_state
from training.recipe import Recipe
from training.run_state import Run, Ticket

SENTENCES = {
    "no_data": "Choose the photos to learn from first.",
    "gone": "This run is no longer here; somebody deleted it.",
    "not_at_work": "This run is neither waiting nor at work; there is nothing to pause or stop.",
    "not_resumable": "This run cannot go on: it waits, works or is done already.",
    "at_work": "This run is at work; stop it before deleting it.",
    "answers": "The model of this run answers now; choose another before deleting it.",
    "disk_full": "The disk is full; make room and try again.",
    "disk_closed": places.CLOSED,
}
VAIN_STARTS = 3  # workers that ended before they took a run, after which nobody is started for a while
_VAIN_S = 60.0
_MAX_LOG_BYTES = 1_000_000
_NEW, _DELETED = ".new-", ".deleted-"


class JobError(Exception):
    """Nothing was changed, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.facts: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Asked:
    """What to learn from (as `open_dataset` takes each), how, and what a person calls it.

    `search` says what may vary (`search.Settings`), where many recipes are to be tried.
    """

    data: tuple[str, ...]
    recipe: Recipe
    name: str = ""
    search: Mapping[str, Any] | None = None


def enqueue(asked: Asked) -> Run:
    """Put a run at the end of the queue; `ensure_worker` sees that it is taken."""
    if not asked.data:
        raise JobError("no_data")
    with _writing(), queue() as root:
        _sweep(root)
        now = time.time()
        id_ = _new_id(root, asked.name, now)
        made = root / f"{_NEW}{id_}"
        run_state.begin(made, list(asked.data), asked.recipe, id_)
        title = " ".join(asked.name.split())[:80]
        if more := {key: said for key, said in (("title", title), ("search", asked.search)) if said}:
            whole = json.loads((made / "recipe.json").read_text(encoding="utf-8")) | more
            atomic.write(made / "recipe.json", json.dumps(whole, indent=1).encode())
        run_state.keep(made, Ticket(turn=now, asked=now))
        run_state.mark(made, "queued")
        made.rename(root / id_)
        atomic.sync(root)
    return _there(id_)


def runs(home: Path | None = None) -> list[Run]:
    """All runs that can be read, the one that was asked for last first."""
    found = [run for folder in folders(_root(home)) if (run := run_state.read(folder))]
    return sorted(found, key=lambda run: (run.asked, run.id), reverse=True)


def find(id_: str) -> Run | None:
    root = _root()
    return run_state.read(root / id_) if root / id_ in folders(root) else None


def pause(run: Run) -> Run:
    """Let it rest where it stands; `resume` goes on."""
    with _writing(), queue():
        run = _there(run.id)
        if run.state == "queued":
            run_state.mark(run.folder, "paused")
        elif run.state == "running":
            progress.request_stop(run.folder, "pause")
        else:
            raise JobError("not_at_work")
    return _there(run.id)


def stop(run: Run) -> Run:
    """End it for good: the best epoch so far becomes its model, where there is one."""
    with _writing(), queue():
        run = _there(run.id)
        if run.state == "running":
            progress.request_stop(run.folder, "finish")
        elif run.state not in ("queued", "paused", "stopped"):
            raise JobError("not_at_work")
        elif run.history:
            progress.request_stop(run.folder, "finish")
            _queue_anew(run, turn=0.0)
        else:
            run_state.mark(run.folder, "stopped")
    return _there(run.id)


def resume(run: Run) -> Run:
    """Put it at the end of the queue again; one that was asked to pause and has not yet just goes on."""
    with _writing(), queue():
        run = _there(run.id)
        if run.state == "running" and run.wish == "pause":
            progress.forget_stop_request(run.folder)
        elif run.resumable:
            progress.forget_stop_request(run.folder)
            _queue_anew(run, turn=time.time())
        else:
            raise JobError("not_resumable")
    return _there(run.id)


def delete(run: Run) -> None:
    """Remove it with all that it made; never one at work, nor the model that answers."""
    from training import promotion

    with _writing(), promotion.alone(), queue() as root:  # nobody lets its model answer meanwhile
        run = _there(run.id)
        if run_state.at_work(run.folder):
            raise JobError("at_work")
        try:
            answers = registry.active_name() == run.id
        except ModelError:
            answers = False  # what was chosen cannot be read, so that the shipped model answers
        if answers:
            raise JobError("answers")
        shutil.rmtree(places.evaluations(run.id), ignore_errors=True)
        run.folder.rename(root / f"{_DELETED}{run.id}-{secrets.token_hex(2)}")
        _sweep(root)
    formats.forget(run.id)


def ensure_worker() -> bool:
    """Start the worker if there is work and nobody at it; whether it was started. Anybody may call it at any time."""
    root = _root()
    if not any(to_do(folder) for folder in folders(root)):
        return False
    with _writing(), queue(), (root / ".worker.lock").open("ab") as lock:
        if not background.grab(lock):
            return False
        vain, since = _vain_starts(root)
        if vain >= VAIN_STARTS and 0 <= time.time() - since < _VAIN_S:
            return False
        tell_starts(root, vain + 1)
        log = root / ".worker.log"
        if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
            log.unlink()
        if os.name != "posix":
            background.release(lock)  # only there a child inherits it
        inherited = [f"--lock={lock.fileno()}"] if os.name == "posix" else []
        process = background.spawn(["work", *inherited], log, lock)
    # Nobody waits for it but this thread, which lets the system forget it once it ended.
    threading.Thread(target=process.wait, daemon=True, name="trainer").start()
    return True


def active(run: Run) -> bool:
    """Whether it works, waits, or goes on by itself as soon as there is a worker again."""
    died = run.code == "died" and run_state.ticket(run.folder) is not None
    return died or run.state in ("queued", "running")


def ahead_of(run: Run) -> int:
    """How many runs of the queue come before this one."""
    if run.state != "queued":
        return 0
    mine = run_state.ticket(run.folder)
    others = [one for one in runs() if one.id != run.id and active(one)]
    turns = [run_state.ticket(one.folder) for one in others if one.state == "queued"]
    before = sum(1 for turn in turns if turn and mine and (turn.turn, turn.asked) < (mine.turn, mine.asked))
    return before + len(others) - len(turns)


def to_do(folder: Path) -> bool:
    """Whether the worker has something to do here: it waits, or its worker died."""
    run = run_state.read(folder)
    if run is None or run_state.ticket(folder) is None:
        return False
    return run.state == "queued" or (run.code == "died" and not run_state.at_work(folder))


@contextmanager
def queue() -> Iterator[Path]:
    """Alone in changing what runs are to do; gives the folder of all runs."""
    root = _root()
    with background.turn(root / ".queue.lock"):
        yield root


def tell_starts(root: Path, in_vain: int) -> None:
    """How many workers were started in a row that never took a run."""
    atomic.write(root / ".worker.json", json.dumps({"in_vain": in_vain, "at": time.time()}).encode())


def _vain_starts(root: Path) -> tuple[int, float]:
    try:
        said = json_file.read(root / ".worker.json", 1000)
        return int(said["in_vain"]), float(said["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0.0


def _queue_anew(run: Run, turn: float) -> None:
    kept = run_state.ticket(run.folder) or Ticket(turn=turn, asked=run.asked, started=run.started)
    run_state.keep(run.folder, replace(kept, turn=turn, died=0, epochs=len(run.history), ended=None))
    run_state.mark(run.folder, "queued")


def _there(id_: str) -> Run:
    run = find(id_)
    if run is None:
        raise JobError("gone")
    return run


def _root(home: Path | None = None) -> Path:
    return (home or registry.home()) / "runs"


def folders(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return [
        Path(entry.path)
        for entry in os.scandir(root)
        if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
    ]


def _new_id(root: Path, name: str, now: float) -> str:
    """The time and what is plain of the name: also the model's name, and its folder's."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30].strip("-")
    id_ = "-".join(filter(None, [time.strftime("%Y%m%d-%H%M%S", time.localtime(now)), plain]))
    return f"{id_}-{secrets.token_hex(2)}" if (root / id_).exists() else id_


def _sweep(root: Path) -> None:
    """Whoever made or deleted these was interrupted: nobody else is at it while the queue is held."""
    for part in (*root.glob(f"{_NEW}*"), *root.glob(f"{_DELETED}*")):
        shutil.rmtree(part, ignore_errors=True)


def _writing() -> AbstractContextManager[None]:
    return atomic.where_it_can_be_written(JobError)


def trainer_lock() -> IO[bytes] | None:
    """The worker's lock for a trainer that was not started by the queue; None where another is at work."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    lock = (root / ".worker.lock").open("ab")
    if background.grab(lock):
        return lock
    lock.close()
    return None
