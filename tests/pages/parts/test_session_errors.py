"""Answers that a visitor called wrong: one a face, and not without an end."""

from datetime import UTC, datetime

import numpy as np
import pytest

from pages.parts import session_errors
from pages.parts.session_errors import WrongAnswer


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {})
    monkeypatch.setattr(session_errors, "MOST", 3)


def put(face: str, kept: str | None = None) -> None:
    crop = np.zeros((4, 4, 3), np.uint8)
    session_errors.put(WrongAnswer(face, crop, "male", "female", 0.9, datetime.now(UTC), kept))


def faces() -> list[str]:
    return [one.face for one in session_errors.of_session()]


def test_the_oldest_makes_way_but_never_one_that_was_kept_on_this_computer() -> None:
    put("a", kept="an id by which its giver can delete it")
    for face in "bcde":
        put(face)

    assert faces() == ["a", "c", "d", "e"]


def test_what_is_said_anew_of_a_face_counts_once() -> None:
    for face in "abba":
        put(face)

    assert faces() == ["b", "a"]
