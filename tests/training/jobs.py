"""Real work in the background for tests: photos to do it on, and waiting for what it says of itself."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.training import portraits
from training import page_jobs
from training.page_jobs import Job

LOOK_EVERY_S = 0.03
PATIENCE_S = 300.0


def photos(folder: Path, each: int) -> Path:
    """So many women and men, all of them the one portrait."""
    for label in ("female", "male"):
        (folder / label).mkdir(parents=True)
        first = folder / label / "0.png"
        first.write_bytes(portraits.face())
        for number in range(1, each):
            os.link(first, folder / label / f"{number}.png")
    return folder


def until(holds: Callable[[Job], bool], job: Job) -> Job:
    """The job once this holds of it, as anybody else would read it."""
    given_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up:
        found = page_jobs.find(job.id)
        assert found is not None
        if holds(found):
            return found
        time.sleep(LOOK_EVERY_S)  # leaves the processor to the work
    raise AssertionError(f"{found}: {(job.folder / 'log.txt').read_text()}")


def over(job: Job) -> bool:
    return job.state != "running"


def at_work(job: Job) -> bool:
    return job.step > 0


def process_of(job: Job) -> int:
    return int(json.loads((job.folder / "process.json").read_text())["pid"])


def kill_all() -> None:
    """Nothing is left at work when a test is over."""
    job = page_jobs.running()
    if job:
        os.kill(process_of(job), signal.SIGKILL)
