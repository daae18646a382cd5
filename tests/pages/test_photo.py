"""The first page without a browser: what it says to nothing, to a good photo, to a bad one, to many."""

import gc
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model import running
from model.card import ModelError
from model.faces import Face
from model.images import PhotoError
from model.pipeline import Answer, Reading
from pages.parts import kept_faces
from pages.parts.batch import Row
from pages.parts.opened import Opened
from pages.parts.readings import Seen
from pages.parts.session_errors import WrongAnswer
from tests.pages.shown import press_called, words
from training import flagged
from ui import samples
from ui.uploads import Upload

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ["<img src=x onerror=alert(1)>.jpg", "**[a](http://b)**.jpg"]
File = tuple[str, bytes, str]


def photo(name: str = "three.jpg", called: str | None = None) -> File:
    return (called or name, (samples.FOLDER / name).read_bytes(), "image/jpeg")


def bad(called: str = "notes.jpg") -> File:
    return (called, b"no picture at all", "image/jpeg")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def page() -> AppTest:
    running.get()
    app = AppTest.from_file(ROOT / "pages" / "photo.py", default_timeout=60).run()
    assert not app.exception
    return app


def drop(app: AppTest, *files: File) -> AppTest:
    app.file_uploader[0].set_value(list(files)).run()
    assert not app.exception
    return app


def drawn(app: AppTest) -> str:
    """What stands on the page as HTML, without the style sheets."""
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def test_the_page_begins_with_one_heading_and_its_samples(page: AppTest) -> None:
    assert [title.value for title in page.title] == ["What does the model see?"]
    assert {"One portrait", "Three portraits", "One face, four ways"} <= {b.label for b in page.button}


def test_a_photo_is_answered_with_a_card_for_each_face(page: AppTest) -> None:
    drop(page, photo())

    cards = [part for part in drawn(page).split("<div class=") if part.startswith('"rupa-card')]
    said = ["not sure", "looks male to the model", "looks female to the model"]
    assert [next(word for word in said if word in card) for card in cards] == said
    assert any(caption.value.startswith("3 faces · found in ") for caption in page.caption)


