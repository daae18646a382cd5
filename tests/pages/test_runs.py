"""The Runs page: all runs in a table, what the chosen ones have in common and not, and what can be done with one."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import evaluate_words, runs_one, runs_words
from tests.model import small_network
from tests.pages.shown import words
from tests.training.queued import asked, kill_all, photos, read
from training import figures_runs, jobs, places, worker
from training.figures import LIGHT
from training.figures_runs import compared
from training.progress import Progress
from training.run_state import Run
from ui import access
from words.speech import Speech


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with two real runs that are done, which no test changes."""
    place = tmp_path_factory.mktemp("trained")
    home = place / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUPA_HOME", str(home))
        patch.setenv("RUPA_DEVICE", "cpu")
        small_network.artifact(home / "runs" / "small-1" / "model")
        registry.activate("small-1")
        faces = photos(place / "faces")
        both = [jobs.enqueue(asked(faces, epochs, name)) for epochs, name in ((2, "first"), (3, "<b>second"))]
        patch.setattr(worker, "_give_way", lambda: None)  # the process is that of the tests
        worker.work()
        assert [run.state for run in jobs.runs()] == ["done", "done"], both
        yield home
        kill_all(home)


@pytest.fixture
def home(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    shutil.copytree(trained, home, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.setenv("RUPA_HOME", str(home))
    monkeypatch.setattr(access, "presenter", lambda: True)
    yield home
    kill_all(home)


def page() -> None:
    from pages.parts import runs_history

    runs_history.show()


def visit(*rows: int, spoken: str = "en", monkeypatch: pytest.MonkeyPatch | None = None) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["lang"] = spoken
    app.run()
    return choose(app, *rows)


def choose(app: AppTest, *rows: int) -> AppTest:
    """As a person does by the boxes at the left."""
    [key] = [str(one.proto.id).rpartition("-None-")[2] or "" for one in app.dataframe[:1]]
    name = re.sub(r"^.*(rupa-runs-\w+)$", r"\1", key or app.dataframe[0].proto.id)
    app.session_state[name] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return app.run()


def newest() -> Run:
    return jobs.runs()[0]


def test_every_run_stands_in_the_table_with_what_came_of_it(home: Path) -> None:
    app = visit()

    table = app.dataframe[0].value
    assert not app.exception
    assert list(table["name"]) == ["<b>second", "first"]
    assert list(table["photos"]) == ["faces", "faces"]
    assert list(table["state"]) == ["done", "done"]
    assert all("3 epochs" in told or "2 epochs" in told for told in table["recipe"])
    card = registry.find(newest().id).card
    [result] = card.results.values()
    low, high = (100 * end for end in result["accuracy_interval"])
    assert table["judged"][0].strip() == f"{100 * result['accuracy']:.1f}% ({low:.1f} to {high:.1f})"
    assert re.fullmatch(r"\d+\.\d% \(\d+\.\d to \d+\.\d\)", table["best"][0].strip())
    assert newest().started is not None
    assert newest().ended is not None
    assert table["took"][0] == pytest.approx((newest().ended - newest().started) / 60)  # type: ignore[operator]


def test_two_chosen_runs_are_held_side_by_side(home: Path) -> None:
    app = visit(0, 1)

    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    [differ, same] = [one.value for one in app.dataframe[1:]]
    assert list(differ["Setting"]) == ["Stages"]
    assert list(differ.columns) == ["Setting", "1 · <b>second", "2 · first"]
    assert "3 epochs" in str(differ.iloc[0, 1])
    assert "2 epochs" in str(differ.iloc[0, 2])
    assert "Network" in list(same["Setting"])
    assert "--logdir_spec" in words(app)
    assert "rupa-runs-look" not in [button.key for button in app.button]


def test_of_one_run_everything_is_told(home: Path) -> None:
    app = visit(1)

    assert not app.exception
    offered = {str(button.key) for button in app.button}
    assert {"rupa-runs-look", "rupa-runs-clone", "rupa-runs-evaluate", "rupa-runs-delete"} <= offered
    assert "rupa-runs-resume" not in offered
    assert "epoch 2 stage 0" in words(app)


def test_the_log_is_its_end_and_no_more(home: Path) -> None:
    run = newest()
    (run.folder / "log.txt").write_text("\n".join(f"line {n} <script>" for n in range(50_000)))

    told = runs_one._log(run.folder).splitlines()

    assert len(told) == runs_one.LOG_LINES
    assert told[-1] == "line 49999 <script>"
    (run.folder / "log.txt").unlink()
    assert runs_one._log(run.folder) == "–"


def test_a_run_is_deleted_with_its_evaluations_once_somebody_says_so_twice(home: Path) -> None:
    run = newest()
    places.evaluations(run.id).mkdir(parents=True)
    app = visit(0)
    app.button(key="rupa-runs-delete").click().run()
    assert "Nobody can bring it back" in words(app)
    assert jobs.find(run.id)

    app.button(key="rupa-runs-delete-now").click().run()

    assert not app.exception
    assert jobs.find(run.id) is None
    assert not places.evaluations(run.id).exists()
    assert list(app.dataframe[0].value["name"]) == ["first"]
    assert len(app.dataframe) == 1  # nothing is chosen now


def test_the_model_that_answers_is_not_deleted(home: Path) -> None:
    run = newest()
    registry.activate(run.id)
    app = visit(0)

    app.button(key="rupa-runs-delete").click().run()
    app.button(key="rupa-runs-delete-now").click().run()

    assert "The model of this run answers now" in words(app)
    assert jobs.find(run.id)


def test_visitors_delete_nothing_and_see_no_paths(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)
    folder = newest().folder
    (folder / "log.txt").write_text(f"looked into {home}")
    facts = {"path": str(home / "my class")}
    Progress(folder).tell(now=True, state="failed", code="no_folder", facts=facts)

    app = visit(0)

    assert app.button(key="rupa-runs-delete").disabled
    assert str(home) not in words(app).replace("\\", "")
    assert "There is no folder my class;" in words(app)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("folder:/srv/Budi S/class 7", "folder:class 7"),
        ("D:\\Faces\\Budi\\class", "class"),
        ("[Errno 13] Permission denied: '/srv/faces/a.png'", "[Errno 13] Permission denied: 'a.png'"),
        ("yes and/or no", "yes and/or no"),
    ],
)
def test_of_a_path_visitors_read_the_end(said: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)

    assert evaluate_words.fact(said) == evaluate_words.literal(told)


