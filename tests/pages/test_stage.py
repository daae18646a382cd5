"""The stage: only the presenter checks and reads the script; visitors see how others come in, and no more."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import stage_check, stage_script
from pages.parts.stage_check import Found
from tests.pages.parts.test_stage_check import a_fairface
from training import stage_ready
from ui import access, room_address, stage_camera

ROOT = Path(__file__).resolve().parents[2]
ROUTER, STAGE = ROOT / "ui" / "router.py", ROOT / "pages" / "stage.py"
ROOM = "https://192.168.1.5:8501"
CODE = '<img class="stage-code"'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    access.require(None)
    yield tmp_path / "home"
    access.require(None)


@pytest.fixture
def a_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which the browser, that is not here, says that it works."""
    monkeypatch.setattr(stage_camera, "ask", lambda turn: stage_camera.WORKS)


@pytest.fixture
def in_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_address, "known", lambda: (ROOM, "https://10.0.0.7:8501"))


def visit(lang: str = "en") -> AppTest:
    app = AppTest.from_file(STAGE)
    app.query_params["lang"] = lang
    return drawn(app.run())


def drawn(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    return drawn(app.button(key=f"rupa-stage-{key}").click().run())


def drawings(app: AppTest) -> str:
    return " ".join(str(one.proto.body) for one in app.get("html"))


def buttons(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def test_as_long_as_the_browser_asks_for_the_camera_nothing_is_called_ready() -> None:
    said = drawings(press(visit(), "check"))

    assert "<b>One moment.</b>" in said
    assert "Go." not in said


def test_the_camera_goes_on_only_when_somebody_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Mock(return_value=stage_camera.WORKS)
    monkeypatch.setattr(stage_camera, "ask", ask)
    app = press(press(visit(), "check"), "open")

    app = press(app, "end")

    ask.assert_called_once_with(1)
    assert "The camera works." in drawings(app)
    press(app, "check")
    ask.assert_called_with(2)


@pytest.mark.usefixtures("a_camera")
def test_one_button_gives_a_verdict_and_the_verdict_opens_the_script() -> None:
    app = press(visit(), "check")

    said = drawings(app)
    assert "<b>Go.</b>" in said
    assert "The model rupa-1 is whole" in said
    assert "prepare --offline-kit" in said
    app = press(app, "open")
    assert app.title[0].value == "What does it see?"
    assert "Step 1 of 5" in drawings(app)
    for title in ("And when somebody moves?", "Whom does it get wrong?", "Can we teach it better?"):
        app = press(app, "next")
        assert app.title[0].value == title
    app = press(press(app, "back"), "end")
    assert app.title[0].value == "Ready for the room?"


def test_what_is_to_be_mended_stands_first_and_makes_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_check.disk, "__defaults__", (None, 1e6))

    app = press(visit(), "check")

    said = drawings(app)
    assert "<b>Not yet.</b> 1 thing is to be mended first." in said
    assert said.index("of the disk are free; make room") < said.index("The model rupa-1 is whole")


def test_a_model_that_is_not_whole_does_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "nothing")

    assert "<b>Not yet.</b>" in drawings(press(visit(), "check"))


def test_it_speaks_indonesian() -> None:
    app = press(visit("id"), "check")

    assert app.title[0].value == "Siap tampil?"
    assert "Model rupa-1 utuh: 10 berkas" in drawings(app)
    assert press(app, "open").title[0].value == "Apa yang dilihatnya?"


def test_where_only_this_computer_opens_it_one_sentence_says_how_the_room_comes_in() -> None:
    app = visit()

    assert CODE not in drawings(app)
    assert any("python start.py --lan" in str(one.value) for one in app.markdown)


@pytest.mark.usefixtures("in_a_network")
def test_the_room_scans_or_types_the_address_and_another_one_if_need_be() -> None:
    app = visit()
    assert CODE in drawings(app)
    assert ROOM in drawings(app).replace("<wbr>", "")

    app = drawn(app.selectbox[0].select("https://10.0.0.7:8501").run())
    app = press(app, "large")

    assert app.title[0].value == "Come in"
    assert "https://10.0.0.7:8501" in drawings(app).replace("<wbr>", "")
    assert "stage-large" in drawings(app)


@pytest.mark.usefixtures("in_a_network")
def test_visitors_see_the_code_and_the_presenters_door_and_nothing_to_click() -> None:
    access.require("482913")

    app = visit()

    assert CODE in drawings(app)
    assert [key for key in buttons(app) if str(key).startswith("rupa-stage")] == []
    assert not app.selectbox
    assert [field.label for field in app.text_input] == ["The presenter's PIN"]


def test_a_visitor_who_claims_to_be_on_stage_is_not() -> None:
    access.require("482913")
    app = AppTest.from_file(STAGE)
    app.session_state["rupa-stage-step"] = 3

    app = drawn(app.run())

    assert app.title[0].value == "Come in"


def test_the_training_is_one_click_from_its_start(home: Path) -> None:
    a_fairface(home)
    app = AppTest.from_file(ROUTER)
    app.query_params["lang"] = "en"
    drawn(app.run())
    app.switch_page(str(STAGE))
    app = press(press(drawn(app.run()), "check"), "open")
    for _ in range(3):
        app = press(app, "next")

    app = press(app, "page-4")

    assert app.title[0].value == "Teach the model better"
    assert not app.button(key="rupa-train-start").disabled
    assert any("FairFace 24" in str(one.value) for one in app.markdown)


def test_photos_that_cannot_be_made_ready_are_told_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_fairface(home)
    app = press(press(visit(), "check"), "open")
    for _ in range(3):
        app = press(app, "next")
    monkeypatch.setattr(stage_ready, "few", Mock(side_effect=OSError(5, "Input/output error")))

    app = press(app, "page-4")

    assert [one.value for one in app.warning] == [
        "The page could not be made ready. Open it in the menu, and choose there."
    ]


def test_a_training_that_has_ended_is_shown_where_there_are_no_photos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage_ready, "finished", lambda: object())

    steps = stage_script.steps([Found("photos", "instead", "photos_missing_run")])

    assert (steps[3].page, steps[3].title) == ("train.py", "Can we teach it better?")
    assert steps[3].say[0] == "This is a training that has ended."


def test_every_page_leads_back_to_the_script_while_it_goes_on() -> None:
    app = AppTest.from_file(ROUTER)
    app.query_params["lang"] = "en"
    assert "rupa-way-back" not in str(drawn(app.run()).main)

    app.session_state["rupa-stage-step"] = 2
    app.switch_page(str(ROOT / "pages" / "about.py"))
    links = [one.proto.label for one in drawn(app.run()).get("page_link")]

    assert "Step 2 of 5 · back to the script" in links


def test_visitors_find_no_way_to_it() -> None:
    def ways() -> list[str]:
        app = AppTest.from_file(ROUTER)
        app.query_params["lang"] = "en"
        return [str(one.proto.page) for one in drawn(app.run()).get("page_link")]

    assert "stage" in ways()
    access.require("482913")
    assert "stage" not in ways()
