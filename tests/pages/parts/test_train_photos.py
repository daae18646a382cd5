"""Choosing photos to learn from: dropped, kept when somebody says so, looked at, mended, divided, handed on."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts import evaluation_photos, train_photos, train_photos_drop
from pages.parts.train_photos_opened import Wish
from pages.parts.train_steps import Photos
from tests.pages import shown
from tests.training import jobs, pictures, portraits
from training import chosen, collection, flagged, page_jobs
from training.datasets import open_dataset
from training.page_asked import Inspect, Unpack
from training.recipe import PRESETS
from ui import access, language

File = tuple[str, bytes, str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path / "home"
    jobs.kill_all()


def page() -> None:
    import streamlit as st

    from pages.parts import train_photos

    line = train_photos.line()
    st.markdown(f"line: {line}")
    train_photos.show()


def visit(way: str | None = None) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    if way:
        app.button_group(key="rupa-train-way").set_value(way).run()
    assert not app.exception
    return app


def photos(first: int, count: int) -> list[File]:
    return [(f"{n}.png", pictures.photo(n), "image/png") for n in range(first, first + count)]


def drop(app: AppTest, label: str, files: list[File]) -> AppTest:
    [box] = [one for one in app.file_uploader if one.key and one.key.startswith(f"rupa-drop-{label}-")]
    box.set_value(files).run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    next(button for button in app.button if button.key and button.key.startswith(key)).click().run()
    assert not app.exception
    return app


def keys(app: AppTest) -> str:
    return " ".join(str(button.key) for button in app.button)


def words(app: AppTest) -> str:
    return "\n".join([shown.words(app), *(button.label for button in app.button)])


def look_at(app: AppTest, place: Path, kind: str = "folder") -> AppTest:
    app.text_input(key=f"rupa-train-way-{kind}").input(str(place)).run()
    return press(app, "rupa-train-way-look")


def folder(root: Path, women: int = 12, men: int = 12) -> Path:
    pictures.write_folder(
        root, [*(f"female/{n}.png" for n in range(women)), *(f"male/{n}.png" for n in range(men))]
    )
    return root


def taken(app: AppTest) -> Photos:
    photos: Photos = app.session_state["rupa.train.photos"]
    return photos


def test_nothing_is_written_before_somebody_says_that_it_may_be_kept(home: Path) -> None:
    app = drop(visit(), "female", photos(0, 12))
    drop(app, "male", photos(20, 12))

    assert "Keep these 24 photos on this computer and learn from them" in words(app)
    assert not (home / "data" / "collections").exists()

    press(app, "rupa-train-keep")

    [kept] = collection.all_kept()
    assert (kept.women, kept.men) == (12, 12)
    assert "24 photos: 12 of women, 12 of men" in words(app)
    assert "Keep these" not in words(app)


def test_what_was_kept_is_learnt_from_added_to_and_deleted() -> None:
    app = drop(visit(), "female", photos(0, 12))
    press(drop(app, "male", photos(20, 12)), "rupa-train-keep")
    press(app, "rupa-train-take")
    assert (taken(app).women, taken(app).men, taken(app).name) == (12, 12, "My photos")
    [spec] = taken(app).data
    assert len(open_dataset(spec)) == 24

    later = visit()
    assert "Kept on this computer: 12 photos of women, 12 of men." in words(later)
    drop(later, "male", photos(40, 3))
    next(box for box in later.checkbox if "24 photos kept before" in box.label).check().run()
    press(later, "rupa-train-keep")
    assert "27 photos: 12 of women, 15 of men" in words(later)
    assert len(open_dataset(spec)) == 24

    ids = [str(open_dataset(spec).table["id"].iloc[0])]
    assert evaluation_photos.thumbnails(spec, ids) != [None]
    press(later, "rupa-kept-delete-")
    assert evaluation_photos.thumbnails(spec, ids) == [None]
    assert collection.all_kept() == []
    assert "27 photos" not in words(later)


def test_what_is_kept_is_learnt_from_without_what_was_kept_before_unless_somebody_says_so() -> None:
    collection.add([("female", collection.encoded(pictures.photo(0)))])
    app = drop(visit(), "female", photos(10, 12))
    press(drop(app, "male", photos(30, 12)), "rupa-train-keep")

    assert "24 photos: 12 of women, 12 of men" in words(app)
    assert len(collection.all_kept()) == 2


def test_a_file_that_is_no_photo_is_one_sentence_in_any_language_and_the_others_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = drop(visit(), "female", [*photos(0, 1), ("**x**.jpg", b"no picture", "image/jpeg")])

    assert "1 photo, not kept yet" in words(app)
    [before] = [str(shown.value) for shown in app.warning]
    assert r"\*\*x\*\*" in before

    monkeypatch.setattr(language, "language", lambda: "id")
    [after] = [str(shown.value) for shown in app.run().warning]
    assert r"\*\*x\*\*" in after != before


def test_no_photo_is_lost_when_the_page_is_drawn_anew_while_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interruptions = iter([False, True])

    class Bar:
        def progress(self, share: float, text: str) -> None:
            if next(interruptions, False):
                st.rerun()

        def empty(self) -> None:
            pass

    monkeypatch.setattr(train_photos_drop.st, "progress", lambda *_, **__: Bar())

    assert "3 photos, not kept yet" in words(drop(visit(), "female", photos(0, 3)))


def test_what_arrives_in_one_box_leaves_the_other_as_it_was() -> None:
    app = visit()
    [male] = [box.key for box in app.file_uploader if box.key and box.key.startswith("rupa-drop-male-")]

    drop(app, "female", photos(0, 1))

    assert male in [box.key for box in app.file_uploader]


def test_many_that_are_no_photos_are_one_sentence_for_each_reason() -> None:
    wrong: list[File] = [(f"{n}.jpg", b"no picture", "image/jpeg") for n in range(400)]

    app = drop(visit(), "female", [*wrong, ("none.jpg", b"", "image/jpeg")])

    several, one = [str(shown.value) for shown in app.warning]
    assert several.startswith(
        r"**0\.jpg**, **1\.jpg**, **2\.jpg** and 397 more files: The file is not a picture"
    )
    assert one.startswith(r"**none\.jpg**: The file is empty")


def test_more_than_can_wait_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_photos_drop, "MOST_WAITING", 3)

    app = drop(visit(), "male", photos(0, 5))

    assert "3 photos, not kept yet" in words(app)
    assert "At most 3 photos can wait at once" in words(app)


def test_a_snapshot_is_added_to_its_box_and_the_camera_is_ready_again() -> None:
    app = press(visit(), "rupa-train-camera")
    app.button_group(key="rupa-train-camera-of").set_value("male").run()

    for number in (1, 2):
        [camera] = app.get("camera_input")
        camera.set_value(("snapshot.jpg", pictures.photo(number, "JPEG"), "image/jpeg")).run()  # type: ignore[union-attr]
        assert not app.exception

    assert "2 photos, not kept yet" in words(app)


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


@pytest.mark.parametrize(
    ("entry", "content", "sentence"),
    [
        ("../female/1.png", b"x", "may have been made to harm"),
        ("female/1.png", bytes(30_000_000), "may have been made to harm"),
        ("female/1.zip", b"x", "holds another archive"),
    ],
)
def test_a_zip_made_to_harm_is_one_sentence_and_leaves_nothing(
    home: Path, tmp_path: Path, entry: str, content: bytes, sentence: str
) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(entry, content)

    app = look_at(visit("zip"), tmp_path / "bad.zip", "zip")

    assert [sentence in str(shown.value) for shown in app.warning] == [True]
    assert not list((home / "data").glob("unpacked/*"))


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
    monkeypatch.setattr(chosen, "MAX_PHOTOS", 20)

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
    assert "No data set is on this computer yet" in words(visit("here"))
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


def test_faces_that_visitors_gave_are_chosen(home: Path) -> None:
    for label, first in (("female", 0), ("male", 50)):
        for n in range(12):
            flagged.save(pictures.pixels(first + n), label, flagged.Said("male", 0.5, "rupa-1", "raw"))

    app = press(press(visit("visitors"), "rupa-train-way-look"), "rupa-train-take")

    assert (taken(app).women, taken(app).men) == (12, 12)
    assert chosen.find(taken(app).data[0]).sources == ("flagged",)


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


def test_the_unpacked_photos_of_a_zip_stay_while_a_run_waits_for_them(tmp_path: Path) -> None:
    from pages.parts import evaluate_run
    from training import jobs as runs
    from training import unpacked

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
