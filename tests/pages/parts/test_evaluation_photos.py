"""The photos of an evaluation are those that lie in its folder now, also when other ones lay there before."""

from pathlib import Path

import pytest
import streamlit as st
from PIL import Image

from pages.parts import evaluation_photos
from tests.training.tables import about, table
from training import evaluations, prediction_table


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path / "home"


def put(folder: Path, name: str, shade: int) -> None:
    (folder / "female").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 60), (shade, 120, 140)).save(folder / "female" / name)


def evaluated(home: Path) -> None:
    prediction_table.write(
        evaluations.folder("mine", home) / "evaluation-photos-all.parquet", table(), about()
    )


def test_after_another_evaluation_of_a_folder_its_photos_are_looked_at_anew(
    home: Path, tmp_path: Path
) -> None:
    photos, ids = f"folder:{tmp_path / 'mine'}", ["female/1.png", "female/2.png"]
    put(tmp_path / "mine", "1.png", 0)
    evaluated(home)
    before, missing = evaluation_photos.thumbnails(photos, ids)

    put(tmp_path / "mine", "1.png", 250)
    put(tmp_path / "mine", "2.png", 100)
    evaluated(home)
    after, found = evaluation_photos.thumbnails(photos, ids)

    assert missing is None
    assert found is not None
    assert before != after
    assert evaluation_photos.content(photos, "female/2.png")
