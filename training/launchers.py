"""Where runs are taught: here, one after the other (`worker.py`), or on a cluster, as many as it has room for.

With RAY_ADDRESS set, the process that would teach hands each run of the queue to the cluster as a job of its own
instead, with the same command and the same folder, and looks after them until none is left. All that people see and
ask (status, log, pause, stop) still goes through the run's folder; the cluster is asked only about runs that nobody is
seen to work on. A cluster that is gone stops its runs with a sentence, and they can go on later.
"""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Literal, Protocol

from model import atomic, typed
from training import background, jobs, json_file, run_state
from training.launch_ray import Cluster as RayCluster
from training.launch_ray import ClusterError, JobState

PATIENCE_S = 30.0  # with a cluster that does not answer
_EVERY_S = 1.0
_JOB = "job.json"


class Cluster(Protocol):
    def submit(self, words: list[str], name: str) -> None: ...

    def state(self, name: str) -> JobState: ...

    def stop(self, name: str) -> None: ...

    def log(self, name: str) -> str: ...


@dataclass(frozen=True)
class Job:
    """What the cluster calls its work on a run, and whether that work `began`."""

    name: str
    began: bool = False


def chosen() -> Literal["local", "ray"]:
    return "ray" if os.environ.get("RAY_ADDRESS") else "local"


def dispatch(lock: IO[bytes], cluster: Cluster | None = None, patience_s: float = PATIENCE_S) -> int:
    """Hand out the runs of the queue and look after them until all are over; then the worker's lock is free."""
    cluster = cluster or RayCluster(os.environ["RAY_ADDRESS"])
    answered = time.monotonic()
    while True:
        with jobs.queue() as root:
            jobs.tell_starts(root, 0)
            mine = [folder for folder in jobs.folders(root) if jobs.to_do(folder) or job_of(folder)]
            if not mine:
                background.release(lock)
                return 0
        try:
            for folder in sorted(mine, key=_turn):
                _look_after(folder, cluster)
            answered = time.monotonic()
        except ClusterError as error:
            if error.code != "cluster_lost" or time.monotonic() - answered >= patience_s:
                _give_up(mine, error.code)
        time.sleep(_EVERY_S)


def begin(folder: Path) -> None:
    """Whoever takes a run that was handed out says so."""
    job = job_of(folder)
    if job:
        _keep(folder, replace(job, began=True))


def job_of(folder: Path) -> Job | None:
    """The job that is to work on this run or worked on it last, while anybody looks after it."""
    try:
        said = json_file.read(folder / _JOB, 1000)
        return Job(str(said["name"])[:200], bool(said["began"]))
    except (OSError, ValueError, KeyError):
        return None


def _look_after(folder: Path, cluster: Cluster) -> None:
    """Take the next step with one run: hand it out, leave it alone, or note that its job is over."""
    job, run = job_of(folder), run_state.read(folder)
    if run is None:
        return
    if not jobs.to_do(folder):
        if job and not jobs.active(run):
            if cluster.state(job.name) == "waits":
                cluster.stop(job.name)
            _forget(folder)
        return
    if job is None:
        job = Job(f"rupa-{run.id}-{secrets.token_hex(4)}")
        _keep(folder, job)  # first, so that a job never is where nobody knows of it
        cluster.submit(["work", "--only", run.id], job.name)
        return
    state = cluster.state(job.name)
    if state in ("waits", "works"):
        return
    if state == "failed" and not job.began:
        told = cluster.log(job.name)
        _end([folder], "failed", "cluster_refused")
        run_state.Progress(folder).log(told)
    else:
        _forget(folder)


def _give_up(folders: list[Path], code: str) -> None:
    """Stop what waits for the cluster; a run that still shows that it lives is left to it."""
    with jobs.queue():
        runs = [(folder, run_state.read(folder)) for folder in folders]
        waiting = [folder for folder, run in runs if run and jobs.to_do(folder)]
        for folder, run in runs:
            if run and not jobs.active(run):
                _forget(folder)
    _end(waiting, "stopped", code)


def _end(folders: list[Path], state: str, code: str) -> None:
    with jobs.queue():
        for folder in folders:
            if jobs.to_do(folder):
                run_state.mark(folder, state, code, python=typed.python())
                run_state.settle(folder)
            _forget(folder)


def _turn(folder: Path) -> float:
    ticket = run_state.ticket(folder)
    return ticket.turn if ticket else 0.0


def _keep(folder: Path, job: Job) -> None:
    atomic.write(folder / _JOB, json.dumps(asdict(job)).encode())


def _forget(folder: Path) -> None:
    (folder / _JOB).unlink(missing_ok=True)
