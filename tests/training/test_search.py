"""A search for a recipe: every try once, whatever is killed; what is behind is given up; the winner is a recipe."""

import os
import signal
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from tests.training.queued import TINY, over, photos, read, until, workers
from training import __main__ as terminal
from training import (
    background,
    jobs,
    progress,
    run_state,
    search,
    search_figures,
    search_trials,
)
from training.figures import LIGHT
from training.jobs import JobError
from training.recipe import HEAD_ONLY, Stage
from training.run_state import Run
from training.search import SearchError, Settings
from training.search_figures import Words
from words.speech import Speech

ON_THE_HEAD = ("rate", "dropout")  # what varies without the network learning, which takes no time
WORDS = Words({"rate": "Rate", "dropout": "Dropout"}, lambda setting, value: value)


@pytest.fixture
def faces(tmp_path: Path) -> tuple[str]:
    return (f"folder:{photos(tmp_path / 'faces', each=4)}",)


def begun(
    faces: tuple[str, ...], trials: int = 4, epochs: int = 2, vary: tuple[str, ...] = ON_THE_HEAD
) -> Run:
    base = replace(TINY, stages=(Stage(HEAD_ONLY, epochs, 1e-3),))
    return search.begin(faces, base, Settings(trials=trials, photos=20, vary=vary))


def states(run: Run) -> list[str]:
    return [one.state for one in search.tried(run.folder)]


def test_a_search_tries_its_own_recipe_first_and_its_winner_is_never_worse(
    small_home: Path, faces: tuple[str, ...]
) -> None:
    run = begun(faces)

    assert search_trials.go_on(run.folder) == "done"

    table = search.table(run.folder)
    assert table["trial"].tolist() == [0, 1, 2, 3]
    assert table[["rate", "dropout"]].iloc[0].tolist() == [1e-3, TINY.dropout]
    assert table["rate"].is_unique
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    best = search.best_of(search.tried(run.folder))
    assert best is not None
    assert best.share is not None
    assert best.share.value >= table["value"][0]
    winner = search.winner(run.folder)
    assert winner.stages[0].rate == best.params["rate"]
    assert winner == replace(TINY, stages=winner.stages, dropout=winner.dropout)
    done = read(run)
    assert (done.epoch, done.epochs, len(done.history)) == (4, 4, 4)
    assert not list(run.folder.rglob("*.npz"))


def test_the_photos_that_judge_are_never_looked_at(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces)

    [dealt] = search_trials._dealt(run.folder, Settings(photos=20), run)

    kept = dealt.dataset.table["id"].astype(str)
    assert len(kept) == 16
    assert not kept.str.contains("test").any()
    assert set(dealt.role[kept.str.contains("validation")]) == {"monitor"}


@pytest.mark.slow
def test_killed_in_the_middle_no_try_is_lost_or_doubled(small_home: Path, faces: tuple[str, ...]) -> None:
    undisturbed = begun(faces, trials=3, epochs=20)
    search_trials.go_on(undisturbed.folder)
    drawn = [one.params for one in search.tried(undisturbed.folder)]
    jobs.delete(undisturbed)
    run = begun(faces, trials=3, epochs=20)
    jobs.ensure_worker()

    def in_the_second(one: Run) -> bool:
        return (search_trials.folder_of(one.folder, 1) / "history.csv").exists()

    until(in_the_second, run)
    [worker] = workers(small_home)
    os.kill(worker, signal.SIGKILL)
    run = until(lambda one: one.state != "running", run)
    assert (run.state, run.code) == ("stopped", "died")
    kept = search.tried(run.folder)
    assert [one.state for one in kept[:1]] == ["done"]

    def ends(one: Run) -> bool:
        jobs.ensure_worker()
        return over(one) and one.code != "died"

    run = until(ends, run)
    assert (run.state, run.reason) == ("done", None)
    assert [one.number for one in search.tried(run.folder)] == [0, 1, 2]
    assert search.tried(run.folder)[0] == kept[0]
    assert [one.params for one in search.tried(run.folder)] == drawn
    assert all(
        one.of == kept[0].of and one.epochs == 20 for one in search.tried(run.folder) if one.state == "done"
    )
    assert states(run)[0] == "done"


