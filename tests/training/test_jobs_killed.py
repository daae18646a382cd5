"""Workers and those who start them, killed at random: at most an epoch is lost, nobody is left over, never are two."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.training.queued import LONG, asked, learning, over, photos, until, workers
from training import checkpoint, jobs, progress
from training.run_state import Run

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("RUPA_TEST_KILLS", "3"))
WITHIN_S = 30.0
STARTER = """
import sys
from tests.training.queued import LONG, asked
from pathlib import Path
from training import jobs
print("ready", flush=True)
for turn in range(1000):
    jobs.enqueue(asked(Path(sys.argv[1]))) if turn == 0 else jobs.ensure_worker()
"""


def in_session(leader: int) -> list[int]:
    """Every process that lives and was started by this worker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and progress.started_at(int(entry.name)) is not None:
            try:
                session = os.getsid(int(entry.name))
            except ProcessLookupError:
                continue
            if session == leader:
                found.append(int(entry.name))
    return found


@pytest.mark.slow
def test_killed_at_random_a_run_goes_on_and_nobody_is_left_over(small_home: Path, tmp_path: Path) -> None:
    faces = photos(tmp_path / "faces")
    run = jobs.enqueue(asked(faces, LONG))
    dice = random.Random(9)
    known = 0

    for kill in range(KILLS):
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(faces)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert starter.stdout is not None
        starter.stdout.readline()
        at = known + dice.randint(1, 40)
        early = kill % 3 == 2

        def reached(one: Run, at: int = at, early: bool = early) -> bool:
            jobs.ensure_worker()
            assert len(workers(small_home)) <= 1
            return one.state == "running" and (early or len(one.history) >= at)

        until(reached, run)
        [worker] = workers(small_home)
        family = in_session(worker)
        starter.kill()
        os.kill(worker, signal.SIGKILL)
        killed = time.monotonic()
        starter.communicate()

        died = until(lambda one: one.state != "running", run)
        assert time.monotonic() - killed < WITHIN_S
        assert (died.state, died.code) == ("stopped", "died")
        until(lambda one, family=family: not [p for p in family if progress.started_at(p)], run)  # type: ignore[misc]
        done = [row["epoch"] for row in died.history]
        assert done == list(range(1, len(done) + 1))
        assert len(done) >= known
        saved = checkpoint.latest(run.folder / "checkpoint")
        assert saved is None or len(done) <= saved.position.epoch <= len(done) + 1
        known = len(done)
        for other in jobs.runs():
            if other.id != run.id:
                jobs.delete(other)

    def learns_on(one: Run) -> bool:
        jobs.ensure_worker()
        return learning(one) and len(one.history) > known

    until(learns_on, run)
    jobs.stop(run)
    run = until(over, run)
    assert (run.state, run.finished) == ("done", True)
    until(lambda one: not workers(small_home), run)


def test_many_who_start_it_at_once_start_one(small_home: Path, tmp_path: Path) -> None:
    run = jobs.enqueue(asked(photos(tmp_path / "faces"), LONG))
    start = "from training.jobs import ensure_worker; print(ensure_worker())"
    starters = [
        subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    said = [starter.communicate()[0].strip() for starter in starters]

    assert sorted(said) == ["False"] * 5 + ["True"]
    until(lambda one: one.state == "running", run)
    assert len(workers(small_home)) == 1
