"""Real runs in the queue for tests: few small photos, a small network, and waiting for what a run says of itself."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.training import portraits
from training import jobs, progress, run_state
from training.jobs import Asked
from training.recipe import HEAD_ONLY, Recipe, Stage
from training.run_state import Run

TINY = Recipe(
    start="small-1",
    stages=(Stage(HEAD_ONLY, 2, 1e-3),),
    batch=4,
    warm_up_steps=0,
    averaging=0.0,
    augmentation="none",
    ages_and_races=0.0,
    mirror_average=False,
)


A_STAGE = 1000  # epochs, as many as one may have
LONG = 12 * A_STAGE  # epochs that nobody waits for
LOOK_EVERY_S = 0.03
PATIENCE_S = 300.0


def photos(folder: Path, each: int = 2, splits: tuple[str, ...] = ("train", "validation", "test")) -> Path:
    """So many women and men in each split, all of them the one portrait in another light."""
    for at, split in enumerate(splits):
        for label in ("female", "male"):
            (folder / split / label).mkdir(parents=True)
            for number in range(each):
                (folder / split / label / f"{number}.png").write_bytes(portraits.face((number + at) % 6))
    return folder


def asked(folder: Path, epochs: int = 2, name: str = "") -> Asked:
    whole, rest = divmod(epochs, A_STAGE)
    stages = tuple(Stage(HEAD_ONLY, each, 1e-3) for each in [A_STAGE] * whole + [rest] if each)
    return Asked((f"folder:{folder}",), replace(TINY, stages=stages), name)


def die(run: Run) -> None:
    """Leave it as a worker does that is killed."""
    run_state.mark(run.folder, "running")
    status = json.loads((run.folder / "status.json").read_text())
    (run.folder / "status.json").write_text(json.dumps(status | {"pid_started": -1.0}))


def read(run: Run) -> Run:
    """The run as anybody else would read it now."""
    found = jobs.find(run.id)
    assert found is not None
    return found


def until(holds: Callable[[Run], bool], run: Run) -> Run:
    """The run once this holds of it."""
    given_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < given_up:
        found = read(run)
        if holds(found):
            return found
        time.sleep(LOOK_EVERY_S)  # leaves the processor to the work, which is nice itself
    log = run.folder.parent / ".worker.log"
    raise AssertionError(f"{found}: {log.read_text() if log.exists() else 'nobody ever worked'}")


def over(run: Run) -> bool:
    return run.state in ("done", "failed", "stopped", "paused")


def learning(run: Run) -> bool:
    """At work, with an epoch behind it."""
    return run.state == "running" and len(run.history) > 0


def workers(home: Path) -> list[int]:
    """Every trainer that works for this home."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                settings = (entry / "environ").read_bytes().split(b"\0")
                # Its own children look like it at first.
                leads = os.getsid(int(entry.name)) == int(entry.name)
            except OSError:
                continue
            mine = f"RUPA_HOME={home.resolve()}".encode() in settings
            if mine and leads and b"work" in words and progress.started_at(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def kill_all(home: Path) -> None:
    """Nothing is left at work when a test is over."""
    for worker in workers(home):
        os.kill(worker, signal.SIGKILL)
