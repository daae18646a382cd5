"""Whose photo is next: where many come at once, a few are read at a time, and the others are told their place.

Read all at once, thirty photos would each take as long as all of them together, and the last would meet a decoder that
has given up waiting. In turn, the first is answered at once, and everybody else sees the line move.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_EVERY_S = 1.0
AT_ONCE = max(2, os.cpu_count() or 1)


class Turns:
    """First come, first served, `at_once` at a time."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._reading = 0
        self._line: list[object] = []
        self._moved = threading.Condition()

    @contextmanager
    def turn(self, told: Callable[[int], object], *, look_every_s: float = LOOK_EVERY_S) -> Iterator[None]:
        """Enter when it is this thread's turn. Who has to wait is `told` its place in the line, 1 for the next one.

        That happens once a look even where nothing moved: whoever left meanwhile is found out by telling, and what
        `told` raises gives the place up.
        """
        ticket = object()
        try:
            place = self._asked(ticket)
            while place:
                told(place)
                place = self._waited(ticket, place, look_every_s)
        except BaseException:
            self._left(ticket)
            raise
        try:
            yield
        finally:
            with self._moved:
                self._reading -= 1
                self._moved.notify_all()

    def _asked(self, ticket: object) -> int:
        with self._moved:
            self._line.append(ticket)
            return self._place(ticket)

    def _waited(self, ticket: object, before: int, look_every_s: float) -> int:
        with self._moved:
            self._moved.wait_for(
                lambda: self._is_next(ticket) or self._stands(ticket) != before, look_every_s
            )
            return self._place(ticket)

    def _place(self, ticket: object) -> int:
        """Where it stands; 0 where its turn has come, which is taken with that."""
        if not self._is_next(ticket):
            return self._stands(ticket)
        self._line.remove(ticket)
        self._reading += 1
        self._moved.notify_all()
        return 0

    def _is_next(self, ticket: object) -> bool:
        return self._reading < self._at_once and self._line[0] is ticket

    def _stands(self, ticket: object) -> int:
        return self._line.index(ticket) + 1

    def _left(self, ticket: object) -> None:
        with self._moved:
            if ticket in self._line:
                self._line.remove(ticket)
                self._moved.notify_all()


PHOTOS = Turns(AT_ONCE)
