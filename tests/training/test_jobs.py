"""Runs in the queue: real workers in processes of their own, paused, stopped, killed, and told nonsense."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from model import registry
from tests.training import disks, portraits
from tests.training.jobs import over as is_over
from tests.training.jobs import until as finished
from tests.training.queued import (
    A_STAGE,
    LONG,
    TINY,
    asked,
    die,
    learning,
    over,
    photos,
    read,
    until,
    workers,
)
from training import background, fit, jobs, learnt, page_jobs, places, run_state
from training import worker as at_the_work
from training.gate import gate
from training.jobs import Asked, JobError
from training.learnt import Met
from training.run_state import Run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return photos(tmp_path / "Our faces")


def test_runs_are_done_in_turn_by_one_worker_that_outlives_who_started_it(
    small_home: Path, faces: Path
) -> None:
    first, second = jobs.enqueue(asked(faces, name="Class 7 B!")), jobs.enqueue(asked(faces))
    start = "from training.jobs import ensure_worker; print(ensure_worker(), ensure_worker())"
    said = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, check=True)
    [worker] = workers(small_home)

    waiting = read(second)
    first = until(over, first)
    second = until(over, second)

    assert said.stdout == "True False\n"
    assert os.getsid(worker) == worker
    assert waiting.state == "queued"
    assert (first.state, first.name, first.epoch, first.epochs) == ("done", "Class 7 B!", 2, 2)
    assert second.state == "done"
    assert first.ended is not None
    assert second.started is not None
    assert first.ended <= second.started
    assert [row["epoch"] for row in first.history] == [1, 2]
    assert registry.find(first.id).card.name == first.id
    assert [run.id for run in jobs.runs()] == [second.id, first.id]
    assert first.recipe == asked(faces).recipe
    of_active = small_home / "data" / "evaluations" / "small-1"
    judged = [name for name in registry.find(first.id).card.files if name.startswith("evaluation-")]
    assert [path.name for path in of_active.iterdir()] == judged
    assert gate(first.id, "small-1").lines[0].code == "too_few"
    until(lambda run: not workers(small_home), first)
    assert not jobs.ensure_worker()


def test_another_model_is_asked_about_the_very_photos_in_the_background(
    small_home: Path, faces: Path
) -> None:
    run = jobs.enqueue(asked(faces))
    assert fit.go_on(run.folder) == "done"
    shutil.rmtree(small_home / "data" / "evaluations")
    [needed] = gate(run.id, "small-1").needed

    job = finished(is_over, page_jobs.start(needed))

    assert (job.state, job.code) == ("done", None)
    assert gate(run.id, "small-1").needed == ()
    # Of the six pictures one is both watched and judged here.
    assert learnt.met(run.id, run.id, []) == Met(seen=1, of=2)


def test_a_run_rests_when_asked_and_goes_on_where_it_was(small_home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces, LONG))
    next_ = jobs.enqueue(asked(faces, LONG))
    jobs.pause(next_)
    jobs.ensure_worker()
    run = until(learning, run)
    [worker] = workers(small_home)

    jobs.pause(run)
    run = until(over, run)
    jobs.resume(run)

    def further(one: Run) -> bool:
        jobs.ensure_worker()
        return len(one.history) > len(run.history)

    again = until(further, run)

    assert os.getpriority(os.PRIO_PROCESS, worker) >= 10
    assert run.state == "paused"
    assert (run.reason, run.wish, run.resumable) == (None, None, True)
    assert [row["epoch"] for row in again.history] == list(range(1, len(again.history) + 1))
    assert read(next_).state == "paused"


def test_a_stopped_run_becomes_a_model_of_its_best_epoch_also_without_its_photos(
    small_home: Path, faces: Path
) -> None:
    run = jobs.enqueue(asked(faces, LONG))
    jobs.ensure_worker()
    run = until(learning, run)
    shutil.rmtree(faces)

    jobs.stop(run)
    run = until(over, run)

    assert run.state == "done"
    assert run.finished
    assert 0 < run.epoch < LONG
    assert registry.find(run.id).card.recipe["stages"][0]["epochs"] == A_STAGE
    with pytest.raises(JobError, match="done already"):
        jobs.resume(run)


def test_what_cannot_be_learnt_from_is_one_sentence(small_home: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    women = tmp_path / "women" / "female"
    women.mkdir(parents=True)
    for number in range(4):
        (women / f"{number}.png").write_bytes(portraits.face(number))
    few = photos(tmp_path / "few", each=1, splits=("train",))
    (few / "train" / "male" / "1.png").write_bytes(portraits.face(3))
    gone = photos(tmp_path / "gone")
    cases = {"no_photos": empty, "too_few_photos": women.parent, "no_folder": gone}
    queued = {code: jobs.enqueue(asked(folder)) for code, folder in cases.items()}
    three = jobs.enqueue(asked(few))
    unknown = jobs.enqueue(replace(asked(few), recipe=replace(TINY, start="nobody")))
    shutil.rmtree(gone)

    for run in (*queued.values(), three, unknown):
        assert fit.go_on(run.folder) == "failed"

    ended = {code: read(run) for code, run in queued.items()}
    assert {code: (run.state, run.code) for code, run in ended.items()} == {
        code: ("failed", code) for code in cases
    }
    assert read(three).code == "too_few_photos"
    assert read(unknown).code == "model_unknown"
    for run in ended.values():
        assert run.reason is not None
        assert run.reason.endswith(".")
        assert "\n" not in run.reason


def test_each_run_knows_how_many_come_before_it(small_home: Path, faces: Path) -> None:
    first, second, third = (jobs.enqueue(asked(faces)) for _ in range(3))
    assert [jobs.ahead_of(run) for run in (first, second, third)] == [0, 1, 2]

    run_state.mark(first.folder, "running")  # by this process
    jobs.pause(second)
    waits = jobs.resume(second)

    assert [jobs.ahead_of(run) for run in (first, waits, third)] == [0, 2, 1]
    assert all(jobs.active(run) for run in jobs.runs())
    run_state.mark(first.folder, "paused")
    assert not jobs.active(run_state.read(first.folder))  # type: ignore[arg-type]


def test_a_run_that_waits_is_stopped_without_a_trace_of_work(small_home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces))

    run = jobs.stop(run)

    assert (run.state, run.finished, run.history) == ("stopped", False, ())
    assert not jobs.ensure_worker()
    assert jobs.resume(run).state == "queued"


def test_runs_are_deleted_but_not_one_at_work_nor_the_one_that_answers(small_home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces))
    shutil.copytree(small_home / "runs" / "small-1" / "model", run.folder / "model")
    registry.activate(run.id)
    with pytest.raises(JobError) as answers:
        jobs.delete(run)
    registry.activate("small-1")
    run_state.mark(run.folder, "running")  # by this process
    with pytest.raises(JobError) as at_work:
        jobs.delete(run)
    run_state.mark(run.folder, "stopped")
    for model in (run.id, "small-1"):
        places.evaluations(model).mkdir(parents=True)

    jobs.delete(run)

    assert (answers.value.code, at_work.value.code) == ("answers", "at_work")
    assert jobs.find(run.id) is None
    assert [folder.name for folder in (small_home / "data" / "evaluations").iterdir()] == ["small-1"]
    assert jobs.runs() == []
    assert sorted(path.name for path in (small_home / "runs").iterdir() if path.is_dir()) == ["small-1"]
    for late in (jobs.pause, jobs.stop, jobs.resume, jobs.delete):
        with pytest.raises(JobError) as gone:
            late(run)
        assert gone.value.code == "gone"


def test_what_was_half_made_or_half_deleted_goes_with_the_next_run(small_home: Path, faces: Path) -> None:
    for name in (".new-20260101-000000", ".deleted-20260101-000000-12ab"):
        (small_home / "runs" / name).mkdir()

    run = jobs.enqueue(asked(faces, name="../../etc"))

    assert jobs.runs() == [run]
    assert run.folder.parent == small_home / "runs"
    assert sorted(path.name for path in (small_home / "runs").iterdir() if path.is_dir()) == [
        run.id,
        "small-1",
    ]


def test_without_photos_nothing_is_asked_for(small_home: Path) -> None:
    with pytest.raises(JobError) as refused:
        jobs.enqueue(Asked((), TINY))

    assert refused.value.code == "no_data"


def test_a_worker_that_cannot_start_is_not_started_over_and_over(
    small_home: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.enqueue(asked(faces))
    started = []

    def broken(words: list[str], log: Path, inherits: object = None) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
        process.wait()
        started.append(process)
        return process

    monkeypatch.setattr(background, "spawn", broken)

    for _ in range(10):
        jobs.ensure_worker()

    assert len(started) == jobs.VAIN_STARTS


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        monkeypatch.setenv("RUPA_HOME", str(place))
        yield place


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_done(full_disk: Path, faces: Path) -> None:
    waits = jobs.enqueue(asked(faces))
    ballast = disks.fill(full_disk)

    for refused in (lambda: jobs.enqueue(asked(faces)), lambda: jobs.pause(waits), jobs.ensure_worker):
        with pytest.raises(JobError) as error:
            refused()
        assert error.value.code == "disk_full"

    ballast.unlink()
    assert jobs.runs() == [waits]
    assert workers(full_disk) == []


def test_a_worker_finds_the_lock_taken_and_goes(small_home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces))
    lock = jobs.trainer_lock()
    assert lock is not None

    ended = subprocess.run([sys.executable, "-m", "training", "work"], cwd=ROOT, check=False)
    direct = subprocess.run(
        [sys.executable, "-m", "training", "resume", str(run.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0
    assert not jobs.ensure_worker()
    assert jobs.find(run.id) == run
    assert direct.returncode == 2
    assert "Another run is training" in direct.stderr
    lock.close()


def test_a_death_is_counted_for_the_run_that_is_gone_on_with(small_home: Path, faces: Path) -> None:
    first, second = jobs.enqueue(asked(faces)), jobs.enqueue(asked(faces))
    for run in (first, second):
        die(run)
    lock = jobs.trainer_lock()
    assert lock is not None

    with lock:
        taken = at_the_work._take(lock)

    tickets = [run_state.ticket(run.folder) for run in (first, second)]
    assert taken == first.folder
    assert [ticket.died for ticket in tickets if ticket] == [1, 0]


def test_a_run_that_dies_at_once_again_and_again_is_given_up(small_home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces, LONG))

    for _ in range(4):
        until(lambda one: jobs.ensure_worker(), run)  # the one that was killed needs a moment to end
        until(lambda one: one.state == "running", run)
        [worker] = workers(small_home)
        os.kill(worker, signal.SIGKILL)
        died = until(lambda one: one.state != "running", run)
        assert (died.state, died.code, died.resumable) == ("stopped", "died", True)
    until(lambda one: jobs.ensure_worker(), run)
    run = until(lambda one: one.state == "failed", run)

    assert (run.code, run.facts) == ("keeps_dying", {"times": 4})
    assert run.reason is not None
    assert run.ended is not None
    until(lambda one: not workers(small_home), run)
    assert not jobs.ensure_worker()
    assert jobs.resume(run).state == "queued"
