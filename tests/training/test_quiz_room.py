"""The room: each phone has one vote, nothing is told too early, nothing counts too late, and nothing stays."""

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import quiz_room
from training.quiz import Draw, Question
from training.quiz_room import GONE_AFTER_S, LEFT_AFTER_S, LONGEST_S, MOST_VOTERS, Room
from training.quiz_score import CANNOT_TELL, Tally, Vote

DRAW = Draw(tuple(Question(f"{n}.jpg", n % 2, 0.7, True) for n in range(3)), 1)
PICTURES = ("a", "b", "c")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> Room:
    return Room(DRAW, PICTURES, "desk", clock)


@pytest.fixture(autouse=True)
def no_room() -> Iterator[None]:
    yield
    if left := quiz_room.current():
        quiz_room.close(left)


def play(room: Room, *ballots: dict[str, Vote]) -> None:
    for ballot in ballots:
        turn = room.seen().turn
        for voter, vote in ballot.items():
            assert room.vote(voter, turn, vote) == "counts"
        room.reveal(turn)
        room.next(room.seen().turn)


def test_a_later_vote_takes_the_place_of_the_earlier_one(room: Room) -> None:
    turn = room.seen().turn
    for answer in (0, 1, None, 1):
        assert room.vote("ana", turn, Vote(answer)) == "counts"
    room.vote("budi", turn, CANNOT_TELL)

    assert room.seen().votes == 2
    room.reveal(turn)
    assert room.snapshot().revealed == (DRAW.questions[0], Tally(0, 1, 1))


def test_votes_after_the_reveal_and_for_another_face_do_not_count(room: Room) -> None:
    first = room.seen().turn
    room.vote("ana", first, Vote(1))
    room.reveal(first)

    assert room.vote("budi", first, Vote(0)) == "late"
    assert room.vote("budi", room.seen().turn, Vote(0)) == "late"
    room.next(room.seen().turn)
    assert room.vote("budi", first, Vote(0)) == "late"
    assert room.seen().votes == 0


@pytest.mark.parametrize("turn", [-1, 0, 10**9, True, 1.0, "1", None, float("nan")])
def test_a_forged_turn_is_late(room: Room, turn: object) -> None:
    assert room.vote("ana", turn, Vote(1)) == "late"  # type: ignore[arg-type]
    assert room.seen().votes == 0


@pytest.mark.parametrize("voter", ["", "x" * 65, None, 7, b"ana"])
def test_a_forged_voter_has_no_vote(room: Room, voter: object) -> None:
    assert room.vote(voter, room.seen().turn, Vote(1)) == "full"  # type: ignore[arg-type]
    assert room.seen().votes == 0


def test_what_is_right_is_told_when_it_is_revealed_and_not_before(room: Room) -> None:
    assert room.snapshot().revealed is None
    assert room.snapshot().result is None
    room.reveal(room.seen().turn)
    assert room.snapshot().revealed is not None
    assert room.snapshot().result is None
    room.next(room.seen().turn)
    assert room.snapshot().revealed is None
    assert room.snapshot().picture == "b"


def test_two_clicks_on_one_button_are_one(room: Room) -> None:
    turn = room.seen().turn
    room.next(turn)
    assert room.seen().turn == turn
    room.reveal(turn)
    room.reveal(turn)
    revealed = room.seen().turn
    room.next(revealed)
    room.next(revealed)

    assert room.seen().number == 1


def test_at_the_end_the_votes_are_there_and_nobody_knows_whose(room: Room) -> None:
    play(room, {"ana": Vote(0, 2), "budi": Vote(1)}, {}, {"ana": CANNOT_TELL})

    result = room.snapshot().result
    assert result is not None
    assert result.ballots == ((Vote(0, 2), Vote(1)), (), (CANNOT_TELL,))
    assert room.snapshot().picture is None
    assert "ana" not in repr([part for name, part in vars(room).items() if name != "_here"])


def test_another_round_begins_empty_and_under_another_number(room: Room) -> None:
    play(room, *[{"ana": Vote(0)}] * 3)
    before = room.seen()

    room.again(Draw(DRAW.questions[:1], 2), ("z",))

    now = room.seen()
    assert (now.stage, now.number, now.of, now.votes) == ("voting", 0, 1, 0)
    assert now.round != before.round
    assert room.vote("ana", before.turn, Vote(0)) == "late"


def test_a_round_without_faces_is_none(room: Room) -> None:
    with pytest.raises(ValueError, match="faces"):
        room.again(Draw((), 1), ())
    with pytest.raises(ValueError, match="picture"):
        room.again(DRAW, ("a",))


def test_the_room_has_places_until_it_is_full_and_again_when_people_leave(room: Room, clock: Clock) -> None:
    turn = room.seen().turn
    for number in range(MOST_VOTERS):
        assert room.enter(f"{number}")

    assert not room.enter("one more")
    assert room.vote("one more", turn, Vote(0)) == "full"
    assert room.vote("7", turn, Vote(0)) == "counts"
    clock.now_s = GONE_AFTER_S + 1
    assert room.vote("one more", turn, Vote(0)) == "counts"
    assert room.seen().people == 1


def test_no_crowd_of_names_makes_more_votes_than_there_are_places(room: Room, clock: Clock) -> None:
    turn = room.seen().turn
    for number in range(3 * MOST_VOTERS):
        clock.now_s += GONE_AFTER_S
        room.vote(f"{number}", turn, Vote(0))

    assert room.seen().votes == MOST_VOTERS