def test_a_photo_is_read_once_however_often_the_page_runs(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = running.get().pipeline
    read, times = pipeline.read, []

    def counted(data: bytes, **options: Any) -> Reading:
        times.append(len(data))
        return read(data, **options)

    monkeypatch.setattr(pipeline, "read", counted)
    drop(page, photo())

    page.run()

    assert len(times) == 1


def test_a_bad_file_gets_its_sentence_and_the_others_their_answer(page: AppTest) -> None:
    drop(page, bad(), photo("astronaut.jpg"))

    assert "The file is not a picture; choose a JPEG" in drawn(page)
    assert "looks female to the model" in drawn(page)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is_and_never_as_markup(page: AppTest, name: str) -> None:
    drop(page, bad(name), photo("astronaut.jpg", called=name))

    assert "<img src=x" not in drawn(page)
    assert drawn(page).count(name.replace("<", "&lt;").replace(">", "&gt;")) == 2
    assert not any(name in markdown.value for markdown in page.markdown)


def test_where_nobody_is_found_the_page_offers_two_ways_on(page: AppTest, cup: File) -> None:
    drop(page, cup)
    assert any("No face found." in markdown.value for markdown in page.markdown)

    press_called(page, "Show what it nearly took")
    assert any("near" in markdown.value for markdown in page.markdown)
    press_called(page, "Treat the whole picture as a face")

    assert drawn(page).count('class="rupa-card') == 1


@pytest.fixture
def cup(shared_photos: Path) -> File:
    return ("cup.png", (shared_photos / "no_face" / "coffee.png").read_bytes(), "image/png")


def test_what_was_nearly_taken_is_looked_for_once(
    page: AppTest, cup: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = running.get().pipeline
    nearly, times = pipeline.nearly, []

    def counted(data: bytes) -> list[Face]:
        times.append(len(data))
        return nearly(data)

    monkeypatch.setattr(pipeline, "nearly", counted)
    drop(page, cup)

    press_called(page, "Show what it nearly took")
    page.run()

    assert len(times) == 1


@pytest.mark.parametrize(
    ("kind", "code", "sentence"),
    [
        (PhotoError, "busy", "Too much is going on at this moment"),
        (ModelError, "no_model", "There is no model here that can be used"),
    ],
)
def test_what_fails_after_the_first_answer_says_why_and_is_tried_again(
    page: AppTest,
    cup: File,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[PhotoError | ModelError],
    code: str,
    sentence: str,
) -> None:
    drop(page, cup)

    def refused(data: bytes) -> list[Face]:
        raise kind(code)

    with monkeypatch.context() as trouble:
        trouble.setattr(running.get().pipeline, "nearly", refused)
        press_called(page, "Show what it nearly took")
        assert sentence in drawn(page)
        assert any(button.label == "Try again" for button in page.button) == (code == "busy")
    page.run()

    assert sentence not in drawn(page)
    assert any("No face found." in markdown.value for markdown in page.markdown)


def test_photos_in_a_zip_are_answered_and_a_bad_zip_gets_its_sentence(page: AppTest) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("trip/one.jpg", photo("astronaut.jpg")[1])
        archive.writestr("notes.txt", b"not for us")
    broken = ("broken.zip", packed.getvalue()[:60] + packed.getvalue()[200:], "application/zip")

    drop(page, ("trip.zip", packed.getvalue(), "application/zip"), broken)

    assert "trip/one.jpg" in drawn(page)
    assert "looks female to the model" in drawn(page)
    assert "The zip is damaged or no zip at all" in drawn(page)


def test_many_photos_stand_in_a_table_with_a_line_for_each_and_its_reason(page: AppTest) -> None:
    drop(page, *(photo("astronaut.jpg", called=f"{n}.jpg") for n in range(4)), bad(HOSTILE[0]))

    [table] = page.dataframe
    assert list(table.value["name"]) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", HOSTILE[0]]
    assert list(table.value["female"]) == [1, 1, 1, 1, 0]
    assert [bool(reason) for reason in table.value["reason"]] == [False] * 4 + [True]
    assert "#### 4 faces in 5 photos: 100% look female (51 to 100), 0% male, 0% not sure" in [
        markdown.value for markdown in page.markdown
    ]


def test_a_filter_leaves_only_the_photos_it_names(page: AppTest) -> None:
    drop(page, *(photo("astronaut.jpg", called=f"{n}.jpg") for n in range(4)), bad())

    page.button_group[0].set_value(["failed"]).run()

    assert list(page.dataframe[0].value["name"]) == ["notes.jpg"]


def test_forgetting_leaves_nothing_of_the_session(page: AppTest) -> None:
    drop(page, photo("astronaut.jpg"))

    press_called(page, "Forget now")

    assert {name for name in ("seen", "arrived") if f"rupa.photo.{name}" in page.session_state} == set()
    assert "rupa-card" not in drawn(page)
    assert any("Forgotten" in note.value for note in page.success)


def test_nothing_in_the_process_holds_on_to_what_was_forgotten(page: AppTest) -> None:
    drop(page, *(photo("astronaut.jpg", called=f"{n}.jpg") for n in range(5)))
    drop(page, photo("three.jpg"))

    press_called(page, "Forget now")

    assert _held() == []


@pytest.mark.parametrize("panel", ["why", "record", "flip", "wrong"])
def test_nor_does_what_was_opened_under_a_face(page: AppTest, panel: str) -> None:
    drop(page, photo("astronaut.jpg"))
    page.pills[0].set_value(panel).run()
    if panel == "wrong":
        page.pills[1].set_value("male").run()
    if panel == "flip":
        press_called(page, "Show it")
    assert len(_held()) > 0

    press_called(page, "Forget now")

    assert _held() == []


def _held() -> list[str]:
    gc.collect()
    photos = Answer | Opened | Reading | Row | Seen | Upload | WrongAnswer
    return [type(thing).__name__ for thing in gc.get_objects() if isinstance(thing, photos)]


def keep_a_face(app: AppTest) -> str:
    give_a_face(app)
    [name] = flagged.ids()
    return name


def give_a_face(app: AppTest) -> None:
    """Say under the first face that the answer is wrong, and give it to learn from."""
    drop(app, photo("astronaut.jpg"))
    app.pills[0].set_value("wrong").run()
    app.pills[1].set_value("male").run()
    next(box for box in app.checkbox if box.label.startswith("Keep this picture")).check().run()
    press_called(app, "Keep it for teaching")


def receipt_line(app: AppTest) -> str:
    labels = [block.proto.popover.label for block in blocks(app.main) if block.type == "popover"]
    [line] = [label for label in labels if label.startswith("Privacy")]
    return line


def blocks(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield child
            yield from blocks(child)


def test_the_receipt_tells_of_a_face_that_was_kept(home: Path, page: AppTest) -> None:
    drop(page, photo("astronaut.jpg"))
    assert receipt_line(page) == "Privacy: nothing kept, nothing sent"
    keep_a_face(page)

    assert receipt_line(page) == "Privacy: 1 face kept, nothing sent"
    assert "1 face that you gave, with your answer and the model's." in words(page)
    assert "Nothing. No photo and no answer was written" not in words(page)

    press_called(page, "Delete it again")
    assert receipt_line(page) == "Privacy: nothing kept, nothing sent"


def test_forgetting_tells_of_the_faces_that_stay_until_they_are_deleted(home: Path, page: AppTest) -> None:
    keep_a_face(page)

    press_called(page, "Forget now")
    assert "Nothing of your photos is left here" not in words(page)
    assert "1 face that you gave stays on this computer" in words(page)
    page.run()
    assert "1 face that you gave stays on this computer" in words(page)

    press_called(page, "Delete all that I gave")
    assert flagged.ids() == []
    assert list(home.rglob("*.jpg")) == []
    assert "Forgotten. Nothing of your photos is left here." in words(page)


def test_a_face_that_was_kept_before_forgetting_still_stands_on_the_receipt(
    home: Path, page: AppTest
) -> None:
    keep_a_face(page)
    press_called(page, "Forget now")

    drop(page, photo("three.jpg"))

    assert receipt_line(page) == "Privacy: 1 face kept, nothing sent"


def test_faces_of_earlier_visits_are_seen_and_deleted_one_by_one(home: Path, page: AppTest) -> None:
    before = flagged.Said("male", 0.9, "rupa-1", "similarity-1")
    names = [flagged.save(np.full((192, 192, 3), 8 * n, np.uint8), "female", before) for n in range(30)]
    drop(page, photo("astronaut.jpg"))
    assert receipt_line(page) == "Privacy: nothing kept, nothing sent"
    assert "In all, 30 faces that people gave" in words(page)
    assert "kept as female" not in drawn(page)

    next(box for box in page.toggle if box.label == "Show kept faces").set_value(True).run()
    assert drawn(page).count('alt="kept as female"') == kept_faces.AT_FIRST
    press_called(page, "Show more")
    assert drawn(page).count('alt="kept as female"') == 30
    press_called(page, "Delete")

    assert len(flagged.ids()) == 29
    assert set(flagged.ids()) < set(names)
    assert drawn(page).count('alt="kept as female"') == 29


def test_all_kept_faces_are_deleted_at_once_by_the_presenter_after_a_second_yes(
    home: Path, page: AppTest
) -> None:
    before = flagged.Said("male", 0.9, "rupa-1", "similarity-1")
    for n in range(3):
        flagged.save(np.full((192, 192, 3), 8 * n, np.uint8), "female", before)
    drop(page, photo("astronaut.jpg"))
    next(box for box in page.toggle if box.label == "Show kept faces").set_value(True).run()
    [every] = [button for button in page.button if button.label == "Delete all"]
    assert every.disabled

    next(box for box in page.checkbox if box.label.startswith("Yes, delete every")).check().run()
    press_called(page, "Delete all")

    assert flagged.ids() == []
    assert "that people gave" not in words(page)


def test_one_visit_gives_no_more_faces_than_it_may(
    home: Path, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagged, "MAX_OF_ONE", 0)

    give_a_face(page)

    assert flagged.ids() == []
    assert "which is the most from one visit" in page.warning[0].value
