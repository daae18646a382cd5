"""An evaluation run from a page: started, followed, opened; refused in one sentence where the photos are none."""

import zipfile
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import job_panel
from tests.pages.shown import words
from tests.training import jobs
from training import folders, page_jobs, unpacked
from training.datasets import open_dataset
from training.page_asked import Evaluate, Stress
from training.page_jobs import Job
from ui import language


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the app keeps: one model, no photos of others, and nothing at work afterwards."""
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    st.cache_resource.clear()
    return small_home


def page() -> None:
    import streamlit as st

    from pages.parts import chosen_evaluation, evaluate_run

    evaluate_run.show()
    kept = chosen_evaluation.choose()
    st.markdown(f"chosen: {kept.about.model} on {kept.about.dataset}" if kept else "chosen: none")


def visit() -> AppTest:
    return AppTest.from_function(page, default_timeout=30).run()


def opened() -> AppTest:
    app = visit()
    app.session_state["rupa.evaluate.run"] = True
    return app.run()


def ask(app: AppTest, folder: str, kind: str = "folder") -> AppTest:
    app.selectbox(key="rupa.evaluate.run.model").select("small-1")
    app.selectbox(key="rupa.evaluate.run.photos").select(kind).run()
    app.text_input(key="rupa.evaluate.run.place").input(folder).run()
    return app.button(key="rupa-evaluate-start").click().run()


def test_closed_it_asks_for_nothing(home: Path) -> None:
    app = visit()

    assert not app.exception
    assert not app.text_input
    assert "rupa-evaluate-start" not in [button.key for button in app.button]


def test_a_folder_is_evaluated_and_opened(home: Path, tmp_path: Path) -> None:
    app = ask(opened(), str(jobs.photos(tmp_path / "kelas saya", 2)))
    assert not app.exception
    job = page_jobs.latest()
    assert job is not None
    assert job.asked == Evaluate("small-1", f"folder:{tmp_path / 'kelas saya'}")
    assert jobs.until(jobs.over, job).state == "done"

    app.run()
    assert "The evaluation is ready: kelas saya." in words(app)
    assert "chosen: small-1" not in words(app)
    app = visit()  # anew: it may be closed meanwhile
    app.button(key="rupa-evaluate-open").click().run()

    assert not app.exception
    assert "chosen: small-1 on kelas saya" in words(app)
    assert "ready" not in words(app)
    assert "ready" not in words(visit())


def test_everybody_sees_what_is_at_work_and_can_end_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(opened(), str(jobs.photos(tmp_path / "many", 2000)))
    job = page_jobs.running()
    assert job is not None
    jobs.until(jobs.at_work, job)

    monkeypatch.setattr(language, "language", lambda: "id")
    other = visit()

    assert not other.exception
    assert not other.selectbox(key="rupa.evaluation.model").disabled
    [cancel] = [button for button in other.button if button.key == f"rupa-cancel-{job.id}"]
    assert cancel.label == "Batalkan"
    cancel.click().run()
    assert jobs.until(jobs.over, job).state == "stopped"
    assert not other.run().exception


@pytest.mark.parametrize(
    ("made", "kind", "spoken", "sentence"),
    [
        ((), "folder", "en", "There is no folder"),
        (("a/1.png",), "folder", "en", "has no folders that say who looks how"),
        (("female/none.txt",), "folder", "en", "No photo with a label was found"),
        ((), "zip", "en", "There is no zip file"),
        ((), "zip", "id", "Tidak ada berkas zip"),
    ],
)
def test_photos_that_are_none_are_one_sentence_and_start_nothing(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: tuple[str, ...],
    kind: str,
    spoken: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(language, "language", lambda: spoken)
    for name in made:
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        (tmp_path / "mine" / name).write_bytes(b"x")

    app = ask(opened(), str(tmp_path / "mine"), kind)

    assert not app.exception
    assert [sentence in str(shown.value) for shown in app.warning] == [True]
    assert page_jobs.latest() is None


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("typed", ["~nobody-of-this-name/photos", "x" * 300])
def test_a_path_that_cannot_be_is_one_sentence(home: Path, typed: str, kind: str) -> None:
    app = ask(opened(), typed, kind)

    assert not app.exception
    assert [f"There is no {kind}" in str(shown.value) for shown in app.warning] == [True]
    assert page_jobs.latest() is None


def test_a_large_folder_is_looked_through_by_the_work_and_not_by_the_page(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MANY", 1)
    for number in range(2):
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / f"{number}.png").write_bytes(b"x")

    app = ask(opened(), str(tmp_path / "mine"))
    job = page_jobs.latest()
    assert job is not None
    jobs.until(jobs.over, job)
    app.run()

    assert [job.code for job in [page_jobs.latest()] if job] == ["no_classes"]
    assert "has no folders that say who looks how" in words(app)


def test_names_that_are_markdown_stay_words(home: Path) -> None:
    name, escaped = "![x](y)", r"\!\[x\]\(y\)"

    app = ask(opened(), f"/nowhere/{name}")

    assert [escaped in str(shown.value) for shown in app.warning] == [True]
    assert job_panel.named(f"folder:/nowhere/{name}") == escaped
    job = Job("1", home, Evaluate(name, "folder:/x"), "running")
    assert escaped in job_panel._told(job)


def test_without_a_place_nothing_can_be_started(home: Path) -> None:
    app = opened()
    app.selectbox(key="rupa.evaluate.run.photos").select("folder").run()

    assert app.button(key="rupa-evaluate-start").disabled


def test_a_zip_that_is_none_fails_with_its_sentence(home: Path, tmp_path: Path) -> None:
    (tmp_path / "photos.zip").write_bytes(b"no zip at all")

    app = ask(opened(), str(tmp_path / "photos.zip"), "zip")
    job = page_jobs.latest()
    assert job is not None
    jobs.until(jobs.over, job)
    app.run()

    assert "The zip is damaged or no zip at all" in words(app)
    assert not app.exception


def test_the_photos_of_a_zip_stay_by_consent_and_are_deleted_on_demand(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as made:
        made.writestr("female/1.png", b"x")
    open_dataset(f"zip:{tmp_path / 'photos.zip'}")
    app = opened()
    app.selectbox(key="rupa.evaluate.run.photos").select("zip").run()
    assert "stay until you delete them" in words(app)

    app.button(key="rupa-evaluate-unpacked").click().run()

    assert not app.exception
    assert unpacked.count() == 0
    assert "rupa-evaluate-unpacked" not in [button.key for button in app.button]


def test_while_one_is_at_work_another_cannot_start(home: Path, tmp_path: Path) -> None:
    stress = Stress("small-1", f"folder:{jobs.photos(tmp_path / 'many', 2000)}")
    page_jobs.start(stress)

    app = opened()

    assert app.button(key="rupa-evaluate-start").disabled
    assert "Something else is being measured now" in words(app)
