"""Faces in one click: fetched from a stand-in of the hub, evaluated, opened; offline, one sentence."""

import io
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model import running
from pages.parts import job_panel
from tests.pages.shown import words
from tests.training import jobs, portraits
from tests.training.pictures import write_parquet
from tests.training.test_download import FAIRFACE, Hub, hub
from training import page_jobs, prediction_table
from training.evaluations import kept
from training.page_asked import Fetch
from ui import language

__all__ = ["hub"]
FACES = 8


@pytest.fixture(autouse=True)
def home(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone: the shipped evaluations, and no photos at all."""
    monkeypatch.setattr(running, "status", lambda: running.Status("warming"))
    return bare_home


@pytest.fixture
def faces(hub: Hub, tmp_path: Path) -> Hub:
    """A miniature of the public data set: its columns, its names, and real faces."""
    path = tmp_path / "miniature.parquet"
    write_parquet(
        path,
        [portraits.face(number % 5) for number in range(FACES)],
        [f"val/{number}.jpg" for number in range(FACES)],
        {
            "age": list(range(FACES)),
            "gender": [number % 2 for number in range(FACES)],
            "race": [number % 7 for number in range(FACES)],
            "service_test": [False] * FACES,
        },
    )
    hub.files[FAIRFACE] = {"1.25/validation-00000-of-00001-aa.parquet": path.read_bytes()}
    return hub


def page() -> None:
    import streamlit as st

    from pages.parts import chosen_evaluation, evaluate_fetch

    kept = chosen_evaluation.choose()
    assert kept
    evaluate_fetch.show(kept)
    st.markdown(f"chosen: {kept.about.dataset}")


def visit() -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    return app.run()


def press(app: AppTest) -> page_jobs.Job:
    app.button(key="rupa-fetch-start").click().run()
    assert not app.exception
    job = page_jobs.latest()
    assert job is not None
    assert job.asked == Fetch("rupa-1", "fairface", "validation")
    return job


def test_one_click_brings_faces_with_races_and_ages(faces: Hub) -> None:
    from pages.parts import evaluation_photos

    app = visit()
    assert "so there are figures, but no faces" in words(app)
    assert "CC BY 4.0" in words(app)

    job = jobs.until(jobs.over, press(app))
    app.run()

    assert (job.state, job.code) == ("done", None)
    assert not app.exception
    assert "chosen: fairface" in words(app)
    [made] = [one for one in kept() if one.about.dataset == "fairface"]
    table, about = prediction_table.read(made.path)
    assert (len(table), int(table["found"].sum()), about.model) == (FACES, FACES, "rupa-1")
    assert table["race"].nunique() == 7
    assert table["age_band"].nunique() == FACES
    assert evaluation_photos.here(about.photos)
    assert portraits.face(1) == evaluation_photos.content(about.photos, "val/1.jpg")
    assert set(faces.tokens) == {None}
    assert all(FAIRFACE in path for path, _ in faces.asked)

    later = visit()
    assert "chosen: utkface" in words(later)
    later.button(key="rupa-fetch-open").click().run()
    assert "chosen: fairface" in words(later)
    assert "rupa-fetch-open" not in [button.key for button in later.button]


def test_how_far_it_is_can_be_seen_and_it_can_be_cancelled_to_go_on_later(faces: Hub, tmp_path: Path) -> None:
    faces.hold_at = len(faces.files[FAIRFACE]["1.25/validation-00000-of-00001-aa.parquet"]) // 2
    app = visit()
    job = press(app)
    assert faces.holding.wait(60)
    jobs.until(lambda job: job.stage == "fetching", job)

    app.run()
    [cancel] = [button for button in app.button if button.key == f"rupa-cancel-{job.id}"]
    cancel.click().run()
    faces.go_on.set()

    assert jobs.until(jobs.over, job).state == "stopped"
    assert list((tmp_path / "sets" / "fairface").glob(".*.part"))


def test_offline_is_one_sentence_and_a_folder_does_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    app = visit()

    assert jobs.until(jobs.over, press(app)).code == "offline"
    app.run()

    assert not app.exception
    assert "no way to the Internet now" in words(app)
    assert not app.button(key="rupa-fetch-start").disabled
    monkeypatch.setattr(language, "language", lambda: "id")
    assert "sedang tidak tersambung ke internet" in job_panel.why("offline", {})


def test_a_hub_that_refuses_is_one_sentence(faces: Hub) -> None:
    faces.status = 503
    app = visit()

    assert jobs.until(jobs.over, press(app)).code == "hub_trouble"

    assert "has trouble now" in words(app.run())


def test_where_the_photos_are_here_nothing_is_offered(tmp_path: Path) -> None:
    validation = io.BytesIO(portraits.face()).getvalue()
    write_parquet(
        tmp_path / "sets" / "utkface" / "validation.parquet",
        [validation],
        ["a.jpg"],
        {"gender": [1], "age": [30], "race": ["White"], "group": ["a"]},
    )

    app = visit()

    assert not app.exception
    assert not app.button
