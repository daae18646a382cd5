"""The Live page's side of a frozen frame and of a camera that is missing, without a browser: that is a double here."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from ui import live_camera, state, uploads
from ui.live_camera import Heard

STILL = state.PREFIX + "live.still"
ASTRONAUT = (ROOT / "ui" / "assets" / "samples" / "astronaut.jpg").read_bytes()


def test_a_frozen_frame_stands_as_long_as_the_browser_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=60)
    held = []
    for heard in (Heard(ASTRONAUT, True, ""), Heard(None, True, ""), Heard(None, False, "")):
        monkeypatch.setattr(live_camera, "show", lambda device, heard=heard: heard)
        app.run()
        assert not app.exception
        held.append(STILL in app.session_state)

    assert held == [True, True, False]


def test_the_camera_that_a_trouble_opens_closes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=60)
    open_ = []
    for trouble in ("blocked", "", "blocked"):
        monkeypatch.setattr(live_camera, "show", lambda device, of=trouble: Heard(None, False, of))
        app.run()
        assert not app.exception
        open_.append(app.session_state[state.PREFIX + uploads._CAMERA])

    assert open_ == ["live", "", "live"]


@pytest.mark.parametrize(("trouble", "offered"), [("no_camera", False), ("blocked", True)])
def test_a_camera_is_offered_only_where_one_can_be_had(
    monkeypatch: pytest.MonkeyPatch, trouble: str, offered: bool
) -> None:
    monkeypatch.setattr(live_camera, "show", lambda device: Heard(None, False, trouble))
    app = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=60).run()

    assert not app.exception
    assert any(button.label.endswith("camera") for button in app.button) is offered
