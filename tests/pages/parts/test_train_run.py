"""A run on the Train page: started, watched by everybody, held, gone on with, and one sentence where it fails."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import train_run_buttons, train_run_words, train_steps
from pages.parts.train_steps import Choice, Photos
from tests.pages.shown import keys, press, words
from tests.training.queued import LONG, TINY, asked, learning, over, photos, until, workers
from training import jobs, mistakes, run_state
from training.jobs import JobError
from training.recipe import HEAD_ONLY, Stage
from training.run_state import Run
from ui import access


@pytest.fixture
def home(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(access, "presenter", lambda: True)
    return small_home


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return photos(tmp_path / "faces")


def page() -> None:
    import streamlit as st

    from pages.parts import train_run, train_steps
    from ui import panels

    panels.begin()
    st.markdown(f"step: {train_steps.opened()}")
    st.markdown(f"folded: {train_run.line()}")
    if train_steps.opened() == train_steps.RUN:
        train_run.show()


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["lang"] = spoken
    return app.run()


def chosen(faces: Path, epochs: int) -> AppTest:
    """A visit that has chosen photos and a recipe."""
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["rupa.train.photos"] = Photos((f"folder:{faces}",), 6, 6, "faces")
    recipe = replace(TINY, stages=(Stage(HEAD_ONLY, epochs, 1e-3),))
    app.session_state["rupa.train.recipe"] = Choice(recipe, None)
    return app.run()


def only_run() -> Run:
    [run] = jobs.runs()
    return run


def seen(app: AppTest, holds: str) -> AppTest:
    """The page once it says this."""
    for _ in range(3000):
        if holds in words(app.run()):
            return app
    raise AssertionError(words(app))


def test_a_run_is_started_watched_by_everybody_and_its_end_opens_the_result(home: Path, faces: Path) -> None:
    app = chosen(faces, 2)
    app.text_input(key="rupa-train-name").input("Class *7* B").run()
    app = press(app, "rupa-train-start")
    run = only_run()
    assert not app.exception
    assert "rupa-train-start" not in keys(app)
    other = visit("id")
    assert "step: 3" in words(other)
    assert "rupa-train-pause" in keys(other)

    until(over, run)
    app.run()

    assert not app.exception
    assert only_run().name == "Class *7* B"
    assert f"step: {train_steps.RESULT}" in words(app)
    assert "Class \\*7\\* B" in words(app)
    assert "done" in words(app)
    assert "step: 1" in words(visit())


def test_while_it_learns_its_curves_are_shown_and_killed_it_goes_on_because_somebody_looks(
    home: Path, faces: Path
) -> None:
    run = jobs.enqueue(asked(faces, LONG))
    jobs.ensure_worker()
    run = until(learning, run)

    app = visit()

    assert not app.exception
    assert f"of {LONG:,}" in words(app)
    assert len(app.get("plotly_chart")) == 2
    assert "What it took whom for" in words(app)
    assert any("validation photo" in str(one.value) for one in (*app.markdown, *app.caption))
    assert {"rupa-train-pause", "rupa-train-stop"} <= set(keys(app))

    [worker] = workers(home)
    os.kill(worker, signal.SIGKILL)
    run = until(lambda one: one.code == "died", run)

    app = visit()

    assert "step: 3" in words(app)
    until(lambda one: len(one.history) > len(run.history) or bool(app.run().exception), run)
    assert not app.exception


def test_it_is_paused_gone_on_with_and_stopped_with_its_best_epoch(home: Path, faces: Path) -> None:
    run = jobs.enqueue(asked(faces, LONG))
    jobs.ensure_worker()
    run = until(learning, run)
    app = press(visit(), "rupa-train-pause")
    until(over, run)
    app.run()
    assert "It rests after epoch" in words(app)
    assert "rupa-train-resume" in keys(visit())

    press(app, "rupa-train-resume")
    run = until(lambda one: one.state == "running" and one.wish is None, run)
    press(app, "rupa-train-stop")
    run = until(over, run)

    assert not app.exception
    assert (run.state, run.finished) == ("done", True)


def test_who_waits_sees_how_many_come_before(home: Path, faces: Path) -> None:
    lock = jobs.trainer_lock()  # as if another were at work
    for _ in range(2):
        jobs.enqueue(asked(faces))
    app = chosen(faces, 2)
    assert "It waits until 2 other runs have ended." in words(app)

    app = press(app, "rupa-train-start")

    assert "It waits for 2 other runs." in words(app)
    assert {"rupa-train-pause", "rupa-train-stop"} <= set(keys(app))
    press(app, "rupa-train-stop")
    assert "It was stopped before it was done." in words(app.run())
    assert lock is not None
    lock.close()


def test_visitors_see_the_run_and_cannot_touch_it(
    home: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = jobs.trainer_lock()
    jobs.enqueue(asked(faces))
    monkeypatch.setattr(access, "presenter", lambda: False)

    watching, starting = visit(), chosen(faces, 2)
    train_run_buttons.act("stop", only_run().id)  # as a browser could ask for that was told to

    assert all(watching.button(key=key).disabled for key in ("rupa-train-pause", "rupa-train-stop"))
    assert starting.button(key="rupa-train-start").disabled
    assert only_run().state == "queued"
    assert lock is not None
    lock.close()


def test_the_faces_that_it_gets_wrong_are_for_the_presenter(
    home: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strip() -> None:
        from pages.parts import train_run_live
        from training import jobs

        train_run_live._strip(jobs.runs()[0], 5)

    def black(rows: np.ndarray) -> list[np.ndarray]:
        return [np.zeros((160, 160, 3), np.uint8) for _ in rows]

    mistakes.write(jobs.enqueue(asked(faces)).folder, 3, np.array([0.9]), np.array([0]), black)
    app = AppTest.from_function(strip).run()
    shown = len(app.get("html"))

    monkeypatch.setattr(access, "presenter", lambda: False)
    app.run()

    assert "1 of 5 validation photos are wrong" in words(app)
    assert (shown, len(app.get("html"))) == (1, 0)


def test_a_failed_run_is_one_sentence_and_begins_again(home: Path, tmp_path: Path) -> None:
    few = photos(tmp_path / "few", each=1, splits=("train",))
    run = jobs.enqueue(asked(few))
    jobs.ensure_worker()
    until(over, run)
    app = chosen(few, 2)
    app.session_state["rupa.train.run"] = run.id

    app.run()

    assert [shown.value for shown in app.error] == [run_state.SENTENCES["too_few_photos"]]
    assert app.button(key="rupa-train-resume").label == "Begin again"
    press(app, "rupa-train-resume")
    assert not app.exception
    app = press(seen(app, "Both women's"), "rupa-train-another")
    assert f"step: {train_steps.PHOTOS}" in words(app)


def test_who_watches_while_the_disk_is_full_reads_that(
    home: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> bool:
        raise JobError("disk_full")

    jobs.enqueue(asked(faces))
    monkeypatch.setattr(jobs, "ensure_worker", full)
    app = visit()
    app.session_state["rupa.train.step"] = train_steps.RUN

    app.run()

    assert not app.exception
    assert "The disk is full" in words(app)


def test_without_photos_or_recipe_it_says_what_comes_first(home: Path, faces: Path) -> None:
    app = visit()
    app.session_state["rupa.train.step"] = train_steps.RUN

    press(app.run(), "rupa-train-first")

    assert f"step: {train_steps.PHOTOS}" in words(app)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (20, "less than a minute left"),
        (70, "about 1 minute left"),
        (1700, "about 28 minutes left"),
        (9000, "about 2 hours left"),
    ],
)
def test_time_left_in_words(seconds: float, told: str) -> None:
    assert train_run_words.left(seconds) == told
