"""The Video page without a browser: a clip comes in, is looked at, and is forgotten."""

import csv
import gc
import io
import json
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from model import video
from model.video import Film, VideoError, Work
from model.video_words import NOTES, SENTENCES
from pages.parts import video_downloads
from tests.model import clips
from tests.model.workers import wait_until
from tests.pages.shown import press_called
from ui import access, holding, samples
from ui.timeline import clock
from words.speech import LOCALES

PAGE = Path(__file__).resolve().parents[2] / "pages" / "video.py"
WORK = "rupa.video.work"


def opened(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["lang"] = spoken
    app.run()
    assert not app.exception
    return app


def work_of(app: AppTest) -> Work:
    work = app.session_state[WORK]
    assert isinstance(work, Work)
    return work


def drop(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "video/mp4")).run()
    assert not app.exception
    if WORK in app.session_state:
        assert work_of(app).wait(120)
    return app.run()


@pytest.fixture(scope="module")
def film() -> Film:
    work = video.begin(clips.clip())
    assert work.wait(120)
    assert work.film
    return work.film


def test_a_clip_is_looked_at_and_can_be_forgotten() -> None:
    page = drop(opened(), "<b>my</b> [clip](http://x).mp4", clips.clip())

    assert "2 faces, 0:01 long, looked at 4 times a second" in page.markdown[0].value
    assert page.markdown[0].value.startswith(r"**\<b\>my\</b\> \[clip\]")
    assert "looks female" in "".join(block.proto.body for block in page.get("html"))
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == ["Clip with answers (MP4)", "Table (CSV)", "For programs (JSON)"]

    film = weakref.ref(work_of(page).film)
    press_called(page, "Forget this clip")
    gc.collect()
    assert WORK not in page.session_state
    assert film() is None
    assert len(page.file_uploader) == 1


def test_a_clip_is_looked_at_as_often_as_was_chosen() -> None:
    page = opened()
    page.button_group(key="rupa-clip-rate").set_value(8.0).run()

    page = drop(page, "a.mp4", clips.clip())

    assert "looked at 8 times a second" in page.markdown[0].value
    page = press_called(page, "Forget this clip")
    assert page.button_group(key="rupa-clip-rate").value == 8.0


@pytest.mark.parametrize("page", ["photo.py", "video.py"])
def test_what_comes_over_the_network_is_not_said_to_stay_on_this_computer(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def captions() -> str:
        return " ".join(
            str(one.value) for one in AppTest.from_file(PAGE.with_name(page)).run(timeout=60).caption
        )

    here = captions()
    monkeypatch.setattr(access, "from_afar", lambda: True)
    there = captions()

    assert "stay on this computer" in here
    assert "stay on this computer" not in there
    assert "go to the presenter's computer and" in there
    monkeypatch.setattr(access, "encrypted", lambda: True)
    assert "go to the presenter's computer, encrypted" in captions()


@pytest.fixture
def taken() -> Iterator[Callable[[], None]]:
    """Others have all places, until this is called."""
    for _ in range(video.AT_ONCE):
        assert video._places.acquire(timeout=20)
    left = [video.AT_ONCE]

    def leave() -> None:
        for _ in range(left.pop() if left else 0):
            video._places.release()

    yield leave
    leave()


def test_a_clip_that_meets_others_waits_in_its_visit(
    taken: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)
    clip = clips.clip()
    page = drop(opened(), "a.mp4", clip)
    assert page.warning[0].value.startswith("Other clips are being looked at")
    assert sum(holding.by_visit().values()) >= len(clip)
    press_called(page, "Try again")
    assert WORK not in page.session_state

    taken()
    press_called(page, "Try again")

    assert work_of(page).wait(120)
    assert "2 faces" in page.run().markdown[0].value


def test_a_second_page_of_one_household_waits_though_a_place_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)
    monkeypatch.setattr(type(streamlit.context), "ip_address", "10.0.0.1")
    first = press_called(opened(), "Try a sample clip")
    second = drop(opened(), "a.mp4", clips.clip())
    assert second.warning[0].value.startswith("Other clips are being looked at")
    press_called(first, "Cancel")

    press_called(second, "Try again")

    assert work_of(second).wait(120)


def test_the_presenter_has_a_place_kept_free(taken: Callable[[], None]) -> None:
    page = press_called(opened(), "Try a sample clip")

    assert not work_of(page).over
    with pytest.raises(VideoError, match="Other clips"):
        video.begin(b"another", reserved=True)
    press_called(page, "Cancel")


def test_a_finished_film_is_counted_though_nobody_looks_at_the_page() -> None:
    gc.collect()
    before = sum(holding.by_visit().values())
    page = press_called(opened(), "Try a sample clip")

    assert work_of(page).wait(120)

    film = work_of(page).film
    assert film
    assert sum(holding.by_visit().values()) - before == film.size > len(film.mp4)


def test_work_is_shown_and_cancelled() -> None:
    page = press_called(opened(), "Try a sample clip")
    assert len(page.file_uploader) == 0

    press_called(page, "Cancel")
    page.run()

    assert "Cancelled." in page.info[0].value
    assert len(page.file_uploader) == 1


@pytest.mark.parametrize(
    ("spoken", "begins"), [("en", "The file is not a clip that can be read"), ("id", "Berkas itu bukan klip")]
)
def test_a_file_that_is_no_clip_has_its_sentence(spoken: str, begins: str) -> None:
    page = drop(opened(spoken), "notes.mp4", b"no clip at all")

    assert page.warning[0].value.startswith(begins)
    assert len(page.file_uploader) == 1


def test_every_sentence_about_clips_has_its_indonesian() -> None:
    with (LOCALES / "id.po").open("rb") as file:
        known = read_po(file, locale="id")

    assert [one for one in (*SENTENCES.values(), *NOTES.values()) if not known.get(one)] == []


def test_the_sample_is_small_enough_to_be_bundled() -> None:
    assert (samples.FOLDER / "clip.mp4").stat().st_size < 400 * 1024


def test_the_table_has_a_row_for_each_face_and_moment(film: Film) -> None:
    text = video_downloads.table(film, "=cmd()").decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == sum(len(face.told["sightings"]) for face in film.faces)
    assert {row["file"] for row in rows} == {"'=cmd()"}
    assert {row["face"] for row in rows} == {"1", "2"}
    assert [float(row["at_s"]) for row in rows] == sorted(float(row["at_s"]) for row in rows)


def test_the_listing_says_all_but_the_pictures(film: Film) -> None:
    told = json.loads(video_downloads.listing(film, "a.mp4"))

    assert (told["file"], len(told["faces"])) == ("a.mp4", 2)
    assert "crop" not in told["faces"][0]


@pytest.mark.parametrize(("name", "stem"), [("../../etc/a b.mp4", "a b"), ("???.mp4", "clip")])
def test_a_download_has_a_plain_name(name: str, stem: str) -> None:
    assert video_downloads.stem(name) == stem


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (9.96, "0:10"), (75.2, "1:15")])
def test_a_time_as_clocks_show_it(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_a_visit_that_is_over_ends_its_work() -> None:
    page = press_called(opened(), "Try a sample clip")
    state = work_of(page)._state

    del page
    gc.collect()

    wait_until(state.over.is_set, 60)
    assert state.error is not None
    assert state.error.code == "cancelled"
