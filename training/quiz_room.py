"""The one room in which a class plays together. It lives in this process's memory and nowhere else.

A screen shows a `turn` and votes for that turn; once the room has moved on, the vote comes too late. What is right is
handed out only when it has been revealed, and at that moment who voted how is forgotten: the votes alone stay.
"""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from training.quiz import Draw, Question
from training.quiz_score import Ballot, Tally, Vote, tally

MOST_VOTERS = 500
LONGEST_S = 4 * 3600.0
LEFT_AFTER_S = 15 * 60.0  # without the presenter's screen, which asks for news every second
LOOK_EVERY_S = 60.0
GONE_AFTER_S = 30.0  # a phone that shows the room asks for news every second or two
LONGEST_NAME = 64

Stage = Literal["voting", "revealed", "over"]
Fate = Literal["counts", "late", "full"]
_turns = itertools.count(1)


@dataclass(frozen=True)
class Seen:
    """What everybody may know of the room.

    `turn` is another number whenever a screen has something new to show, and `round` whenever there are new faces; no
    two rooms have the same.
    """

    turn: int
    round: int
    number: int
    of: int
    stage: Stage
    votes: int
    people: int


@dataclass(frozen=True)
class Result:
    draw: Draw
    ballots: tuple[Ballot, ...]


@dataclass(frozen=True)
class Shown:
    """All that a screen shows, as it was at one moment.

    There is no `picture` once all is over, and a `result` only then. While people can vote nothing is `revealed`; then
    it is the face at hand with what is known of it, and how people voted.
    """

    seen: Seen
    picture: str | None
    revealed: tuple[Question, Tally] | None
    result: Result | None


class Room:
    """Safe to be used by many at once. `desk` is a word that the screen of the presenter knows."""

    def __init__(
        self,
        draw: Draw,
        pictures: tuple[str, ...],
        desk: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        own: bool = False,
        source: str = "",
    ) -> None:
        self._lock, self._clock = threading.Lock(), clock
        self._opened = self._watched = clock()
        self._here: dict[str, float] = {}
        self._votes: dict[str, Vote] = {}
        self._ballots: list[Ballot] = []
        self.desk = desk
        self._begin(draw, pictures, own, source)

    @property
    def draw(self) -> Draw:
        """For the presenter's screen, which shows nothing of it but what is true of all ten."""
        return self._draw

    @property
    def own(self) -> bool:
        """Whether its photos are not everybody's to see: the presenter's own, or such as were kept to learn from."""
        return self._own

    @property
    def source(self) -> str:
        """A word by which a presenter's screen finds again whose faces these are."""
        return self._source

    @property
    def abandoned(self) -> bool:
        """Open for hours, or without a presenter's screen for long."""
        now = self._clock()
        return now - self._opened > LONGEST_S or now - self._watched > LEFT_AFTER_S

    def watch(self) -> None:
        """The presenter's screen shows the room now."""
        self._watched = self._clock()

    def again(self, draw: Draw, pictures: tuple[str, ...], *, own: bool = False, source: str = "") -> None:
        """Another round with other faces, for the same people."""
        with self._lock:
            self._begin(draw, pictures, own, source)

    def enter(self, voter: str) -> bool:
        """This phone shows the room now; False where it has no place for another."""
        with self._lock:
            return self._enter(voter)

    def seen(self) -> Seen:
        with self._lock:
            return self._seen()

    def snapshot(self) -> Shown:
        with self._lock:
            question, over = self._draw.questions[self._number], self._stage == "over"
            return Shown(
                self._seen(),
                None if over else self._pictures[self._number],
                (question, tally(self._ballots[-1])) if self._stage == "revealed" else None,
                Result(self._draw, tuple(self._ballots)) if over else None,
            )

    def vote(self, voter: str, turn: int, vote: Vote) -> Fate:
        """A later vote of the same voter takes the place of the earlier one, and where all places are taken, that of a
        phone which has gone: else somebody could fill the room by voting and leaving under many names.
        """
        with self._lock:
            if type(turn) is not int or turn != self._turn or self._stage != "voting":
                return "late"
            if not self._enter(voter):
                return "full"
            if voter not in self._votes and len(self._votes) >= MOST_VOTERS:
                self._forget_those_who_left()
                gone = next((one for one in self._votes if one not in self._here), None)
                if gone is None:
                    return "full"
                del self._votes[gone]
            self._votes[voter] = vote
            return "counts"

    def vote_of(self, voter: str) -> Vote | None:
        """On the face at hand, for as long as votes are taken."""
        with self._lock:
            return self._votes.get(voter)

    def reveal(self, turn: int) -> None:
        """From now on no vote counts for this face; two clicks on one button are one."""
        with self._lock:
            if turn == self._turn and self._stage == "voting":
                self._ballots.append(tuple(self._votes.values()))
                self._votes = {}
                self._move("revealed")

    def next(self, turn: int) -> None:
        with self._lock:
            if turn != self._turn or self._stage != "revealed":
                return
            if self._number + 1 == len(self._draw.questions):
                self._move("over")
                return
            self._number += 1
            self._move("voting")

    def _begin(self, draw: Draw, pictures: tuple[str, ...], own: bool, source: str) -> None:
        if not draw.questions or len(pictures) != len(draw.questions):
            raise ValueError("A round has faces, and a picture for each.")
        self._draw, self._pictures, self._own, self._source = draw, pictures, own, source
        self._number = 0
        self._votes, self._ballots = {}, []
        self._move("voting")
        self._round = self._turn

    def _move(self, stage: Stage) -> None:
        self._stage: Stage = stage
        self._turn = next(_turns)

    def _seen(self) -> Seen:
        return Seen(
            self._turn,
            self._round,
            self._number,
            len(self._draw.questions),
            self._stage,
            len(self._votes if self._stage == "voting" else self._ballots[-1]),
            self._people(),
        )

    def _enter(self, voter: str) -> bool:
        if not isinstance(voter, str) or not 0 < len(voter) <= LONGEST_NAME:
            return False
        if voter not in self._here and len(self._here) >= MOST_VOTERS:
            self._forget_those_who_left()
            if len(self._here) >= MOST_VOTERS:
                return False
        self._here[voter] = self._clock()
        return True

    def _forget_those_who_left(self) -> None:
        now = self._clock()
        self._here = {voter: at for voter, at in self._here.items() if now - at <= GONE_AFTER_S}

    def _people(self) -> int:
        now = self._clock()
        return sum(now - at <= GONE_AFTER_S for at in self._here.values())


