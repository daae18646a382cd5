"""Photos dropped or snapped to learn from: kept when somebody says so, added to, deleted, refused in a sentence."""

from pathlib import Path

import pytest
import streamlit as st

from pages.parts import evaluation_photos, train_photos_drop
from tests.pages.parts.photos_step import File, drop, photos, press, taken, visit, words
from tests.training import pictures
from training import collection
from training.datasets import open_dataset
from ui import language

pytestmark = pytest.mark.usefixtures("bare_home")


def test_nothing_is_written_before_somebody_says_that_it_may_be_kept(bare_home: Path) -> None:
    app = drop(visit(), "female", photos(0, 12))
    drop(app, "male", photos(20, 12))

    assert "Keep these 24 photos on this computer and learn from them" in words(app)
    assert not (bare_home / "data" / "collections").exists()

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
