"""The way between the pages, without a browser."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model import registry, running
from pages.parts import footer

ROOT = Path(__file__).resolve().parents[2]
ROUTER = ROOT / "ui" / "router.py"


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=30)
    app.query_params["lang"] = spoken
    return app.run()


def footer_of(app: AppTest) -> str:
    return str(app.main.caption[-1].value)


@pytest.fixture
def warm() -> None:
    running.get()


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(
    ("spoken", "line"),
    [("en", "95 of 100 right (94 to 96) · CPU"), ("id", "95 dari 100 benar (94 sampai 96) · CPU")],
)
def test_every_page_says_which_model_answers_and_how_good_it_is(spoken: str, line: str) -> None:
    app = visit(spoken)

    assert not app.exception
    assert len(app.title) == 1
    assert footer_of(app).startswith(f"rupa-1 · {line}")


@pytest.mark.usefixtures("warm")
def test_the_switch_changes_every_word_and_stays_when_the_page_changes() -> None:
    app = visit()

    app.segmented_control[0].set_value("id").run()
    app.query_params.clear()  # as a move between pages does in a browser
    app.switch_page(str(ROOT / "pages" / "about.py")).run()

    assert not app.exception
    assert app.query_params["lang"] == "id"
    assert app.title[0].value == "Apa model ini, dan pada siapa ia keliru?"


def test_while_the_model_warms_up_the_page_is_there_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "status", lambda: running.Status("warming"))

    app = visit()

    assert not app.exception
    assert len(app.title) == 1
    assert footer_of(app) == "The model is warming up; the page can be used already."


def test_a_model_that_cannot_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = registry.ModelError("no_model")
    monkeypatch.setattr(running, "status", lambda: running.Status("failed", error=error))

    app = visit()

    assert not app.exception
    assert str(error) in [shown.value for shown in app.error]


@pytest.mark.usefixtures("warm")
def test_a_model_that_was_passed_over_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = registry.ModelError("model_unknown", name="mine")
    status = running.status()
    monkeypatch.setattr(
        running, "status", lambda: running.Status("ready", status.device, status.cores, status.model, passed)
    )

    app = visit()

    assert [shown.value for shown in app.warning] == [str(passed)]
    assert "rupa-1" in footer_of(app)


def test_the_figure_below_every_page_is_the_one_that_flatters_least() -> None:
    card = registry.find("rupa-1").card
    accuracies = [result["accuracy"] for result in card.results.values()]

    assert footer.track_record(card) == "95 of 100 right (94 to 96)"
    assert round(min(accuracies) * 100) == 95


def test_a_model_that_was_tried_on_few_faces_says_on_how_many(tmp_path: Path) -> None:
    card = json.loads((registry.SHIPPED / "rupa-1" / "card.json").read_text())
    name, result = next(iter(card["results"].items()))
    few = result | {"n": 8, "accuracy": 1.0, "accuracy_interval": [0.68, 1.0]}
    (tmp_path / "card.json").write_text(json.dumps(card | {"results": {name: few}}))

    assert footer.track_record(registry.cards.read(tmp_path)) == "8 of 8 right (68 to 100%)"


def test_a_model_that_was_once_wrong_does_not_promise_to_be_always_right(tmp_path: Path) -> None:
    card = json.loads((registry.SHIPPED / "rupa-1" / "card.json").read_text())
    name, result = next(iter(card["results"].items()))
    once = result | {"n": 5000, "accuracy": 0.9998, "accuracy_interval": [0.9989, 0.99996]}
    (tmp_path / "card.json").write_text(json.dumps(card | {"results": {name: once}}))

    assert footer.track_record(registry.cards.read(tmp_path)) == ">99 of 100 right (>99 to >99)"


def test_a_card_without_results_promises_nothing(tmp_path: Path) -> None:
    card = tmp_path / "card.json"
    shutil.copy(registry.SHIPPED / "rupa-1" / "card.json", card)
    card.write_text(json.dumps(json.loads(card.read_text()) | {"results": {}}))

    assert footer.track_record(registry.cards.read(tmp_path)) is None
