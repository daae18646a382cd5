"""How long a recipe will take: the sum of what was measured, and a real measurement in a process of its own."""

import json
import os
import signal
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from model.export import ExportError
from pages.parts import job_panel
from tests.training import jobs, queued
from training import page_jobs, rehearsal, rehearsal_measure, run_state
from training.__main__ import main
from training.finetune import TrainingError
from training.page_asked import Rehearse
from training.recipe import Recipe
from training.rehearsal import HIGH, HIGH_ENDS, LOW, Estimate, Measured, Photos, StageTimes

STAGE = StageTimes(once=5, step=0.5, after_epoch=1, steps=10, epochs=4)
PHOTOS = Photos(learn=100, watch=20, judge=30, uncut=50, unsorted=60)
MEASURED = Measured(
    begin=3, cut_each=0.1, compare_each=0.05, stages=(STAGE,), finish=7, judge_each=0.2, teach_each=0.01
)


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return small_home


def test_an_estimate_is_the_sum_of_all_parts() -> None:
    ends = 3 + 7
    around = 50 * 0.1 + 60 * 0.05 + 100 * 0.01 + 30 * 0.2
    learning = 5 + 4 * (10 * 0.5 + 1)

    found = rehearsal.estimate(MEASURED, PHOTOS, Recipe(), 900, 8000)

    between = around + learning
    assert found.low_s == pytest.approx(LOW * (ends + between))
    assert found.high_s == pytest.approx(HIGH_ENDS * ends + HIGH * between)
    assert (found.needs_mb, found.has_mb) == (900, 8000)


def test_patience_may_end_it_earlier_but_not_later() -> None:
    patient = rehearsal.estimate(MEASURED, PHOTOS, Recipe(), 900, 8000)
    impatient = rehearsal.estimate(MEASURED, PHOTOS, Recipe(patience=1), 900, 8000)

    assert impatient.high_s == patient.high_s
    assert patient.low_s - impatient.low_s == pytest.approx(LOW * 2 * 6)


@pytest.mark.parametrize(("needs", "has", "fits"), [(4000, 8000, True), (7900, 8000, False), (7900, 0, True)])
def test_it_says_whether_the_memory_is_enough(needs: int, has: int, fits: bool) -> None:
    assert Estimate(1, 2, needs, has).fits == fits


@pytest.mark.parametrize(
    "said", [b"", b"[]", b"{}", b'{"low_s": 1}', b"\xff", b'{"low_s": NaN, "high_s": 1}']
)
def test_a_file_that_is_none_says_nothing(said: bytes, tmp_path: Path) -> None:
    (tmp_path / rehearsal.FILE).write_bytes(said)

    assert rehearsal.read(tmp_path / rehearsal.FILE) is None
    assert rehearsal.read(tmp_path / "gone") is None


def test_a_recipe_is_timed_in_the_background_and_leaves_no_photo(home: Path, tmp_path: Path) -> None:
    photos = queued.photos(tmp_path / "class", each=3, splits=("train", "validation"))
    recipe = replace(queued.TINY, batch=2)

    job = page_jobs.start(Rehearse(json.dumps(recipe.as_json()), (f"folder:{photos}",)))
    ended = jobs.until(jobs.over, job)

    assert (ended.state, ended.code) == ("done", None), (job.folder / "log.txt").read_text()
    assert ended.made is not None
    found = rehearsal.read(ended.made)
    assert found is not None
    assert 1 < found.low_s < found.high_s < 600
    assert found.needs_mb > 200
    details = json.loads(ended.made.read_text())["details"]
    assert details["photos"]["uncut"] == 12
    assert details["photos"]["judge"] == 6
    assert not (home / "data" / "crops").exists()
    assert {path.name for path in job.folder.iterdir()} == {
        "asked.json", "process.json", "log.txt", "status.json", "outcome.json", rehearsal.FILE,
    }  # fmt: skip
    assert [name for name in os.listdir(tmp_path) if name.startswith("rupa-rehearsal")] == []


def test_one_that_is_killed_leaves_nothing_outside_of_its_job(home: Path, tmp_path: Path) -> None:
    photos = queued.photos(tmp_path / "class", each=3, splits=("train", "validation"))
    job = page_jobs.start(Rehearse(json.dumps(queued.TINY.as_json()), (f"folder:{photos}",)))
    jobs.until(lambda one: bool(list(tmp_path.rglob("rupa-rehearsal-*"))), job)

    os.kill(jobs.process_of(job), signal.SIGKILL)
    jobs.until(jobs.over, job)

    assert {left.parent for left in tmp_path.rglob("rupa-rehearsal-*")} == {job.folder}


def test_the_command_line_says_what_it_cannot_follow(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "--recipe", "nonsense", "--data", "celeba"]) == 1
    assert "There is no preset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrainingError("not_a_number", run_state.SENTENCES["not_a_number"]), "not_a_number"),
        (ExportError("probabilities is not a number everywhere."), "no_export"),
    ],
)
def test_one_that_diverges_says_why(
    error: Exception, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def diverges(*_: object) -> None:
        raise error

    monkeypatch.setattr(rehearsal_measure, "rehearse", diverges)

    assert main(["rehearse", "--recipe", "quick", "--data", "celeba"]) == 1
    assert capsys.readouterr().err.strip() == job_panel.SENTENCES[code]
