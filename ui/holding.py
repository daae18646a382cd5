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
        context = get_script_run_ctx(suppress_warning=True)
        number = next(_numbers)
        _held[number] = (context.session_id if context else "", len(data))
        weakref.finalize(self, _held.pop, number)

    def read(self) -> bytes:
        return self._data


def by_visit() -> Counter[str]:
    """Bytes, by the visit's id."""
    total: Counter[str] = Counter()
    for visit, size in list(_held.values()):  # a copy: visits come and go in other threads
        total[visit] += size
    return total
