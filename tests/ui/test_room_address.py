"""The address that the room is told is one under which other computers reach this one, and its code says the same."""

from urllib.parse import unquote

import pytest

from ui import room_address

ALLOWED = ("192.168.1.5", "10.0.0.7", "desk.local", "localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("shown", "allowed", "secure", "visited", "known"),
    [
        ("", ("localhost", "127.0.0.1"), False, "http://localhost:8501/stage", ()),
        ("localhost", (), False, "http://127.0.0.1:8501/stage", ()),
        ("", (), False, "", ()),
        ("", (), False, "http://[", ()),
        ("", (), False, "javascript:alert(1)", ()),
        ("", (), False, "https://rupa.example.org/stage?lang=id", ("https://rupa.example.org",)),
        ("", (), False, "https://ana:secret@rupa.example.org/", ("https://rupa.example.org",)),
        (
            "192.168.1.5",
            ALLOWED,
            True,
            "https://localhost:8501/stage",
            ("https://192.168.1.5:8501", "https://10.0.0.7:8501", "https://desk.local:8501"),
        ),
        ("[fe80::1]", ("fe80::1",), True, "", ("https://[fe80::1]:8501",)),
    ],
)
def test_the_room_is_told_an_address_that_is_not_only_this_computers(
    shown: str, allowed: tuple[str, ...], secure: bool, visited: str, known: tuple[str, ...]
) -> None:
    assert room_address.of(shown, allowed, 8501, secure=secure, visited=visited) == known


def test_the_code_is_dark_on_a_light_plate() -> None:
    drawn = unquote(room_address.picture("https://192.168.1.5:8501"))

    assert drawn.startswith("data:image/svg+xml")
    assert "fill='#fff'" in drawn
    assert "stroke='#000'" in drawn
