"""What pages ask for (`page_asked.py`) in the background: a process of its own, one at a time for all of them.

A job lives in `data/jobs/ID`: `asked.json`, `process.json`, and what `page_job_report.py` writes there. Whoever shows a
job reads these files, so that it is the same for every session, goes on when the browser or the server is gone, and
nothing is lost with either. The lock is held by the working process itself: it is free again however that ends.
Training runs are no such jobs: they wait their turn in a queue of their own (`jobs.py`).
"""

import json
import os
import re
import secrets
import shutil
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from model import atomic, registry
from training import background, json_file, page_asked, places, progress
from training.page_asked import Asked, Evaluate, Rehearse
from training.page_job_report import OUTCOME

SENTENCES = {
    "busy": "Something else is at work on this computer; wait until it is done, or cancel it.",
    "died": "The work ended before it was done, for no reason that is known here; start it again.",
    "no_memory": "The memory of this computer was not enough; close other programs and start it again.",
    "disk_full": "The disk is full; make room and start it again.",
    "disk_closed": places.CLOSED,
}
KEEP = 5  # folders of jobs that are over
_OPENED = "opened"
_STARTING_S = 20.0
_GRACE_S = 5.0
_MAX_BYTES = 20_000
_NAME = re.compile(r"(\d{8}-\d{6})(?:-(\d{9}))?")
_one_start = threading.Lock()


