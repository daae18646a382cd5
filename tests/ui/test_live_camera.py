"""What comes back from the browser is judged before anybody opens it."""

import base64
import tomllib

import pytest

from tests.conftest import ROOT
from ui import live_camera
from ui.live_camera import MAX_FRAME_BYTES

START = "data:image/jpeg;base64,"


def test_a_frozen_frame_comes_through_as_it_was_sent() -> None:
    sent = bytes(range(256))

    assert live_camera.jpeg(START + base64.b64encode(sent).decode()) == sent


@pytest.mark.parametrize(
    "address",
    [
        None,
        7,
        {"src": START},
        "",
        "/etc/passwd",
        "data:image/png;base64,AAAA",
        "data:text/html;base64,AAAA",
        START + "not base 64",
        START + "AAA",
        START + "A" * MAX_FRAME_BYTES,
    ],
)
def test_what_is_no_frame_is_nothing(address: object) -> None:
    assert live_camera.jpeg(address) is None


def test_the_server_takes_a_frozen_frame_and_no_message_many_times_as_large() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    assert MAX_FRAME_BYTES < settings["server"]["maxMessageSize"] * 1e6 < 4 * MAX_FRAME_BYTES


@pytest.mark.parametrize(
    "code", ["insecure", "denied", "no_camera", "in_use", "blocked", "lost", "busy", "gave_way"]
)
def test_a_trouble_is_known_by_its_word(code: str) -> None:
    assert live_camera.known(code) == code
    assert live_camera.troubles()[code].endswith(".")


@pytest.mark.parametrize("code", [None, "", "constructor", ["denied"], 3])
def test_any_other_word_is_no_trouble(code: object) -> None:
    assert live_camera.known(code) == ""