def test_it_rests_when_asked_and_goes_on_with_the_same_try(
    small_home: Path, faces: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(faces, trials=2, epochs=3)
    told = search_trials.TrialProgress.history

    def rests_after_one(trial: search_trials.TrialProgress, rows: list[Mapping[str, Any]]) -> None:
        told(trial, rows)
        progress.request_stop(run.folder, "pause")

    with monkeypatch.context() as asked:
        asked.setattr(search_trials.TrialProgress, "history", rests_after_one)
        assert search_trials.go_on(run.folder) == "paused"
    before = search.tried(run.folder)
    assert [one.state for one in before] == ["running"]
    rests = read(run)

    jobs.resume(rests)
    assert search_trials.go_on(run.folder) == "done"

    after = search.tried(run.folder)
    assert [one.state for one in after] == ["done", "done"]
    assert (after[0].params, after[0].epochs) == (before[0].params, 3)
    log = (run.folder / "log.txt").read_text()
    assert log.count("going on after epoch 1") == 1


def test_gone_on_with_in_the_terminal_it_stays_a_search_and_nobody_else_is_at_it(
    small_home: Path, faces: tuple[str, ...]
) -> None:
    run = begun(faces, trials=2, epochs=1)

    with background.alone(run.folder):
        assert terminal.main(["resume", str(run.folder)]) == 2
    assert terminal.main(["resume", str(run.folder)]) == 0

    assert states(run) == ["done", "done"]
    assert not (run.folder / "model").exists()


def test_stopped_it_makes_no_model_and_can_go_on(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces, trials=2)
    progress.request_stop(run.folder, "finish")

    assert search_trials.go_on(run.folder) == "stopped"

    stopped = read(run)
    assert stopped.resumable
    assert not stopped.finished


def test_what_is_clearly_behind_is_given_up(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces, trials=2)
    search.prepare(run.folder)
    good = [{"val_loss": 0.1 + 0.01 * epoch} for epoch in range(10)]
    recipe = replace(TINY, stages=(Stage(HEAD_ONLY, 10, 1e-3),))
    seen = []
    with search.study(run.folder) as study:
        for bad in (0, 0, 0, 0, 3):
            trial = study.ask()
            from training.progress import Progress

            folder = search_trials.folder_of(run.folder, trial.number)
            told = search_trials.TrialProgress(folder, trial, recipe, Progress(run.folder))
            for epoch in range(1, 11):
                if not told.stop_requested():
                    told.history([{"val_loss": row["val_loss"] + bad} for row in good[:epoch]])
            seen.append((told.behind, len(told.rows)))
            study.tell(trial, 0.5)

    assert seen[:4] == [(False, 10)] * 4
    behind, epochs = seen[4]
    assert behind
    assert epochs < 10


def test_a_try_that_cannot_be_trained_does_not_end_the_search(
    small_home: Path, faces: tuple[str, ...]
) -> None:
    base = replace(TINY, stages=(Stage(HEAD_ONLY, 1, 1e-3),))
    # There are no such weights, which only shows when the network is built.
    settings = Settings(trials=2, photos=20, vary=("network",), networks=("resnet18 faces",))
    run = search.begin(faces, base, settings)
    search.prepare(run.folder)
    with search.study(run.folder) as study:
        for network in (f"{base.backbone} {base.start}", "resnet18 faces"):
            study.enqueue_trial({"network": network})

    assert search_trials.go_on(run.folder) == "done"

    first, second = search.tried(run.folder)
    assert (first.state, second.state, second.code) == ("done", "failed", "no_such_weights")


def test_a_try_that_the_process_dies_of_is_given_up(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces, trials=2)
    search.prepare(run.folder)
    with search.study(run.folder) as study:
        study.ask().set_user_attr("begun", search_trials.MOST_DEATHS)

    assert search_trials.go_on(run.folder) == "done"

    first, second = search.tried(run.folder)
    assert (first.state, first.code, second.state) == ("failed", "died", "done")


def test_the_figures_say_what_was_tried(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces, trials=5)
    assert search_figures.history(search.tried(run.folder), LIGHT, Speech()) is None
    search_trials.go_on(run.folder)

    tried = search.tried(run.folder)
    drawn = search_figures.history(tried, LIGHT, Speech())
    lines = search_figures.together(run.folder, WORDS, LIGHT, Speech())

    assert drawn is not None
    assert sum(len(trace.x) for trace in drawn.figure.data if trace.mode == "markers") == 5
    ended = [one for one in tried if one.state == "done"]
    assert lines is not None
    assert len(lines.figure.data) == len(ended)
    assert set(lines.figure.layout.xaxis.ticktext) == {"right", "Rate", "Dropout"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"trials": 1}, "out_of_range"),
        ({"trials": 10_000}, "out_of_range"),
        ({"photos": 2}, "out_of_range"),
        ({"epochs": 0}, "out_of_range"),
        ({"vary": ()}, "nothing_varies"),
        ({"vary": ("network",)}, "nothing_varies"),
        ({"vary": ("rate", "colour")}, "unknown_setting"),
    ],
)
def test_what_cannot_be_searched_is_said_in_one_sentence(
    small_home: Path, faces: tuple[str, ...], settings: dict[str, object], code: str
) -> None:
    with pytest.raises(SearchError) as refused:
        search.begin(faces, TINY, Settings(**settings))  # type: ignore[arg-type]

    assert refused.value.code == code
    assert jobs.runs() == []


