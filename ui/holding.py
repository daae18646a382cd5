"""How much each visit still holds of the files it brought, whoever in the house holds them.

Once they are out of Streamlit's store nobody else could say, and what a visit may hold in all has its limit.
"""

import itertools
import weakref
from collections import Counter

from streamlit.runtime.scriptrunner import get_script_run_ctx

_held: dict[int, tuple[str, int]] = {}
_numbers = itertools.count()


class Counted:
    """A file's bytes, counted for the visit that brought them until nobody holds on to this any more."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        count(self, len(data), visit())

    def read(self) -> bytes:
        return self._data


def visit() -> str:
    """The id of the visit that is being served."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def count(thing: object, size: int, visit: str) -> None:
    """From any thread: so many bytes for this visit, until nobody holds on to the thing any more."""
    number = next(_numbers)
    _held[number] = (visit, size)
    weakref.finalize(thing, _held.pop, number)


def by_visit() -> Counter[str]:
    """Bytes, by the visit's id."""
    total: Counter[str] = Counter()
    for visit, size in list(_held.values()):  # a copy: visits come and go in other threads
        total[visit] += size
    return total
