"""What a run tells: replaced as a whole, not too often, and true about who is alive."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training import disks
from training.progress import EVERY_S, Progress, is_alive, read_status, request_stop, started_at


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_news_are_written_every_few_seconds_and_at_once_when_asked(tmp_path: Path) -> None:
    clock = Clock()
    progress = Progress(tmp_path, clock)
    progress.tell(now=True, step=1)

    progress.tell(step=2)
    early = read_status(tmp_path)
    clock.now += EVERY_S
    progress.tell(step=3)
    later = read_status(tmp_path)

    assert early is not None
    assert later is not None
    assert (early["step"], later["step"]) == (1, 3)
    assert later["heartbeat"] == clock.now


def test_a_clock_that_is_put_back_keeps_no_news_back(tmp_path: Path) -> None:
    clock = Clock()
    progress = Progress(tmp_path, clock)
    progress.tell(now=True, step=1)

    clock.now -= 900
    progress.tell(step=2)
    at_once = read_status(tmp_path)
    progress.tell(step=3)
    too_soon = read_status(tmp_path)
    clock.now += EVERY_S
    progress.tell(step=4)
    later = read_status(tmp_path)

    assert [status and status["step"] for status in (at_once, too_soon, later)] == [2, 2, 4]


def test_whose_clock_is_ahead_does_not_live_on_after_its_death(tmp_path: Path) -> None:
    Progress(tmp_path, lambda: 5000.0 + 3600).tell(now=True)
    status = read_status(tmp_path)
    assert status is not None
    elsewhere = {**status, "host": "another-computer"}

    assert not is_alive(elsewhere, now=5000.0 + 1800)
    assert is_alive(elsewhere, now=5000.0 + 3600 - 30)
    assert is_alive(status, now=5000.0)  # this computer's clock was put back; its process is seen


def test_the_last_word_finds_its_place_on_a_disk_without_any(tmp_path: Path) -> None:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        progress = Progress(place / "run")
        progress.tell(now=True, stage="a stage with a long name" * 9)
        disks.fill(place)

        progress.tell_at_last(state="failed", stage="short", code="disk_full")

        status = read_status(place / "run")
        assert status is not None
        assert (status["state"], status["code"]) == ("failed", "disk_full")


def test_a_field_that_nobody_promised_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="colour"):
        Progress(tmp_path).tell(colour="red")


def test_this_process_is_alive_until_it_falls_silent(tmp_path: Path) -> None:
    clock = Clock()
    progress = Progress(tmp_path, clock)
    progress.tell(now=True)
    status = read_status(tmp_path)

    assert status is not None
    assert is_alive(status, now=clock.now + 10)
    assert not is_alive(status, now=clock.now + 3600)
    assert not is_alive({**status, "state": "done"}, now=clock.now)


def test_another_process_with_the_same_number_is_not_the_one(tmp_path: Path) -> None:
    progress = Progress(tmp_path, Clock())
    progress.tell(now=True)
    status = read_status(tmp_path)

    assert status is not None
    assert not is_alive({**status, "pid_started": -1.0}, now=1000.0)


def test_a_process_that_ended_has_no_start() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert started_at(os.getpid()) is not None
    assert started_at(ended.pid) is None


def test_a_stop_is_asked_for_and_forgotten(tmp_path: Path) -> None:
    progress = Progress(tmp_path)

    request_stop(tmp_path)
    asked = progress.stop_requested()
    progress.forget_stop_request()

    assert asked
    assert not progress.stop_requested()


def test_history_is_a_table_that_grows(tmp_path: Path) -> None:
    progress = Progress(tmp_path)

    progress.history([{"epoch": 1, "loss": 0.5}])
    progress.history([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])

    assert (tmp_path / "history.csv").read_text() == "epoch,loss\n1,0.5\n2,0.25\n"


@pytest.mark.parametrize("content", ["", "{", "not json", "[]", "[" * 100_000])
def test_a_status_that_cannot_be_read_is_none(content: str, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(content)

    assert read_status(tmp_path) is None


def test_status_is_json_that_other_programs_read(tmp_path: Path) -> None:
    Progress(tmp_path).tell(now=True, state="running", metrics={"val_accuracy": 0.5})

    assert json.loads((tmp_path / "status.json").read_text())["metrics"] == {"val_accuracy": 0.5}