def test_without_photos_there_is_no_search(small_home: Path) -> None:
    with pytest.raises(JobError) as refused:
        begun(())
    assert refused.value.code == "no_data"


def test_one_class_only_fails_in_one_sentence(small_home: Path, tmp_path: Path) -> None:
    folder = photos(tmp_path / "one", each=3)
    for label in folder.glob("*/male/*"):
        label.unlink()
    run = begun((f"folder:{folder}",))

    assert search_trials.go_on(run.folder) == "failed"

    failed = read(run)
    assert failed.reason


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough to be one" * 50, b""])
def test_a_damaged_study_is_said_and_can_be_deleted(
    small_home: Path, faces: tuple[str, ...], damage: bytes
) -> None:
    run = begun(faces, trials=2)
    search.prepare(run.folder)
    search.study_file(run.folder).write_bytes(damage or b"SQLite format 3\0" + bytes(4000))

    with pytest.raises(SearchError) as refused:
        search.tried(run.folder)
    assert refused.value.code == "search_unreadable"
    assert search_trials.go_on(run.folder) == "failed"
    failed = run_state.read(run.folder)
    assert failed is not None
    assert failed.code == "search_unreadable"
    jobs.delete(failed)


def test_whoever_reads_does_not_wait_for_the_trainers_lock(
    small_home: Path, faces: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(faces)
    search.prepare(run.folder)
    monkeypatch.setattr(search, "_PATIENCE_S", 0.05)
    with closing(sqlite3.connect(search.study_file(run.folder))) as trainer:
        trainer.execute("BEGIN IMMEDIATE")

        assert search.tried(run.folder) == ()


def test_a_full_disk_is_said_to_whoever_reads(
    small_home: Path, faces: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(faces)
    search.prepare(run.folder)
    full = OperationalError("SELECT", None, sqlite3.OperationalError("database or disk is full"))
    monkeypatch.setattr("optuna.load_study", Mock(side_effect=full))

    with pytest.raises(SearchError) as refused:
        search.tried(run.folder)
    assert refused.value.code == "disk_full"


def test_a_half_made_study_is_made_anew(small_home: Path, faces: tuple[str, ...]) -> None:
    run = begun(faces)
    part = search.study_file(run.folder).with_suffix(".part")
    part.parent.mkdir()
    with sqlite3.connect(part) as half:
        half.execute("CREATE TABLE studies (wrong INTEGER)")

    search.prepare(run.folder)

    assert search.tried(run.folder) == ()


def test_a_run_that_is_no_search_has_none(small_home: Path, faces: tuple[str, ...]) -> None:
    run = jobs.enqueue(jobs.Asked(faces, TINY))
    with pytest.raises(SearchError) as refused:
        search.table(run.folder)
    assert refused.value.code == "no_search"
    assert run.trials == 0


def test_the_terminal_begins_a_search_and_shows_it(
    small_home: Path,
    faces: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "ensure_worker", lambda: False)
    asked = ["search", "--data", *faces, "--trials", "3", "--photos", "20", "--vary"]

    assert terminal.main([*asked, "nothing"]) == 2
    assert 'No setting is called "nothing"' in capsys.readouterr().err
    assert terminal.main([*asked, "rate,dropout", "--preset", "quick"]) == 0
    [run] = jobs.runs()
    assert run.trials == 3
    assert terminal.main(["search", "--show", run.id]) == 2
    assert search.SENTENCES["no_winner"] in capsys.readouterr().err