def test_votes_of_phones_that_have_gone_give_way_to_phones_that_are_here(room: Room, clock: Clock) -> None:
    turn = room.seen().turn
    room.vote("ana", turn, Vote(0))
    for number in range(MOST_VOTERS - 1):
        room.vote(f"{number}", turn, Vote(1))
    clock.now_s = GONE_AFTER_S + 1
    room.enter("ana")

    for real in range(MOST_VOTERS - 1):
        assert room.vote(f"real {real}", turn, Vote(0)) == "counts"
        assert room.vote(f"real {real}", turn, Vote(0)) == "counts"
    assert (room.seen().votes, room.seen().people) == (MOST_VOTERS, MOST_VOTERS)
    assert room.vote("one more", turn, Vote(1)) == "full"
    room.reveal(turn)

    revealed = room.snapshot().revealed
    assert revealed is not None
    assert revealed[1] == Tally(MOST_VOTERS, 0, 0)


def test_many_vote_at_once_and_each_counts_once(room: Room) -> None:
    turn, people = room.seen().turn, 200
    start = threading.Barrier(16)

    def vote(hand: int) -> None:
        start.wait()
        for number in range(hand, people * 4, 16):
            room.vote(f"{number % people}", turn, Vote(number // people % 2))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(vote, range(16)))

    assert room.seen().votes == people
    room.reveal(turn)
    assert sum((room.snapshot().revealed or (None, Tally(0, 0, 0)))[1].__dict__.values()) == people


def test_who_votes_while_it_is_revealed_is_counted_or_late_but_never_lost(room: Room) -> None:
    turn = room.seen().turn
    start = threading.Barrier(9)

    def vote(hand: int) -> int:
        start.wait()
        return sum(room.vote(f"{hand}-{number}", turn, Vote(0)) == "counts" for number in range(50))

    def reveal() -> None:
        start.wait()
        room.reveal(turn)

    with ThreadPoolExecutor(9) as pool:
        revealing = pool.submit(reveal)
        counted = sum(pool.map(vote, range(8)))
        revealing.result()

    revealed = room.snapshot().revealed
    assert revealed is not None
    assert revealed[1].female == counted


@given(st.lists(st.tuples(st.sampled_from("vrne"), st.integers(0, 4), st.integers(0, 3))))
def test_no_order_of_clicks_breaks_it(clicks: list[tuple[str, int, int]]) -> None:
    room = Room(DRAW, PICTURES, "desk", Clock())
    turns = [room.seen().turn]
    for click, voter, back in clicks:
        turn = turns[max(0, len(turns) - 1 - back)]
        if click == "v":
            room.vote(str(voter), turn, Vote(voter % 2))
        elif click == "r":
            room.reveal(turn)
        elif click == "n":
            room.next(turn)
        else:
            room.enter(str(voter))
        seen = room.seen()
        if seen.turn != turns[-1]:
            turns.append(seen.turn)
        assert 0 <= seen.number < seen.of
        assert seen.votes <= 5
        assert (room.snapshot().revealed is not None) == (seen.stage == "revealed")
        assert (room.snapshot().result is not None) == (seen.stage == "over")


def test_there_is_one_room_and_closing_it_leaves_nothing() -> None:
    first = quiz_room.open_room(DRAW, PICTURES, "one")

    assert quiz_room.open_room(DRAW, PICTURES, "two") is first
    assert quiz_room.current() is first
    gone = weakref.ref(first)
    quiz_room.close(first)
    del first
    gc.collect()
    assert quiz_room.current() is None
    assert gone() is None
    assert not [
        one
        for one in threading.enumerate()
        if isinstance(one, threading.Timer) and one.function is quiz_room._look and not one.finished.is_set()
    ]


def test_closing_a_room_that_is_gone_leaves_the_one_of_now() -> None:
    first = quiz_room.open_room(DRAW, PICTURES, "one")
    quiz_room.close(first)
    second = quiz_room.open_room(DRAW, PICTURES, "two")

    quiz_room.close(first)

    assert quiz_room.current() is second


def test_a_room_left_open_is_gone_after_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    old = quiz_room.open_room(DRAW, PICTURES, "one")
    monkeypatch.setattr(old, "_clock", lambda: 1e9 + LONGEST_S)

    assert quiz_room.current() is None
    assert quiz_room.open_room(DRAW, PICTURES, "two") is not old


def test_a_room_is_gone_once_the_presenters_screen_has_been_away_for_long(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(quiz_room, "LOOK_EVERY_S", 0.01)
    room = quiz_room.open_room(DRAW, PICTURES, "desk")
    monkeypatch.setattr(room, "_clock", clock)
    room.watch()
    clock.now_s = LEFT_AFTER_S
    room.watch()
    clock.now_s = 2 * LEFT_AFTER_S
    assert quiz_room.current() is room

    clock.now_s += 1
    while looking := quiz_room._closing:  # no phone asks any more
        looking.join()

    assert quiz_room._room is None


@pytest.mark.parametrize(
    ("own", "deleted", "stays"),
    [
        (False, None, True),
        (True, None, False),
        (True, "1.jpg", False),
        (True, "1", False),
        (True, "other", True),
    ],
)
def test_a_room_closes_when_what_it_shows_was_deleted(own: bool, deleted: str | None, stays: bool) -> None:
    quiz_room.open_room(DRAW, PICTURES, "desk", own=own)

    quiz_room.forget(deleted)

    assert (quiz_room.current() is not None) == stays
