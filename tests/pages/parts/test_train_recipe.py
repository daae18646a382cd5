"""Step 2 of the Train page: a preset, a change, a recipe from a file, and how long it takes here."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import job_panel, train_recipe_estimate, train_steps
from pages.parts.train_steps import Choice, Photos
from tests.pages.shown import words
from tests.training import jobs as background
from tests.training import queued
from training import jobs, page_jobs, run_state
from training.page_asked import Rehearse
from training.recipe import PRESETS, Recipe
from training.rehearsal import Estimate
from ui import access, language


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return small_home


def page() -> None:
    import streamlit as st

    from pages.parts import train_recipe, train_recipe_estimate

    train_recipe_estimate.follow()
    st.text(train_recipe.line())
    train_recipe.show()


def visit(**kept: Any) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    for name, value in kept.items():
        app.session_state[f"rupa.train.{name}"] = value
    return app.run()


def key_of(app: AppTest, kind: Literal["selectbox", "number_input"], label: str) -> str:
    widgets: Any = app.selectbox if kind == "selectbox" else app.number_input
    return next(str(one.key) for one in widgets if one.label == label)


def number(app: AppTest, label: str) -> Any:
    return app.number_input(key=key_of(app, "number_input", label))


def choice(app: AppTest) -> Choice:
    found: Choice = app.session_state["rupa.train.recipe"]
    return found


def test_the_quick_preset_is_chosen_and_used_with_one_click(home: Path) -> None:
    app = visit()
    assert not app.exception
    assert app.radio[0].value == "quick"
    assert app.text[0].value == "None"

    app.button(key="rupa-recipe-use").click().run()

    assert choice(app) == Choice(PRESETS["quick"], "quick")
    assert app.session_state["rupa.train.step"] == train_steps.RUN
    assert app.text[0].value == "Quick"


@pytest.mark.parametrize("name", [name for name in PRESETS if not name.startswith("seed-")])
def test_a_preset_is_taken_as_it_is_whatever_the_form_shows(home: Path, name: str) -> None:
    app = visit()
    app.radio[0].set_value(name).run()
    app.button(key="rupa-recipe-use").click().run()

    assert choice(app) == Choice(PRESETS[name], name)


def test_every_student_project_can_be_repeated(home: Path) -> None:
    app = visit()
    app.radio[0].set_value("students").run()
    app.selectbox(key=key_of(app, "selectbox", "Which student project")).set_value("seed-vgg16").run()
    app.button(key="rupa-recipe-use").click().run()

    assert not app.exception
    assert choice(app) == Choice(PRESETS["seed-vgg16"], "seed-vgg16")


def test_a_change_makes_it_ones_own_and_the_way_back_a_preset_again(home: Path) -> None:
    app = visit()
    epochs = PRESETS["quick"].stages[0].epochs
    number(app, "Epochs").set_value(7).run()
    assert app.radio[0].value == "own"

    app.button(key="rupa-recipe-use").click().run()
    own = choice(app)
    assert (own.preset, own.recipe.epochs) == (None, 7)
    assert own.recipe == replace(PRESETS["quick"], stages=own.recipe.stages)

    number(app, "Epochs").set_value(epochs).run()
    assert app.radio[0].value == "quick"


def test_a_draft_outlives_that_the_step_folds(home: Path) -> None:
    app = visit()
    number(app, "Epochs").set_value(7).run()
    draft = app.session_state["rupa.train.draft"]

    again = visit(draft=draft)

    assert number(again, "Epochs").value == 7
    assert again.session_state["rupa.train.draft"].recipe.epochs == 7


def test_a_network_offers_only_the_starts_that_it_has(home: Path) -> None:
    app = visit()
    app.selectbox(key=key_of(app, "selectbox", "Network")).set_value("resnet18").run()

    start = app.selectbox(key=key_of(app, "selectbox", "It begins with"))
    assert start.options == ["Nothing: random numbers"]
    assert not app.warning
    app.selectbox(key=key_of(app, "selectbox", "Network")).set_value("xception").run()
    start = app.selectbox(key=key_of(app, "selectbox", "It begins with"))
    assert len(start.options) == 2
    assert "has to be fetched from Keras' home" in words(app)


def test_what_cannot_be_built_is_one_sentence_and_cannot_be_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "language", lambda: "id")
    app = visit(recipe=Choice(Recipe(backbone="inception_v3", start="random", input_height=64), None))

    assert not app.exception
    assert ["memerlukan foto berwarna" in str(one.value) for one in app.warning] == [True]
    assert app.button(key="rupa-recipe-use").disabled


def test_the_recipe_of_a_run_is_taken_over(home: Path) -> None:
    cloned = replace(PRESETS["best"], batch=48)

    app = visit(recipe=Choice(cloned, None))

    assert app.radio[0].value == "own"
    assert number(app, "Photos at once").value == 48
    assert "Your own recipe" in app.text[0].value
    assert app.session_state["rupa.train.draft"].recipe == cloned


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area(key="rupa-recipe-json").input(text).run()
    return app.button(key="rupa-recipe-open").click().run()


def test_a_pasted_recipe_is_opened(home: Path) -> None:
    wanted = replace(PRESETS["quick-faces"], dropout=0.45, patience=3)

    app = paste(visit(), json.dumps(wanted.as_json()))

    assert not app.exception
    assert app.session_state["rupa.train.draft"].recipe == wanted
    assert (number(app, "Patience").value, app.radio[0].value) == (3, "own")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "This is not the JSON of a recipe."),
        ('{"batch": -1}', "Photos at once is -1; it has to lie between 1 and 1024."),
        ('{"![x](y)": 1}', r"\!\[x\]\(y\)"),
        ('{"teacher": "../../etc/passwd"}', "model"),
        ('{"start": "../../etc"}', "model"),
        ('{"start": "![x](http://a)"}', "model"),
        ('{"backbone": "<b>evil</b>"}', "There is no backbone"),
        ('{"backbone": "vgg16", "start": "rupa-1"}', "choose that network, or another start"),
    ],
)
def test_a_paste_that_cannot_be_followed_is_one_sentence(home: Path, text: str, sentence: str) -> None:
    app = paste(visit(), text)

    assert not app.exception
    assert [sentence in str(one.value) for one in app.warning] == [True]
    assert "![" not in "".join(app.radio[0].proto.captions)


def test_why_nothing_could_be_opened_or_measured_is_said_in_the_language_of_now(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Choice(queued.TINY, None)
    words = json.dumps(wanted.recipe.as_json(), sort_keys=True)
    asked = Rehearse(words, ("folder:x",))
    failed = page_jobs.Job("1", home, asked, "failed", code="no_folder", facts={"path": "x"})
    held = train_recipe_estimate.Rehearsal(words, ("folder:x",), "1", True, None, failed)
    kept = {"photos": Photos(("folder:x",), 3, 3), "recipe": wanted, "rehearsal": held}
    app = paste(visit(**kept), "{")
    before = [str(one.value) for one in app.warning]
    assert len(before) == 2

    monkeypatch.setattr(language, "language", lambda: "id")

    kept["recipe.fault"] = app.session_state["rupa.train.recipe.fault"]
    after = [str(one.value) for one in visit(**kept).warning]
    assert len(after) == 2
    assert not set(before) & set(after)


def test_a_visitor_without_the_pin_changes_and_starts_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "presenter", lambda: False)
    app = visit(photos=Photos(("folder:x",), 3, 3), recipe=Choice(queued.TINY, None))

    assert app.button(key="rupa-recipe-use").disabled
    assert all(one.disabled for one in (*app.radio, *app.number_input, *app.selectbox))
    assert page_jobs.latest() is None


def test_the_time_is_measured_as_soon_as_recipe_and_photos_are_known(home: Path, tmp_path: Path) -> None:
    photos = queued.photos(tmp_path / "class", each=3, splits=("train", "validation"))
    chosen = Photos((f"folder:{photos}",), 6, 6)

    app = visit(photos=chosen, recipe=Choice(queued.TINY, None))
    job = page_jobs.running()
    assert job is not None
    assert isinstance(job.asked, Rehearse)
    assert not job_panel.busy()
    assert "measuring how long it takes" in app.text[0].value
    assert background.until(background.over, job).state == "done"
    app.run()

    assert not app.exception
    assert "on this computer, measured just now" in app.text[0].value
    app.session_state["rupa.train.recipe"] = Choice(replace(queued.TINY, batch=5), None)
    app.run()
    assert "measured just now" not in app.text[0].value


def test_nothing_is_measured_beside_a_run_that_trains(home: Path, tmp_path: Path) -> None:
    run = jobs.enqueue(queued.asked(tmp_path))
    run_state.mark(run.folder, "running")

    app = visit(photos=Photos((f"folder:{tmp_path}",), 3, 3), recipe=Choice(queued.TINY, None))

    assert not app.exception
    assert page_jobs.latest() is None


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (17, 26, "about 20 to 30 seconds"),
        (4, 6, "about 10 to 20 seconds"),
        (80, 125, "about 1 to 2 minutes"),
        (125, 190, "about 2 to 3 minutes"),
        (119, 121, "about 2 to 3 minutes"),
        (9000, 14000, "about 2 to 4 hours"),
    ],
)
def test_a_time_is_said_as_a_person_would(low: float, high: float, words: str) -> None:
    told = train_recipe_estimate.words(Estimate(low, high, 1, 2))

    assert told == f"{words} on this computer, measured just now; longer beside other work"


def taken_over() -> None:
    import streamlit as st

    from pages.parts import train_recipe, train_steps
    from training.recipe import PRESETS

    train_steps.take_over(PRESETS["quick"])
    st.text(train_recipe.line())


def test_what_is_taken_over_is_still_the_preset_and_to_say_so_measures_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = Mock()
    monkeypatch.setattr(page_jobs, "start", started)
    app = AppTest.from_function(taken_over)
    app.session_state["rupa.train.photos"] = Photos(("folder:x",), 12, 12, "faces")

    [line] = app.run().text

    assert line.value == "Quick"
    assert not started.called