class JobError(Exception):
    """Nothing was started, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.facts: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Job:
    """A job as it stands. `state` is running, stopped, failed or done; `made` is the file of one that is done.

    `code` and `facts` say why one failed, in the sentences of whoever refused.
    """

    id: str
    folder: Path
    asked: Asked
    state: str
    stage: str = "starting"
    step: int = 0
    steps: int = 0
    eta_s: float | None = None
    made: Path | None = None
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return min(1.0, self.step / self.steps) if self.steps else 0.0


def start(asked: Asked) -> Job:
    """Begin it in a process of its own; raises `JobError` where one is at work already, or no room to begin.

    A rehearsal, which nobody asked for, gives way to everything else.
    """
    with atomic.where_it_can_be_written(JobError):
        return _started(asked)


def _started(asked: Asked) -> Job:
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    with _one_start, (root / ".lock").open("ab") as lock:
        if not _grab_soon(lock, given_way=_gives_way(asked)):
            raise JobError("busy")
        _tidy(root)
        folder = root / _new_name(root)
        folder.mkdir()
        atomic.write(folder / "asked.json", json.dumps(page_asked.written(asked)).encode())
        process = background.spawn([*asked.words(), f"--status={folder}"], folder / "log.txt", lock)
        described = {"pid": process.pid, "pid_started": progress.started_at(process.pid)}
        atomic.write(folder / "process.json", json.dumps(described).encode())
    # Nobody waits for it but this thread, which lets the system forget it once it ended.
    threading.Thread(target=process.wait, daemon=True, name="job").start()
    job = find(folder.name)
    assert job is not None
    return job


def latest() -> Job | None:
    """The job that is at work, or else was started last, whoever started it."""
    newest = _jobs()
    return next((job for job in newest if job.state == "running"), newest[0] if newest else None)


def running() -> Job | None:
    job = latest()
    return job if job and job.state == "running" else None


def find(id_: str) -> Job | None:
    folder = _root() / id_
    return _read(folder) if folder in _folders(_root()) else None


def unopened() -> Job | None:
    """The newest evaluation that was made, unless somebody has opened it."""
    newest = next((job for job in _jobs() if isinstance(job.asked, Evaluate) and job.made), None)
    return None if newest is None or (newest.folder / _OPENED).exists() else newest


def mark_opened(made: Path) -> None:
    """Whatever made this file needs no more to be offered."""
    for folder in _folders(_root()):
        job = _read(folder)
        if job and job.made == made:
            # A disk that is full, or a folder that is tidied away: it is offered once more.
            with suppress(OSError):
                (folder / _OPENED).touch()


def cancel(job: Job) -> None:
    """End it now: asked kindly first, by force some seconds later. What it had downloaded stays for the next time."""
    progress.request_stop(job.folder)
    if not _alive(job.folder):
        return
    process = json_file.read(job.folder / "process.json", _MAX_BYTES)
    _signal(process, signal.SIGTERM)
    timer = threading.Timer(_GRACE_S, _signal, (process, getattr(signal, "SIGKILL", signal.SIGTERM)))
    timer.daemon = True
    timer.start()


def _read(folder: Path) -> Job | None:
    try:
        asked = page_asked.read(json_file.read(folder / "asked.json", _MAX_BYTES))
    except (OSError, ValueError):
        return None
    alive = _alive(folder)  # before what it says: it may say its last word meanwhile
    status = progress.read_status(folder) or {}
    state = str(status.get("state", "running"))
    outcome: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        outcome = json_file.read(folder / OUTCOME, _MAX_BYTES)
    if state == "running" and not alive:
        stopped = (folder / "stop").exists()
        state, outcome = ("stopped", {}) if stopped else ("failed", {"code": "died"})
    elif state == "failed" and "code" not in outcome:
        outcome = {"code": "disk_full"}
    return Job(
        folder.name,
        folder,
        asked,
        state,
        stage=str(status.get("stage", "starting")),
        step=int(status.get("step") or 0),
        steps=int(status.get("steps") or 0),
        eta_s=status.get("eta_s"),
        made=Path(outcome["made"]) if state == "done" and "made" in outcome else None,
        code=outcome.get("code"),
        facts=outcome.get("facts", {}),
    )


def _alive(folder: Path) -> bool:
    status = progress.read_status(folder)
    if status:
        return progress.is_alive(status)
    try:
        process = json_file.read(folder / "process.json", _MAX_BYTES)
    except (OSError, ValueError):
        return abs(time.time() - folder.stat().st_mtime) < _STARTING_S
    return _same(process)


def _same(process: Mapping[str, Any]) -> bool:
    """Whether this process still is the one that was started, and not another with its number."""
    started = progress.started_at(int(process["pid"]))
    return started is not None and started == process["pid_started"]


def _signal(process: Mapping[str, Any], kind: signal.Signals) -> None:
    if _same(process):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(int(process["pid"]), kind)


def _root() -> Path:
    return registry.home() / "data" / "jobs"


def _jobs() -> list[Job]:
    """The newest first."""
    return [job for folder in reversed(_folders(_root())) if (job := _read(folder))]


def _new_name(root: Path) -> str:
    """The time (UTC) and a count: behind all that are there, also where the clock was put back since."""
    second, count = time.strftime("%Y%m%d-%H%M%S", time.gmtime()), 0
    for folder in _folders(root):
        if (known := _NAME.match(folder.name)) and known[1] >= second:
            second, count = known[1], int(known[2] or 0) + 1
    return f"{second}-{count:09}-{secrets.token_hex(2)}"


def _folders(root: Path) -> list[Path]:
    """The oldest first, by their names."""
    return sorted(path for path in root.glob("2*") if path.is_dir()) if root.is_dir() else []


def _tidy(root: Path) -> None:
    for folder in _folders(root)[: -KEEP or None]:
        shutil.rmtree(folder, ignore_errors=True)


def _gives_way(asked: Asked) -> bool:
    job = running()
    if job is None or not isinstance(job.asked, Rehearse) or isinstance(asked, Rehearse):
        return False
    cancel(job)
    return True


def _grab_soon(lock: IO[bytes], *, given_way: bool) -> bool:
    """A process that has said its last word, or gives way, still needs a moment to end."""
    until = time.monotonic() + (2 if given_way else 1) * _GRACE_S
    while not (held := _grab(lock)) and (given_way or running() is None) and time.monotonic() < until:
        time.sleep(0.05)
    return held


def _grab(lock: IO[bytes]) -> bool:
    """The process that is started inherits the lock, and holds it until it ends. Windows knows no such thing."""
    return running() is None if sys.platform == "win32" else background.grab(lock)
