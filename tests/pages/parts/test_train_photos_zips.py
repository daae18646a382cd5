"""A zip file of photos to learn from: unpacked here or beside, refused where it may do harm, kept while needed."""

import zipfile
from pathlib import Path

import pytest

from pages.parts import evaluate_run, train_photos
from pages.parts.train_photos_opened import Wish
from tests.pages.parts.photos_step import look_at, press, taken, visit, words
from tests.training import jobs, pictures
from training import jobs as runs
from training import page_jobs, unpacked
from training.page_asked import Unpack
from training.recipe import PRESETS

pytestmark = pytest.mark.usefixtures("bare_home")


@pytest.mark.parametrize(
    ("entry", "content", "sentence"),
    [
        ("../female/1.png", b"x", "may have been made to harm"),
        ("female/1.png", bytes(30_000_000), "may have been made to harm"),
        ("female/1.zip", b"x", "holds another archive"),
    ],
)
def test_a_zip_made_to_harm_is_one_sentence_and_leaves_nothing(
    bare_home: Path, tmp_path: Path, entry: str, content: bytes, sentence: str
) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(entry, content)

    app = look_at(visit("zip"), tmp_path / "bad.zip", "zip")

    assert [sentence in str(shown.value) for shown in app.warning] == [True]
    assert [path.name for path in (bare_home / "data" / "unpacked").rglob("*")] == [".lock"]


def test_a_zip_is_unpacked_and_chosen(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as made:
        for n in range(24):
            made.writestr(f"{'female' if n % 2 else 'male'}/{n}.png", pictures.photo(n))

    app = press(look_at(visit("zip"), tmp_path / "class.zip", "zip"), "rupa-train-take")

    assert taken(app).name == "class"
    assert "line: class: 12 women, 12 men" in words(app)


def test_a_zip_that_takes_long_is_unpacked_beside_and_opened_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_photos, "QUICK_ZIP_BYTES", 10)
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as made:
        for n in range(24):
            made.writestr(f"{'female' if n % 2 else 'male'}/{n}.png", pictures.photo(n))

    app = look_at(visit("zip"), tmp_path / "class.zip", "zip")
    job = page_jobs.latest()
    assert job is not None
    assert isinstance(job.asked, Unpack)
    jobs.until(jobs.over, job)
    assert not (tmp_path / "home" / "data" / "inspections").exists()
    app.run()

    assert "24 photos: 12 of women, 12 of men" in words(app)

    (tmp_path / "class.zip").unlink()  # as it may happen while it is unpacked
    app.session_state["rupa.train.photos.unpacking"] = Wish((f"zip:{tmp_path / 'class.zip'}",), "class")
    app.session_state["rupa.job"] = job.id
    app.run()

    assert not app.exception
    assert "There is no zip file" in words(app)


def test_the_unpacked_photos_of_a_zip_stay_while_a_run_waits_for_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for n in range(24):
            made.writestr(f"{'female' if n % 2 else 'male'}/{n}.png", pictures.photo(n))
    app = press(look_at(visit("zip"), tmp_path / "a.zip", "zip"), "rupa-train-take")
    run = runs.enqueue(runs.Asked(taken(app).data, PRESETS["quick"]))

    evaluate_run._delete()
    assert unpacked.count() == 1
    runs.stop(run)
    evaluate_run._delete()

    assert unpacked.count() == 0
