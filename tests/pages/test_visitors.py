"""On a network: what a visitor without the PIN sees, and that nothing such a visit clicks changes anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import errors_export, evaluation_photos, kept_faces
from tests.training import jobs
from tests.training.tables import about, table
from training import evaluations, flagged, page_jobs, prediction_table, unpacked, votes
from training.page_asked import Evaluate
from ui import access, samples

PAGES = Path(__file__).resolve().parents[2] / "pages"
PIN = "482913"
ONLY = "Only the presenter can do this."


@pytest.fixture(autouse=True)
def home(bare_home: Path) -> Iterator[Path]:
    """A computer without data sets, opened to a network."""
    access.require(PIN)
    yield bare_home
    access.require(None)


def visit(page: str) -> AppTest:
    app = AppTest.from_file(PAGES / page, default_timeout=60).run()
    assert not app.exception
    return app


def keys(app: AppTest, *, enabled: bool = True) -> set[str | None]:
    return {button.key for button in app.button if button.disabled is not enabled}


def captions(app: AppTest) -> list[str]:
    return [str(caption.value) for caption in app.caption]


def become_presenter() -> None:
    access.require(None)


def test_nothing_can_be_measured_or_fetched_and_no_path_be_typed() -> None:
    app = visit("evaluate.py")

    assert {field.label for field in app.text_input} == {"The presenter's PIN"}
    assert "Evaluate other photos" in [button.label for button in app.button if button.disabled]
    assert "rupa-fetch-start" in keys(app, enabled=False)
    assert captions(app).count(ONLY) >= 2
    become_presenter()
    app.run()
    assert "rupa-fetch-start" in keys(app)
    assert ONLY not in captions(app)


def test_where_something_cannot_be_done_stands_the_way_in() -> None:
    app = visit("evaluate.py")

    app.text_input[0].input(PIN)
    next(button for button in app.button if button.label == "Enter").click().run()

    assert not app.exception
    assert ONLY not in captions(app)
    assert "rupa-fetch-start" in keys(app)


def test_a_path_that_a_visitor_sends_all_the_same_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_presenter()
    app = AppTest.from_file(PAGES / "evaluate.py", default_timeout=60)
    app.session_state["rupa.evaluate.run"] = True
    app.run()
    app.selectbox(key="rupa.evaluate.run.photos").select("folder").run()
    app.text_input(key="rupa.evaluate.run.place").input(str(jobs.photos(tmp_path / "faces", 1))).run()
    start = app.button(key="rupa-evaluate-start")
    access.require(PIN)

    start.click().run()

    assert not app.exception
    assert {field.label for field in app.text_input} == {"The presenter's PIN"}
    assert page_jobs.latest() is None


def test_what_a_visitor_starts_does_not_start() -> None:
    def page() -> None:
        from pages.parts import job_panel
        from training.page_asked import Fetch

        job_panel.begin(Fetch("rupa-1", "fairface", "validation"))

    app = AppTest.from_function(page).run()

    assert captions(app) == [ONLY]
    assert page_jobs.latest() is None


def test_work_is_watched_by_all_and_cancelled_by_the_presenter(tmp_path: Path) -> None:
    def page() -> None:
        from pages.parts import job_panel
        from training.page_asked import Evaluate

        job_panel.watch(Evaluate)

    faces = jobs.photos(tmp_path / "faces", 200)
    job = page_jobs.start(Evaluate(registry.DEFAULT, f"folder:{faces}"))
    visitor = AppTest.from_function(page, default_timeout=30).run()
    assert visitor.get("progress")
    assert not visitor.button

    become_presenter()
    presenter = AppTest.from_function(page, default_timeout=30).run()
    presenter.button(key=f"rupa-cancel-{job.id}").click().run()

    assert jobs.until(jobs.over, job).state == "stopped"


def test_the_unpacked_photos_of_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.parts import evaluate_run

    deleted: list[bool] = []
    monkeypatch.setattr(unpacked, "delete", lambda: deleted.append(True))

    evaluate_run._delete()
    assert not deleted
    become_presenter()
    evaluate_run._delete()
    assert deleted


def test_the_first_page_offers_no_download() -> None:
    assert "rupa-more-samples" not in keys(visit("photo.py")) | keys(visit("photo.py"), enabled=False)


def ballot() -> None:
    from types import SimpleNamespace
    from typing import Any

    from pages.parts import errors_votes

    known: Any = SimpleNamespace(
        places={"a.jpg": 0}, answers=SimpleNamespace(labels=[0]), key="some", photos="photos"
    )
    errors_votes.show(known, "a.jpg", {})


def test_a_visitor_casts_no_vote() -> None:
    app = AppTest.from_function(ballot).run()
    assert [pills.disabled for pills in app.pills] == [True]
    assert captions(app) == [ONLY]

    become_presenter()
    app.run().pills[0].set_value("wrong")
    access.require(PIN)  # left between the drawing and the click
    app.run()
    assert votes.read("photos") == {}

    become_presenter()
    AppTest.from_function(ballot).run().pills[0].set_value("wrong").run()
    assert votes.read("photos")["a.jpg"].vote == "wrong"


@pytest.fixture
def photos_with_names(home: Path) -> str:
    """Two models asked about the presenter's photos, called after who is in them; returns the first one's file."""
    for seed, model in enumerate(("one", "other")):
        made = table(seed, n=60, right=0.5, found=1)
        made["id"] = [
            f"{('female', 'male')[label]}/budi {n}.jpg" for n, label in enumerate(table(0, n=60)["label"])
        ]
        made["label"] = table(0, n=60)["label"]
        said = about(model=model, model_hash=f"{seed}" * 64, spec=f"folder:{home}")
        prediction_table.write(evaluations.folder(model) / "evaluation-photos-all.parquet", made, said)
    return str(evaluations.folder("one") / "evaluation-photos-all.parquet")


@pytest.mark.parametrize("page", ["evaluate", "errors", "compare"])
def test_names_of_the_presenters_photos_are_sent_to_nobody_else(photos_with_names: str, page: str) -> None:
    app = AppTest.from_file(PAGES / f"{page}.py", default_timeout=60)
    app.session_state["rupa.evaluation"] = photos_with_names
    app.session_state["rupa.evaluate.cell"] = "0-1"
    app.session_state["rupa.compare.face"] = "female/budi 0.jpg"

    app.run()

    assert not app.exception
    assert bool(app.get("bidi_component")) == (page != "errors")  # which has no gallery without photos
    assert "budi" not in "".join(str(one.proto) for one in everything(app))


def test_nor_are_they_in_the_table_to_take_along(
    photos_with_names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []
    monkeypatch.setattr(errors_export, "_button", lambda _, make, *__: made.append(make()))
    for _ in range(2):
        app = AppTest.from_file(PAGES / "errors.py", default_timeout=60)
        app.session_state["rupa.evaluation"] = photos_with_names
        assert not app.run().exception
        become_presenter()

    visitors, presenters = made
    assert b"budi" not in visitors
    assert b"budi" in presenters
    assert len(visitors.splitlines()) == len(presenters.splitlines()) > 10


def everything(app: AppTest) -> Iterator[Any]:
    def below(block: Any) -> Iterator[Any]:
        for child in block.children.values():
            if hasattr(child, "children"):
                yield from below(child)
            elif getattr(child, "proto", None) is not None:
                yield child

    yield from below(app.main)


def gave(shade: int) -> str:
    said = flagged.Said("male", 0.9, "rupa-1", "similarity-1")
    return flagged.save(np.full((192, 192, 3), shade, np.uint8), "female", said)


def gallery() -> None:
    from pages.parts import kept_faces
    from training import flagged

    kept_faces.show(flagged.ids(), "all")


def test_the_faces_that_others_gave_are_the_presenters_to_see() -> None:
    gave(8)
    mine = gave(16)
    app = AppTest.from_function(gallery)
    app.session_state["rupa.given.before"] = [mine]
    app.run()
    assert len(app.get("html")) == 1

    photo = [str(one) for one in flagged.dataset().table["id"] if mine in one]
    assert evaluation_photos.for_file("flagged", photo) != [None]
    [delete] = app.button
    delete.click().run()

    assert mine not in flagged.ids()
    assert evaluation_photos.for_file("flagged", photo) == [None]
    assert len(flagged.ids()) == 1
    assert not app.get("html")
    become_presenter()
    assert len(app.run().get("html")) == 1


def test_a_visitor_deletes_no_face_that_another_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    """The button was drawn for the presenter, who left before it was clicked."""
    gave(8)
    become_presenter()
    app = AppTest.from_function(gallery).run()
    [delete] = app.button
    access.require(PIN)

    delete.click().run()

    assert len(flagged.ids()) == 1
    assert kept_faces.shown(flagged.ids()) == []


def test_only_the_presenter_deletes_all_kept_faces() -> None:
    def sweep() -> None:
        from pages.parts import kept_faces
        from training import flagged

        kept_faces.offer_to_delete_all(flagged.ids(), "all")

    mine = gave(8)
    app = AppTest.from_function(sweep)
    app.session_state["rupa.given.before"] = [mine]
    assert not app.run().button

    become_presenter()
    app.run().checkbox[0].check().run()
    access.require(PIN)  # left between the drawing and the click
    app.button[0].click().run()
    assert flagged.ids() == [mine]


def test_the_receipt_counts_the_faces_of_others_and_shows_none() -> None:
    gave(8)
    app = visit("photo.py")
    portrait = samples.FOLDER / "astronaut.jpg"

    app.file_uploader[0].set_value([("a.jpg", portrait.read_bytes(), "image/jpeg")]).run()

    assert not app.exception
    assert any(str(shown.value).startswith("In all, 1 face") for shown in app.markdown)
    assert "Show kept faces" not in [toggle.label for toggle in app.toggle]


def test_who_comes_over_the_network_is_told_whose_computer_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "ip_address", "192.168.1.7")

    assert not any("encrypted" in said for said in captions(visit("about.py")))
    monkeypatch.setattr(type(st.context), "url", "https://192.168.1.4:8501/about")
    assert any("encrypted" in said for said in captions(visit("about.py")))
    assert any("“this computer” is the presenter's" in said for said in captions(visit("about.py")))
    become_presenter()
    assert not any("“this computer” is the presenter's" in said for said in captions(visit("about.py")))
