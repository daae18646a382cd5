"""Choosing photos to learn from: folders and data sets looked at, mended, divided, handed on."""

import os
import shutil
from pathlib import Path

import pytest
import streamlit as st

from pages.parts import train_photos, train_photos_ways
from pages.parts.train_steps import Photos
from tests.pages.parts.photos_step import folder, keys, look_at, press, taken, visit, words
from tests.training import jobs, pictures, portraits
from training import choices, download, flagged, page_jobs
from training.datasets import open_dataset
from training.page_asked import Inspect
from ui import access, language

pytestmark = pytest.mark.usefixtures("bare_home")


def test_three_photos_are_too_few_and_say_how_many_are_needed(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "few", 2, 1))

    assert "at least 10 of each are needed" in words(app)
    assert app.button(key="rupa-train-take").disabled


def test_one_class_only_is_one_sentence(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "women", 15, 0))

    assert "the model needs both" in words(app)
    assert app.button(key="rupa-train-take").disabled


@pytest.mark.parametrize(
    ("names", "kind", "sentence"),
    [
        ((), "folder", "There is no folder"),
        (("a/1.png",), "folder", "has no folders that say who looks how"),
        (("female/none.txt",), "folder", "No photo with a label was found"),
        ((), "zip", "There is no zip file"),
    ],
)
def test_photos_that_are_none_are_one_sentence(
    tmp_path: Path, names: tuple[str, ...], kind: str, sentence: str
) -> None:
    for name in names:
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        (tmp_path / "mine" / name).write_bytes(b"x")

    app = look_at(visit(kind), tmp_path / "mine", kind)

    assert [sentence in str(shown.value) for shown in app.warning] == [True]
    assert "rupa-train-take" not in keys(app)


def faulty(root: Path) -> Path:
    """Twelve of each with a face of their own, and one of each fault."""
    folder(root, 0, 0)
    for label in ("female", "male"):
        (root / label).mkdir(parents=True)
        for n in range(12):
            (root / label / f"{n}.png").write_bytes(pictures.photo(n + (50 if label == "male" else 0)))
    shutil.copy(root / "female" / "0.png", root / "female" / "again.png")
    shutil.copy(root / "female" / "1.png", root / "male" / "also.png")
    (root / "male" / "broken.png").write_bytes(portraits.face()[:3000])
    (root / "male" / "small.png").write_bytes(pictures.photo(99, size=(30, 30)))
    return root


def test_findings_are_removed_with_one_click_each_and_that_is_undone(tmp_path: Path) -> None:
    app = look_at(visit("folder"), faulty(tmp_path / "mine"))
    assert "28 photos: 13 of women, 15 of men" in words(app)
    assert "Copies of another photo, pixel by pixel: 2" in words(app)
    assert "as female and again as male: 1" in words(app)
    assert "Files that cannot be read as photos: 1" in words(app)
    assert "Photos smaller than 48 pixels: 1" in words(app)

    for code, left in (("two_labels", 26), ("copies", 25), ("unreadable", 24), ("tiny", 23)):
        [button] = [
            one for one in app.button if one.key and one.key.startswith("rupa-leave-out-") and code in one.key
        ]
        button.click().run()
        assert not app.exception
        assert f"{left} photos: " in words(app)
        assert code not in keys(app)
    assert "5 photos are left out." in words(app)

    press(app, "rupa-train-undo")
    assert "24 photos: " in words(app)
    press(app, "rupa-train-take")
    [spec] = taken(app).data
    ids = set(open_dataset(spec).table["id"])
    assert "male/small.png" in ids
    assert not ids & {"female/again.png", "male/also.png", "female/1.png", "male/broken.png"}


def test_everything_can_be_left_out_and_put_back(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "mine"))
    assert "Photos in which no face was found: 24" in words(app)

    [button] = [one for one in app.button if one.key and "faceless" in one.key]
    button.click().run()

    assert not app.exception
    assert "0 photos" in words(app)
    assert app.button(key="rupa-train-take").disabled
    assert "24 photos: 12 of women" in words(press(app, "rupa-train-undo"))


def test_the_parts_move_with_the_sliders_and_back(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "mine", 20, 20))
    final = app.slider[1]
    final.set_value(5).run()
    app.slider[0].set_value(40).run()
    press(app, "rupa-train-take")

    [spec] = taken(app).data
    counts = open_dataset(spec).table["split"].value_counts().to_dict()
    assert counts == {"train": 22, "validation": 16, "test": 2}
    press(app, "rupa-train-as-before")
    press(app, "rupa-train-take")
    assert taken(app).data != (spec,)


def test_too_few_photos_for_a_verdict_are_said_before_anything_is_learnt(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "mine", 40, 40))
    assert "so few photos for the final test (8)" in words(app)

    app.slider[1].set_value(40).run()
    assert "so few photos" not in words(app)


def test_photos_deleted_while_they_are_looked_at_are_one_sentence(tmp_path: Path) -> None:
    app = look_at(visit("folder"), folder(tmp_path / "mine"))
    shutil.rmtree(tmp_path / "mine")
    st.cache_data.clear()

    app.run()
    assert not app.exception
    press(app, "rupa-train-take")

    assert ["There is no folder" in str(shown.value) for shown in app.warning] == [True]
    assert "rupa.train.photos" not in app.session_state


