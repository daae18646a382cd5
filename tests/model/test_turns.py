"""The line of photos: in turn, told where they stand, and nobody holds up the others by leaving."""

import threading
from queue import SimpleQueue

import pytest

from model.turns import Turns

LIMIT_S = 20.0


class Visitor(threading.Thread):
    """Takes a turn, and keeps it until it is let go; says every place that it was told."""

    def __init__(self, turns: Turns, entered: "SimpleQueue[Visitor]") -> None:
        super().__init__(daemon=True)
        self.places: SimpleQueue[int] = SimpleQueue()
        self.done = threading.Event()
        self._turns, self._entered = turns, entered
        self.start()

    def run(self) -> None:
        with self._turns.turn(self.places.put, look_every_s=0.01):
            self._entered.put(self)
            assert self.done.wait(LIMIT_S)

    def told(self, place: int) -> None:
        """Wait until it was told this place."""
        while self.places.get(timeout=LIMIT_S) != place:
            pass


def test_photos_are_read_in_the_order_in_which_they_came_and_the_others_see_the_line_move() -> None:
    turns, entered = Turns(2), SimpleQueue[Visitor]()
    reading = [Visitor(turns, entered) for _ in range(2)]
    for _ in reading:
        entered.get(timeout=LIMIT_S)
    line = []
    for place in (1, 2, 3):
        line.append(Visitor(turns, entered))
        line[-1].told(place)

    reading[1].done.set()
    assert entered.get(timeout=LIMIT_S) is line[0]
    line[1].told(1)
    line[2].told(2)
    reading[0].done.set()
    assert entered.get(timeout=LIMIT_S) is line[1]
    line[0].done.set()
    assert entered.get(timeout=LIMIT_S) is line[2]

    assert all(one.places.empty() for one in reading)
    for one in line:
        one.done.set()


def test_who_leaves_the_line_lets_the_next_one_come_up() -> None:
    turns, entered = Turns(1), SimpleQueue[Visitor]()
    first = Visitor(turns, entered)
    entered.get(timeout=LIMIT_S)
    behind: list[Visitor] = []
    times_told = 0

    def closed(_: int) -> None:
        """A page that is told a third time, although nothing moved, is gone by then."""
        nonlocal times_told
        times_told += 1
        if times_told == 1:
            behind.append(Visitor(turns, entered))
            behind[0].told(2)
        if times_told == 3:
            raise ConnectionError

    with pytest.raises(ConnectionError), turns.turn(closed, look_every_s=0.01):
        pytest.fail("it was not its turn")

    behind[0].told(1)
    first.done.set()
    assert entered.get(timeout=LIMIT_S) is behind[0]
    behind[0].done.set()


def test_a_photo_that_fails_gives_its_turn_on() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"), turns.turn(lambda _: None):
        raise ValueError("broken")

    with turns.turn(lambda place: pytest.fail(f"told to wait at place {place}")):
        pass
