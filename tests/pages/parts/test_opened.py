"""What was worked out for faces is worked out once, and what a visit holds of it has an end."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest

from pages.parts import opened
from pages.parts.opened import Opened


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    session: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    return session


def face(key: int) -> Opened:
    return Opened(Mock(), Mock(), str(key))


def worked_out(key: int, make: Callable[[], object] = list) -> object:
    return face(key).remembered("why", make)


def test_it_is_worked_out_once_for_each_face_and_question() -> None:
    first = worked_out(1)

    assert worked_out(1) is first
    assert worked_out(2) is not first
    assert face(1).remembered("flip", list) is not first


def test_a_visit_that_opens_one_face_after_the_other_holds_no_more_than_the_last(
    session: dict[str, object],
) -> None:
    first, second = worked_out(0), worked_out(1)
    for key in range(2, opened.MOST_REMEMBERED):
        worked_out(key)
    assert worked_out(0) is first  # looked at a moment ago
    worked_out(opened.MOST_REMEMBERED)

    assert worked_out(0) is first
    assert worked_out(1) is not second
    [held] = session.values()
    assert isinstance(held, dict)
    assert len(held) == opened.MOST_REMEMBERED
