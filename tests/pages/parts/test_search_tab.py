"""The tab "Search for a recipe": begun, watched, held, deleted, its winner taken; a visitor may only watch."""

import shutil
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train_steps import Choice, Photos
from tests.model import small_network
from tests.pages.shown import keys, press, words
from tests.training.queued import TINY, photos
from training import jobs, search, search_figures, search_trials
from training.recipe import HEAD_ONLY, Recipe, Stage
from training.run_state import Run
from training.search import Settings
from ui import access


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "none"))
    monkeypatch.setattr(access, "presenter", lambda: True)
    # What the page puts into the queue is taken by the test itself, where it wants it taken.
    monkeypatch.setattr(jobs, "ensure_worker", lambda: False)
    return small_home


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return photos(tmp_path / "faces", each=4)


BASE = replace(TINY, stages=(Stage(HEAD_ONLY, 2, 1e-3),))


def page() -> None:
    from pages.parts import search_tab

    search_tab.show()


def visit(faces: Path | None = None, spoken: str = "en") -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["lang"] = spoken
    if faces:
        app.session_state["rupa.train.photos"] = Photos((f"folder:{faces}",), 12, 12, "faces")
        app.session_state["rupa.train.recipe"] = Choice(BASE, None)
    return app.run()


def only() -> Run:
    [run] = jobs.runs()
    return run


@pytest.fixture(scope="module")
def done_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a search of four tries that is done."""
    home = tmp_path_factory.mktemp("home")
    small_network.artifact(home / "runs" / "small-1" / "model")
    faces = photos(tmp_path_factory.mktemp("photos") / "faces", each=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUPA_HOME", str(home))
        patch.setenv("RUPA_DEVICE", "cpu")
        settings = Settings(trials=4, photos=20, vary=("rate", "dropout"))
        run = search.begin((f"folder:{faces}",), BASE, settings, "first")
        assert search_trials.go_on(run.folder) == "done"
    return run.folder


@pytest.fixture
def searched(home: Path, done_once: Path) -> Run:
    shutil.copytree(done_once, home / "runs" / done_once.name)
    return only()


def test_with_nothing_there_it_says_what_will_stand_here(home: Path) -> None:
    app = visit()
    assert not app.exception
    assert "None was begun yet" in words(app)
    assert "no photos to learn from yet" in words(app)
    assert app.button(key="rupa-search-start").disabled
    assert "Belum ada yang dimulai" in words(visit(spoken="id"))


def test_a_search_is_begun_with_what_was_chosen_and_waits(home: Path, faces: Path) -> None:
    app = visit(faces)
    app.number_input(key="rupa-search-trials").set_value(5)
    app.run()
    press(app, "rupa-search-start")

    run = only()
    base, settings = search.settings_of(run.folder)
    assert not app.exception
    assert (base, run.data) == (BASE, (f"folder:{faces}",))
    assert (settings.trials, settings.photos) == (5, 1000)
    assert f"{BASE.backbone} small-1" in settings.networks
    assert "It begins in a moment." in words(app)
    assert "rupa-search-pause" in keys(app)
    press(app, "rupa-search-pause")
    assert only().state == "paused"
    assert "0 of 5 tried" in words(app)


def test_without_anything_that_varies_it_cannot_be_begun(home: Path, faces: Path) -> None:
    app = visit(faces)
    app.session_state["rupa-search-vary"] = []
    app.run()
    assert app.button(key="rupa-search-start").disabled
    assert search.SENTENCES["nothing_varies"] in words(app)


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_every_try_stands_there_and_the_winner_does_not_flatter_itself(searched: Run, spoken: str) -> None:
    app = visit(spoken=spoken)

    assert not app.exception
    [table] = app.dataframe
    assert table.value["try"].tolist() == [1, 2, 3, 4]
    assert all(right.startswith((" ", "100")) for right in table.value["right"])  # so that it sorts
    said = words(app)
    assert ("flatters itself" if spoken == "en" else "kebetulan") in said
    assert ("4 of 4 tried" if spoken == "en" else "4 dari 4 dicoba") in said
    assert len(app.get("plotly_chart")) >= 2


def test_the_winners_recipe_goes_to_the_train_page(searched: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    turned: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, **_: turned.append(page))
    app = visit()

    press(app, "rupa-search-use")

    chosen: Choice = app.session_state["rupa.train.recipe"]
    assert turned == ["../pages/train.py"]
    assert (chosen.recipe, chosen.preset) == (search.winner(searched.folder), None)
    assert isinstance(chosen.recipe, Recipe)


def test_a_visitor_may_only_watch(searched: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)
    app = visit()
    assert not app.exception
    for key in ("rupa-search-start", "rupa-search-use", "rupa-search-delete"):
        assert app.button(key=key).disabled


def test_deleting_asks_first(searched: Run) -> None:
    app = visit()
    press(app, "rupa-search-delete")
    assert only().id == searched.id
    press(app, "rupa-search-delete-now")
    assert jobs.runs() == []
    assert "None was begun yet" in words(app)


def test_what_needs_a_forest_is_computed_once_while_nothing_is_new(
    searched: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = Mock(wraps=search_figures.importance)
    monkeypatch.setattr(search_figures, "importance", fitted)

    visit().run()
    visit()

    assert fitted.call_count == 1


def test_a_search_that_breaks_in_the_middle_of_the_page_is_said_too(
    searched: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Mock(side_effect=search.SearchError("search_unreadable"))
    monkeypatch.setattr("pages.parts.search_tab_found.winner", gone)

    app = visit()

    assert not app.exception
    assert search.SENTENCES["search_unreadable"] in words(app)
    assert keys(app).count("rupa-search-delete") == 1


def test_what_could_not_be_done_does_not_stand_in_what_is_folded(searched: Run) -> None:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["rupa.train.fault"] = "disk_full"

    app.run()

    assert jobs.SENTENCES["disk_full"] in words(app)
    assert not app.expander[0].warning


def test_a_damaged_search_is_said_in_one_sentence_and_can_be_deleted(searched: Run) -> None:
    search.study_file(searched.folder).write_bytes(b"no database" * 500)
    app = visit()
    assert not app.exception
    assert search.SENTENCES["search_unreadable"] in words(app)
    press(app, "rupa-search-delete")
    press(app, "rupa-search-delete-now")
    assert jobs.runs() == []