def test_a_run_that_waits_can_be_held_here(home: Path, tmp_path: Path) -> None:
    lock = jobs.trainer_lock()
    run = jobs.enqueue(asked(photos(tmp_path / "more")))
    app = visit(0)

    app.button(key="rupa-runs-pause").click().run()

    assert read(run).state == "paused"
    assert not app.exception
    assert lock is not None
    lock.close()


def test_a_damaged_run_does_not_spoil_the_page(home: Path) -> None:
    first, second = jobs.runs()
    (first.folder / "history.csv").write_bytes(b"epoch,val_accuracy\n1,nan\n2,\xff\n")
    (first.folder / "model" / "card.json").write_text("{")
    (second.folder / "status.json").write_text("[]")

    app = visit(0, 1)

    assert not app.exception
    assert len(app.dataframe[0].value) == 2


def test_with_nothing_there_it_says_what_will_stand_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "empty"))

    app = AppTest.from_function(page, default_timeout=60).run()

    assert "Here every run will stand" in words(app)
    assert [button.key for button in app.button] == ["rupa-runs-first"]


def test_in_indonesian(home: Path) -> None:
    app = visit(0, 1, spoken="id")

    assert not app.exception
    assert "Yang berbeda dalam pengaturannya" in words(app)
    assert list(app.dataframe[0].value["state"]) == ["selesai", "selesai"]


def test_the_best_epoch_carries_its_interval_where_faces_were_counted(home: Path) -> None:
    run = newest()
    share, found = runs_words.best(run)  # type: ignore[misc]
    assert found is not None
    assert found.low <= share <= found.high

    old = replace(run, history=({"epoch": 1.0, "val_accuracy": 0.75},))
    assert runs_words.best(old) == (0.75, None)


def test_curves_of_runs_stand_in_one_figure_and_those_without_are_left_out() -> None:
    rows = [{"epoch": n, "val_accuracy": 0.5 + n / 10, "val_loss": 1 / n} for n in (1.0, 2.0)]

    drawn = compared({"<a>": rows, "none": [{"epoch": 1.0}]}, LIGHT, Speech("en"))

    assert drawn is not None
    assert len(drawn.figure.data) == 2
    assert drawn.figure.data[0].name == "&lt;a&gt;"
    assert drawn.says == "<a>: 70.0% at best, after epoch 2."
    assert compared({}, LIGHT, Speech("en")) is None


def test_the_best_epoch_of_each_curve_is_said_with_its_interval_where_faces_were_counted() -> None:
    counts = {"val_female_as_female": 7.0, "val_female_as_male": 3.0, "val_male_as_female": 3.0}
    row = {"epoch": 1.0, "val_accuracy": 0.7, "val_loss": 1.0, "val_male_as_male": 7.0, **counts}

    drawn = compared({"a": [row]}, LIGHT, Speech("en"))

    assert drawn is not None
    assert drawn.says == "a: 70.0% (48.1 to 85.5) at best, after epoch 1."


def test_what_is_not_drawn_counts_only_what_could_be(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(figures_runs, "MOST", 1)
    jobs.enqueue(asked(home / "none"))

    assert "1 more is chosen and not drawn." in words(visit(0, 1, 2))
