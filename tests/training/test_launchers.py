"""Runs on a cluster: handed out, watched through their folders, refused, lost, and never taught twice at once."""

import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from model import registry, typed
from tests.training import queued
from training import background, jobs, launchers, progress, run_state, worker
from training.launch_ray import Cluster, ClusterError, JobState

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs requirements-cluster.txt")


class Beside:
    """A cluster that is this machine: each job is at once a process of its own."""

    def __init__(self, starts: bool = True) -> None:
        self.jobs: dict[str, subprocess.Popen[bytes] | None] = {}
        self.words: list[list[str]] = []
        self._starts = starts

    def submit(self, words: list[str], name: str) -> None:
        self.words.append(words)
        broken = ["--no-such-word"] if not self._starts else []
        self.jobs[name] = background.spawn([*words, *broken], registry.home() / "runs" / ".worker.log")

    def state(self, name: str) -> JobState:
        process = self.jobs.get(name)
        code = process.poll() if process else 0
        return "works" if code is None else "failed" if code else "over"

    def stop(self, name: str) -> None:
        raise AssertionError("a job that works is asked through the run's folder")

    def log(self, name: str) -> str:
        return "the node said no"


class Gone:
    """A cluster that nobody reaches."""

    def submit(self, words: list[str], name: str) -> None:
        raise ClusterError("cluster_lost")

    def state(self, name: str) -> JobState:
        raise ClusterError("cluster_lost")

    def stop(self, name: str) -> None:
        raise ClusterError("cluster_lost")

    def log(self, name: str) -> str:
        raise ClusterError("cluster_lost")


@pytest.fixture(autouse=True)
def home(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(launchers, "_EVERY_S", 0.05)
    return small_home


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return queued.photos(tmp_path / "photos")


def dispatch(cluster: launchers.Cluster, patience_s: float = 30.0) -> threading.Thread:
    lock = jobs.trainer_lock()
    assert lock is not None
    thread = threading.Thread(target=launchers.dispatch, args=(lock, cluster, patience_s))
    thread.start()
    return thread


def at_work_on(host: str, folder: Path, silent_s: float = 0.0) -> None:
    """As a process of another computer leaves the status, so long ago."""
    told = progress.Progress(folder, clock=lambda: time.time() - silent_s)
    told._status |= {"host": host, "pid": 1, "pid_started": -1.0}
    told.tell(now=True, state="running")


def test_without_an_address_runs_are_taught_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert launchers.chosen() == "local"
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.5:6379")
    assert launchers.chosen() == "ray"


def test_two_runs_are_handed_out_at_once_with_the_same_command_and_nothing_is_left_behind(
    faces: Path,
) -> None:
    cluster = Beside()
    first, second = (jobs.enqueue(queued.asked(faces, name=name)) for name in ("one", "two"))

    watching = dispatch(cluster)
    watching.join()

    assert cluster.words == [["work", "--only", first.id], ["work", "--only", second.id]]
    assert [queued.read(run).state for run in (first, second)] == ["done", "done"]
    assert queued.read(first).finished
    assert launchers.job_of(first.folder) is None
    assert jobs.trainer_lock() is not None


def test_a_run_pauses_goes_on_after_its_job_was_killed_and_stops_all_through_its_folder(faces: Path) -> None:
    cluster = Beside()
    run = jobs.enqueue(queued.asked(faces, epochs=queued.LONG))
    watching = dispatch(cluster)
    queued.until(queued.learning, run)

    jobs.pause(run)
    paused = queued.until(queued.over, run)
    watching.join()
    jobs.resume(run)
    watching = dispatch(cluster)
    queued.until(lambda one: one.state == "running", run)
    for process in cluster.jobs.values():
        assert process is not None
        process.kill()
    queued.until(lambda one: queued.learning(one) and len(one.history) > len(paused.history), run)
    jobs.stop(run)
    watching.join()

    assert paused.state == "paused"
    assert queued.read(run).state == "done"
    assert len(cluster.jobs) == 3


def test_a_job_that_cannot_begin_fails_its_run_and_its_log_says_why(faces: Path) -> None:
    run = jobs.enqueue(queued.asked(faces))

    dispatch(Beside(starts=False)).join()

    assert (queued.read(run).state, queued.read(run).code) == ("failed", "cluster_refused")
    assert "the node said no" in (run.folder / "log.txt").read_text()


def test_a_cluster_that_is_lost_stops_the_run_with_a_sentence_and_it_can_go_on(faces: Path) -> None:
    run = jobs.enqueue(queued.asked(faces))

    dispatch(Gone(), patience_s=0.2).join()

    lost = queued.read(run)
    assert (lost.state, lost.code, lost.resumable) == ("stopped", "cluster_lost", True)
    assert lost.reason == run_state.SENTENCES["cluster_lost"]
    assert jobs.resume(run).state == "queued"


def test_without_ray_the_run_says_what_is_missing(faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = jobs.enqueue(queued.asked(faces))
    monkeypatch.setattr("training.launch_ray.find_spec", lambda name: None)

    dispatch(Cluster("127.0.0.1:1")).join()

    assert (queued.read(run).state, queued.read(run).code) == ("stopped", "no_ray")
    assert f"{typed.python()} -m pip install" in (queued.read(run).reason or "")


@needs_ray
def test_nobody_listening_is_a_lost_cluster(faces: Path, free_port: int) -> None:
    run = jobs.enqueue(queued.asked(faces))

    dispatch(Cluster(f"127.0.0.1:{free_port}"), patience_s=0.2).join()

    assert queued.read(run).code == "cluster_lost"


def test_a_run_that_is_over_or_gone_is_not_begun_by_a_late_job(faces: Path) -> None:
    run = jobs.enqueue(queued.asked(faces))
    jobs.stop(run)
    session = Path("/proc/self/autogroup")  # whose weight is that of the terminal, or of these tests
    weight = session.read_text() if session.exists() else ""

    for late in (run.id, "gone", "../small", ""):
        assert subprocess.run([sys.executable, "-m", "training", "work", "--only", late]).returncode == 0

    assert queued.read(run).state == "stopped"
    assert weight == (session.read_text() if session.exists() else "")


def test_a_run_on_another_computer_says_where_and_lives_by_its_heartbeat(faces: Path) -> None:
    run = jobs.enqueue(queued.asked(faces))
    at_work_on("node-7", run.folder)

    there = queued.read(run)

    assert (there.state, there.host) == ("running", "node-7")
    assert not jobs.to_do(run.folder)
    with pytest.raises(jobs.JobError):
        jobs.delete(run)


def test_one_that_fell_silent_there_is_taken_over_only_once_its_lock_is_free(faces: Path) -> None:
    run = jobs.enqueue(queued.asked(faces))
    at_work_on("node-7", run.folder, silent_s=2 * run_state.SILENT_S)

    with background.alone(run.folder) as held:
        while_held = jobs.to_do(run.folder)

    assert held
    assert queued.read(run).code == "died"
    assert not while_held
    assert jobs.to_do(run.folder)


def test_nobody_teaches_a_run_whose_lock_is_held(faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = jobs.enqueue(queued.asked(faces))
    taught: list[Path] = []
    monkeypatch.setattr(worker, "_teach_alone", taught.append)

    monkeypatch.setattr(worker, "_PARTING_S", 0.0)

    with background.alone(run.folder):
        worker._teach(run.folder)
    held = list(taught)
    worker._teach(run.folder)

    assert held == []
    assert taught == [run.folder]
