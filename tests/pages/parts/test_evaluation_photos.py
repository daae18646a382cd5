"""The photos of an evaluation are those that lie in its folder now, and the presenter's own are nobody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import evaluation_photos
from tests.training import jobs
from tests.training.tables import about, table
from training import evaluations, page_jobs, prediction_table
from training.page_asked import Evaluate
from ui import access

FACES = "With the faces of its most confident mistakes"
PAGES = Path(__file__).resolve().parents[3] / "pages"


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


@pytest.fixture
def network(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Opened to one; nothing is left at work."""
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    access.require("482913")
    yield
    access.require(None)
    jobs.kill_all()


def test_of_the_presenters_own_photos_visitors_see_the_figures_and_no_faces(
    network: None, tmp_path: Path
) -> None:
    spec, ids = f"folder:{jobs.photos(tmp_path / 'faces', 2)}", ["female/0.png"]
    job = jobs.until(jobs.over, page_jobs.start(Evaluate(registry.DEFAULT, spec)))
    evaluate, app = (
        AppTest.from_file(PAGES / f"{page}.py", default_timeout=60) for page in ("evaluate", "errors")
    )
    for one in (evaluate, app):
        one.session_state["rupa.evaluation-next"] = str(job.made)

        one.run()

        assert not one.exception
        assert "the presenter's own photos" in captions(one)
        assert "not on this computer" not in captions(one) + " ".join(
            str(said.value) for said in [*one.info, *one.markdown]
        )
    assert FACES not in toggles(evaluate)
    assert (evaluation_photos.here(spec), evaluation_photos.thumbnails(spec, ids)) == (False, [None])
    with pytest.raises(evaluation_photos.PhotoMissingError):
        evaluation_photos.content(spec, ids[0])
    access.require(None)
    assert FACES in toggles(evaluate.run())
    assert "the presenter's own photos" not in captions(app.run())
    assert evaluation_photos.here(spec)
    assert evaluation_photos.thumbnails(spec, ids) != [None]


def toggles(app: AppTest) -> list[str]:
    return [str(toggle.label) for toggle in app.toggle]


def captions(app: AppTest) -> str:
    return "\n".join(str(caption.value) for caption in app.caption)
