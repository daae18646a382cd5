"""What pages ask for, in the background: real processes that end well, badly, by a signal or when asked to."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training import disks
from tests.training.jobs import at_work, over, photos, process_of, until
from training import page_asked, page_jobs, prediction_table, progress
from training.page_asked import Evaluate, Rehearse
from training.page_jobs import JobError

ROOT = Path(__file__).resolve().parents[2]
MANY = 2500


@pytest.fixture
def few(tmp_path: Path) -> Evaluate:
    return asked(photos(tmp_path / "few", 2))


@pytest.fixture
def many(tmp_path: Path) -> Evaluate:
    """More than can be done before the test is over."""
    return asked(photos(tmp_path / "many", MANY))


def asked(folder: Path) -> Evaluate:
    return Evaluate("small-1", f"folder:{folder}")


def test_where_the_disk_is_full_nothing_is_begun_and_it_says_so(
    few: Evaluate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        monkeypatch.setenv("RUPA_HOME", str(place))
        disks.fill(place)

        with pytest.raises(JobError) as refused:
            page_jobs.start(few)

    assert refused.value.code == "disk_full"


def test_a_job_ends_with_an_evaluation_that_can_be_opened(small_home: Path, few: Evaluate) -> None:
    started = page_jobs.start(few)
    assert (started.state, page_jobs.running(), started.asked) == ("running", started, few)

    job = until(over, started)

    assert (job.state, job.step, job.steps, job.code) == ("done", 4, 4, None)
    assert job.made is not None
    table, about = prediction_table.read(job.made)
    assert (len(table), about.model, about.photos) == (4, "small-1", few.photos)
    assert page_jobs.running() is None
    assert page_jobs.latest() == job


def test_there_is_one_at_a_time_for_every_process_and_it_is_polite(
    small_home: Path, many: Evaluate, few: Evaluate
) -> None:
    first = page_jobs.start(many)
    job = until(lambda job: bool(job.step and job.eta_s), first)

    assert (job.stage, job.steps) == ("asking", 2 * MANY)
    assert 0 < job.share < 1
    assert os.getpriority(os.PRIO_PROCESS, process_of(job)) >= 10
    assert os.getsid(process_of(job)) == process_of(job)
    with pytest.raises(JobError, match="Something else is at work"):
        page_jobs.start(few)
    another_server = (
        "from training.page_jobs import *\n"
        "try: start(Evaluate('small-1', 'folder:x'))\n"
        "except JobError as error: print(error.code)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", another_server], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "busy\n"


def test_a_cancelled_job_is_stopped_and_no_failure(small_home: Path, many: Evaluate) -> None:
    job = until(at_work, page_jobs.start(many))

    page_jobs.cancel(job)
    job = until(over, job)

    assert (job.state, job.code, job.made) == ("stopped", None, None)
    until(lambda job: progress.started_at(process_of(job)) is None, job)
    assert not (small_home / "data" / "evaluations").exists()


def test_a_rehearsal_gives_way_to_whatever_is_asked_for_and_takes_no_turn_from_it(
    small_home: Path, few: Evaluate
) -> None:
    rehearse = Rehearse("quick", (few.photos,))
    rehearsal = page_jobs.start(rehearse)

    job = page_jobs.start(few)

    before = page_jobs.find(rehearsal.id)
    assert (before and before.state, job.state) == ("stopped", "running")
    with pytest.raises(JobError, match="Something else is at work"):
        page_jobs.start(rehearse)


def test_a_killed_job_has_failed_and_blocks_nobody(small_home: Path, many: Evaluate, few: Evaluate) -> None:
    job = until(at_work, page_jobs.start(many))

    os.kill(process_of(job), signal.SIGKILL)
    job = until(over, job)

    assert (job.state, job.code) == ("failed", "died")
    assert page_jobs.SENTENCES["died"].endswith(".")
    assert until(over, page_jobs.start(few)).state == "done"


def test_a_job_goes_on_without_the_process_that_started_it(small_home: Path, few: Evaluate) -> None:
    start = "import sys; from training.page_jobs import *; print(start(Evaluate('small-1', sys.argv[1])).id)"
    said = subprocess.run(
        [sys.executable, "-c", start, few.photos], cwd=ROOT, capture_output=True, text=True, check=True
    )
    job = page_jobs.find(said.stdout.strip())

    assert job is not None
    assert until(over, job).state == "done"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"photos": "folder:/nowhere/at/all"}, "no_folder"), ({"model": "nobody"}, "model_unknown")],
)
def test_what_cannot_be_done_says_why_by_its_code(
    small_home: Path, few: Evaluate, change: dict[str, str], code: str
) -> None:
    job = until(over, page_jobs.start(replace(few, **change)))

    assert (job.state, job.code, job.made) == ("failed", code, None)
    assert job.facts in ({"path": "/nowhere/at/all"}, {"name": "nobody"})


def test_where_the_clock_was_put_back_the_job_at_work_and_the_last_one_are_still_found(
    small_home: Path, few: Evaluate
) -> None:
    jobs = small_home / "data" / "jobs"
    by_hand = [("20981231-235959", "running"), ("20991231-235959-000000007-aaaa", "done")]
    for name, state in by_hand:
        progress.Progress(jobs / name).tell(now=True, state=state)
        (jobs / name / "asked.json").write_text(json.dumps(page_asked.written(few)))
    found = page_jobs.running()
    assert found is not None
    assert found.id == by_hand[0][0]
    progress.Progress(jobs / found.id).tell(now=True, state="done")

    started = page_jobs.start(few)

    assert page_jobs.running() == started
    until(over, started)
    last = page_jobs.latest()
    assert last is not None
    assert last.id == started.id
    assert started.id.startswith("20991231-235959-000000008-")


def test_folders_of_old_jobs_are_tidied_and_broken_ones_are_no_jobs(small_home: Path, few: Evaluate) -> None:
    jobs = small_home / "data" / "jobs"
    for number in range(8):
        (jobs / f"2020010{number}-000000").mkdir(parents=True)
    for number, broken in enumerate(("[]", "[" * 20_000, '{"kind": "evaluate", "model": 5}')):
        (jobs / f"2020010{number}-000000" / "asked.json").write_text(broken)

    assert page_jobs.latest() is None
    assert page_jobs.find("../../..") is None
    until(over, page_jobs.start(few))

    assert len([path for path in jobs.iterdir() if path.is_dir()]) == page_jobs.KEEP + 1
