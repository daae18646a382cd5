"""Homes for tests of pages: one in which the app has kept nothing yet, and one to play the quiz in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image

from pages.parts import evaluation_photos
from tests.pages.quiz_page import PUBLIC
from tests.training import jobs
from tests.training.tables import about, table
from training import evaluations, prediction_table, quiz_room
from training.evaluations import Kept
from ui import access


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the app will keep things, on a computer without data sets; nothing is left at work."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path / "home"
    jobs.kill_all()


@pytest.fixture
def quiz_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A computer with no evaluation and no photos, and no room open."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(evaluations, "kept", list)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path
    access.require(None)
    if room := quiz_room.current():
        quiz_room.close(room)


@pytest.fixture
def keep_photos(quiz_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kept]:
    """Make an evaluation of these photos the one there is; they lie in a folder, whatever they are called."""
    made = table(0, n=120, right=0.7)
    photos = quiz_home / "photos"
    for id_, label in zip(made["id"], made["label"], strict=True):
        folder = photos / ("female", "male")[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60), (90 + 60 * int(label), 120, 140)).save(folder / id_)
    made["id"] = [
        f"{('female', 'male')[label]}/{id_}" for id_, label in zip(made["id"], made["label"], strict=True)
    ]

    def write(dataset: str = "photos") -> Kept:
        said = about(dataset=dataset, spec="" if dataset == PUBLIC else f"folder:{photos}")
        path = quiz_home / "evaluation-photos-all.parquet"
        prediction_table.write(path, made, said)
        kept = Kept(path, said, False)
        monkeypatch.setattr(evaluations, "kept", lambda: [kept])
        content = {f"{file.parent.name}/{file.name}": file for file in photos.rglob("*.jpg")}
        if dataset == PUBLIC:
            monkeypatch.setattr(evaluation_photos, "here", lambda _: True)
            monkeypatch.setattr(evaluation_photos, "content", lambda _, id_: content[id_].read_bytes())
        return kept

    return write
