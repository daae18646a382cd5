"""The answers that this visitor called wrong. They live as long as the session; the Errors page shows them too."""

from dataclasses import dataclass
from datetime import datetime

from model.faces import Pixels
from ui import state

MOST = 500  # that were not kept on this computer; those have a limit of their own
NOT_SAID, NO_FACE = "not said", "no face"


@dataclass(frozen=True)
class WrongAnswer:
    """`should_be` is female, male, `NOT_SAID` or `NO_FACE`; `kept` is the id under which it was kept, if it was."""

    face: str
    crop: Pixels
    said: str
    should_be: str
    confidence: float
    when: datetime
    kept: str | None = None


def of_session() -> list[WrongAnswer]:
    """In the order in which they were called wrong."""
    return state.kept("wrong", list)


def of_face(face: str) -> WrongAnswer | None:
    return next((wrong for wrong in of_session() if wrong.face == face), None)


def put(wrong: WrongAnswer) -> None:
    """Take it in; what was said about the same face before makes way, and the oldest where there are too many."""
    known = [one for one in of_session() if one.face != wrong.face] + [wrong]
    passing = [one for one in known if one.kept is None]
    if len(passing) > MOST:
        known = [one for one in known if one is not passing[0]]
    state.keep("wrong", known)


def drop(face: str) -> None:
    state.keep("wrong", [one for one in of_session() if one.face != face])