def test_many_are_looked_at_by_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_photos, "FEW", 10)
    app = look_at(visit("folder"), folder(tmp_path / "mine"))
    job = page_jobs.latest()
    assert job is not None
    assert isinstance(job.asked, Inspect)
    assert jobs.until(jobs.over, job).state == "done"
    app.run()

    assert "Photos in which no face was found: 24" in words(app)
    assert "Nobody has looked" not in words(app)


def test_who_cancels_the_look_can_learn_all_the_same_or_have_it_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train_photos, "FEW", 10)
    app = look_at(visit("folder"), folder(tmp_path / "mine", 200, 200))
    job = page_jobs.latest()
    assert job is not None
    page_jobs.cancel(job)
    assert jobs.until(jobs.over, job).state == "stopped"
    app.run()
    assert "400 photos: 200 of women" in words(app)
    assert "Nobody has looked at each of these photos yet" in words(app)
    assert not app.button(key="rupa-train-take").disabled

    press(app, "rupa-train-inspect")

    again = page_jobs.latest()
    assert again is not None
    assert (again.id != job.id, again.asked) == (True, job.asked)
    jobs.kill_all()


def test_more_than_can_be_looked_at_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_photos, "FEW", 10)
    monkeypatch.setattr(choices, "MAX_PHOTOS", 20)

    app = look_at(visit("folder"), folder(tmp_path / "mine"))

    assert not app.exception
    assert any("20" in str(shown.value) for shown in app.warning)
    assert page_jobs.latest() is None


def test_two_thousand_of_one_photo_are_one_photo(tmp_path: Path) -> None:
    first = tmp_path / "many" / "female" / "0.png"
    first.parent.mkdir(parents=True)
    (tmp_path / "many" / "male").mkdir()
    first.write_bytes(portraits.face())
    for n in range(1, 2000):
        os.link(first, tmp_path / "many" / ("female" if n % 2 else "male") / f"{n}.png")

    app = look_at(visit("folder"), tmp_path / "many")
    job = page_jobs.latest()
    assert job is not None
    jobs.until(jobs.over, job)
    app.run()
    assert "as female and again as male" in words(app)
    [button] = [one for one in app.button if one.key and "-copies-" in one.key]
    assert button.label == "Leave out 1,999 photos"
    button.click().run()

    assert not app.exception
    assert "1 photo: " in words(app)
    assert app.button(key="rupa-train-take").disabled


def test_without_data_sets_or_faces_of_visitors_it_says_where_they_come_from() -> None:
    here = visit("here")
    assert "No data set is on this computer yet" in words(here)
    assert f"prepare {train_photos_ways.TO_FETCH}" in here.code[0].value
    assert train_photos_ways.TO_FETCH in download.SOURCES
    assert "No visitor has given a face yet" in words(visit("visitors"))


def test_a_part_of_a_data_set_is_drawn_as_even_as_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = range(700)
    pictures.write_parquet(
        tmp_path / "sets" / "utkface" / "train.parquet",
        [pictures.photo(0)] * len(rows),
        [f"{n}.jpg" for n in rows],
        {"gender": [int(n < 400) for n in rows], "age": [30] * len(rows), "race": ["Asian"] * len(rows)},
    )
    monkeypatch.setattr(train_photos, "FEW", 0)
    monkeypatch.setattr(train_photos, "MANY", 0)
    app = visit("here")
    assert "UTKFace: for non-commercial research only" in words(app)
    app.select_slider(key="rupa-train-way-most").set_value(500).run()

    press(app, "rupa-train-way-look")

    assert "500 photos: 250 of women, 250 of men" in words(app)
    press(app, "rupa-train-take")
    assert taken(app).name == "UTKFace 500"
    assert len(open_dataset(taken(app).data[0])) == 500


def test_faces_that_visitors_gave_are_chosen(bare_home: Path) -> None:
    for label, first in (("female", 0), ("male", 50)):
        for n in range(12):
            flagged.save(pictures.pixels(first + n), label, flagged.Said("male", 0.5, "rupa-1", "raw"))

    app = press(press(visit("visitors"), "rupa-train-way-look"), "rupa-train-take")

    assert (taken(app).women, taken(app).men) == (12, 12)
    assert choices.find(taken(app).data[0]).sources == ("flagged",)


def test_who_may_not_change_things_is_shown_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)

    app = visit()

    assert "Whoever shows this app chooses the photos" in words(app)
    assert not app.file_uploader


def test_it_speaks_indonesian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "language", lambda: "id")

    app = look_at(visit("folder"), faulty(tmp_path / "mine"))

    assert "28 foto: 13 perempuan, 15 laki-laki" in words(app)
    assert "Salinan foto lain, persis sampai ke pikselnya: 2" in words(app)
    app.session_state["rupa.train.photos"] = Photos(("collection:x",), 3, 4, "My photos")
    assert "line: Foto saya: 3 perempuan, 4 laki-laki" in words(app.run())
