"""More samples in one click, where there are none: fetched from a stand-in of the hub; offline, one sentence."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.parts.test_evaluate_fetch import FACES, faces, home, words
from tests.training import jobs
from tests.training.test_download import Hub, hub
from training import page_jobs

__all__ = ["faces", "home", "hub"]
BUTTON = "rupa-more-samples"


def page() -> None:
    import streamlit as st

    from pages.parts import local_samples, more_samples

    more_samples.show()
    for sample in local_samples.found():
        st.markdown(f"{sample.title}: {len(sample.photos())}")


def pressed() -> tuple[AppTest, page_jobs.Job]:
    app = AppTest.from_function(page, default_timeout=30).run()
    app.button(key=BUTTON).click().run()
    job = page_jobs.latest()
    assert job is not None
    return app, job


def test_one_click_brings_faces_to_try(faces: Hub) -> None:
    app, job = pressed()

    assert jobs.until(jobs.over, job).state == "done"
    app.run()

    assert not app.exception
    assert f"12 faces from FairFace: {FACES}" in words(app)
    assert BUTTON not in [button.key for button in app.button]


def test_offline_is_one_sentence_and_the_button_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    app, job = pressed()

    assert jobs.until(jobs.over, job).code == "offline"
    app.run()

    assert "no way to the Internet now" in words(app)
    assert BUTTON in [button.key for button in app.button]


def test_where_samples_are_nothing_is_offered(tmp_path: Path) -> None:
    (tmp_path / "sets" / "utkface").mkdir(parents=True)

    app = AppTest.from_function(page, default_timeout=30).run()

    assert BUTTON not in [button.key for button in app.button]
