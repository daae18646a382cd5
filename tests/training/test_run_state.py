"""One run read from its folder, whoever filled it."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from training import background, progress, run_state
from training.recipe import Recipe
from training.run_state import Ticket


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run_state.begin(tmp_path / "run", ["celeba"], Recipe(), "run")
    return tmp_path / "run"


def test_what_was_begun_is_read_again(folder: Path) -> None:
    ticket = Ticket(turn=2.5, asked=1.5, died=2, epochs=7, started=3.0)
    run_state.keep(folder, ticket)
    run_state.mark(folder, "queued")

    run = run_state.read(folder)

    assert run is not None
    assert run_state.ticket(folder) == ticket
    assert (run.id, run.name, run.data, run.recipe) == ("run", "run", ("celeba",), Recipe())
    assert (run.state, run.asked, run.started, run.ended, run.reason) == ("queued", 1.5, 3.0, None, None)
    assert (run.epoch, run.epochs, run.finished) == (0, 7, False)


def test_a_run_whose_process_is_not_there_has_died(folder: Path) -> None:
    run_state.mark(folder, "running")
    mine = run_state.read(folder)
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"pid_started": -1.0}))

    run = run_state.read(folder)

    assert mine is not None
    assert run is not None
    assert mine.state == "running"
    assert (run.state, run.code, run.resumable) == ("stopped", "died", True)
    assert run.reason == run_state.SENTENCES["died"]
    assert run.ended is not None


def test_a_failure_says_why_by_its_code_and_its_facts(folder: Path) -> None:
    run_state.mark(folder, "failed", "keeps_dying", times=4)

    run = run_state.read(folder)

    assert run is not None
    assert (run.code, run.facts) == ("keeps_dying", {"times": 4})
    assert run.reason is not None
    assert "4 times" in run.reason


def test_the_epochs_that_are_done_are_counted_by_the_history(folder: Path) -> None:
    progress.Progress(folder).history([{"epoch": 1, "loss": 0.5, "note": "x"}, {"epoch": 2, "loss": 0.25}])
    run_state.mark(folder, "paused")

    run = run_state.read(folder)

    assert run is not None
    assert run.epoch == 2
    assert run.history[0] == {"epoch": 1.0, "loss": 0.5, "note": "x"}
    assert run.metrics["loss"] == 0.25


def test_a_history_is_read_as_far_as_it_can_be(folder: Path) -> None:
    (folder / "history.csv").write_text(f"epoch,loss\n1,0.5\n2,{'9' * 200_000}\n")

    run = run_state.read(folder)

    assert run is not None
    assert run.history == ({"epoch": 1.0, "loss": 0.5},)


@pytest.mark.parametrize("time", [-1.0, 1e18])
def test_a_ticket_of_a_time_that_no_calendar_has_is_none(folder: Path, time: float) -> None:
    for ticket in (Ticket(1.0, time), Ticket(1.0, 1.0, ended=time)):
        run_state.keep(folder, ticket)

        assert run_state.ticket(folder) is None


def test_how_a_run_was_asked_to_end_is_told_until_it_has(folder: Path) -> None:
    wishes = []
    for state in ("running", "paused"):
        run_state.mark(folder, state)
        progress.request_stop(folder, "pause")
        run = run_state.read(folder)
        assert run is not None
        wishes.append(run.wish)

    assert wishes == ["pause", None]
    progress.forget_stop_request(folder)
    assert progress.wish(folder) is None


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"null",
        b'{"name": 1, "data": [], "recipe": {}}',
        b'{"name": "x", "data": [1], "recipe": {}}',
        b'{"name": "x", "data": 3, "recipe": {}}',
        b'{"name": "x", "data": [], "recipe": []}',
        b'{"name": "x", "data": [], "recipe": {"stages": [1]}}',
        b'{"name": "x", "data": [], "recipe": {"batch": 1e999}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_folder_that_says_nonsense_is_no_run(folder: Path, wrong: bytes) -> None:
    (folder / "recipe.json").write_bytes(wrong)

    assert run_state.read(folder) is None


@pytest.mark.parametrize(
    "status",
    [
        b"",
        b"[]",
        b"{}",
        b'{"state": "flying"}',
        b'{"state": "running"}',
        b'{"state": "running", "pid": "me", "pid_started": null, "heartbeat": "now"}',
        b'{"state": ["running"], "epoch": {}, "steps": "NaN", "metrics": 3, "facts": []}',
        b'{"state": "running", "pid": 99999999999999999999, "pid_started": 1, "heartbeat": 1e300}',
    ],
)
def test_a_status_that_makes_no_sense_is_that_of_a_run_that_died(folder: Path, status: bytes) -> None:
    (folder / "status.json").write_bytes(status)
    (folder / "history.csv").write_bytes(b'epoch,"loss\n\xff,,,,\n1,nan\n')
    (folder / "ticket.json").write_bytes(b'{"turn": "soon"}')

    run = run_state.read(folder)

    assert run is not None
    assert (run.state, run.code, run.steps) == ("stopped", "died", 0)
    assert run_state.ticket(folder) is None


def test_a_ticket_survives_its_own_json(folder: Path) -> None:
    for ticket in (Ticket(0.0, 1.0), replace(Ticket(0.0, 1.0), ended=5.5, died=3)):
        run_state.keep(folder, ticket)
        assert run_state.ticket(folder) == ticket


def test_silence_is_no_sign_of_life_but_the_process_is_still_there(folder: Path) -> None:
    run_state.mark(folder, "running")
    status: dict[str, Any] = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"heartbeat": 1.0}))

    run = run_state.read(folder)

    assert run is not None
    assert run.state == "stopped"
    assert run_state.at_work(folder)


def test_where_no_system_tells_when_processes_began_the_runs_lock_tells(folder: Path) -> None:
    run_state.mark(folder, "running")
    status: dict[str, Any] = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"heartbeat": 1.0, "pid_started": 0.0}))

    assert not run_state.at_work(folder)
    with background.alone(folder):
        assert run_state.at_work(folder)


def test_a_run_on_a_computer_whose_clock_goes_otherwise_is_at_work_as_long_as_it_holds_its_lock(
    folder: Path,
) -> None:
    run_state.mark(folder, "running")
    status: dict[str, Any] = json.loads((folder / "status.json").read_text())
    for beat in (time.time() - 3600, time.time() + 3600):
        (folder / "status.json").write_text(json.dumps(status | {"heartbeat": beat, "host": "another"}))

        died = run_state.read(folder)
        with background.alone(folder):
            works = run_state.read(folder)

        assert [(run.state, run.code) for run in (died, works) if run] == [
            ("stopped", "died"),
            ("running", None),
        ]


@pytest.mark.parametrize("state", ["running", "done"])
def test_who_begins_or_ends_while_it_is_read_has_not_died(
    folder: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = run_state.mark(folder, "queued" if state == "running" else "running")
    if state == "done":
        begins.tell(now=True, pid_started=1.0)  # by a process that is no longer there
    alive = progress.is_alive

    def meanwhile(status: Any, **how: Any) -> bool:
        found = alive(status, **how)
        monkeypatch.setattr(progress, "is_alive", alive)
        run_state.mark(folder, state)
        return found

    monkeypatch.setattr(progress, "is_alive", meanwhile)

    run = run_state.read(folder)

    assert run is not None
    assert (run.state, run.code) == (state, None)