_room: Room | None = None
_closing: threading.Timer | None = None
_one_at_a_time = threading.Lock()


def current() -> Room | None:
    """The room that is open; one that was abandoned is closed."""
    with _one_at_a_time:
        if _room is not None and _room.abandoned:
            _forget()
        return _room


def open_room(
    draw: Draw, pictures: tuple[str, ...], desk: str, *, own: bool = False, source: str = ""
) -> Room:
    """The only one: where one is open already, that one goes on."""
    global _room
    with _one_at_a_time:
        if _room is None or _room.abandoned:
            _forget()
            _room = Room(draw, pictures, desk, own=own, source=source)
            _look_later()
        return _room


def close(room: Room) -> None:
    """Everything in it is gone; another room that was opened meanwhile stays."""
    with _one_at_a_time:
        if _room is room:
            _forget()


def forget(photo: str | None = None) -> None:
    """This photo was deleted, or photos that are not everybody's: a room that shows such closes.

    An evaluation may know a kept face by a longer name, with its folder and data set before it.
    """
    room = current()
    if room is None or not room.own:
        return
    if photo is None or any(photo in one.id for one in room.draw.questions):
        close(room)


def _look_later() -> None:
    """So that an abandoned room is gone also where nobody asks for it."""
    global _closing
    _closing = threading.Timer(LOOK_EVERY_S, _look)
    _closing.daemon = True
    _closing.start()


def _look() -> None:
    with _one_at_a_time:
        if _closing is not threading.current_thread() or _room is None:
            return
        if _room.abandoned:
            _forget()
        else:
            _look_later()


def _forget() -> None:
    global _room, _closing
    if _closing is not None:
        _closing.cancel()
    _room = _closing = None
