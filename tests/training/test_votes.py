"""Votes outlive the visit, are read as a stranger's, and move the accuracy as a person would count it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model import atomic, registry
from tests.training import locks
from tests.training.tables import about, exact
from training import votes
from training.view import View
from training.votes import Cast, VoteError

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "home", lambda: tmp_path)
    return tmp_path


def cast(id_: str, vote: votes.Vote | None, label: int = 0) -> None:
    votes.cast("utkface", id_, vote, label, now=lambda: NOON)


def places(view: View) -> dict[str, int]:
    return {id_: place for place, id_ in enumerate(view.ids)}


def test_a_vote_is_a_line_beside_the_data(home: Path) -> None:
    cast("a.jpg", "wrong", 1)

    lines = (home / "data" / "votes" / "utkface.csv").read_text().splitlines()

    assert lines == ["id,vote,label,at", "a.jpg,wrong,male,2026-01-02T12:00:00+00:00"]
    assert votes.read("utkface") == {"a.jpg": Cast("wrong", 1, "2026-01-02T12:00:00+00:00")}


def test_voting_again_replaces_and_no_vote_takes_back() -> None:
    cast("a.jpg", "wrong")
    cast("b.jpg", "cannot_tell")
    cast("a.jpg", "right")
    assert {id_: one.vote for id_, one in votes.read("utkface").items()} == {
        "a.jpg": "right",
        "b.jpg": "cannot_tell",
    }

    cast("b.jpg", None)

    assert list(votes.read("utkface")) == ["a.jpg"]


@pytest.mark.parametrize(
    "id_", ["=1+1.jpg", "'quoted.jpg", 'a,"b".jpg', "dir/né.jpg", "two\nlines.jpg", "@x", "''=a"]
)
def test_any_name_comes_back_as_it_was_and_is_no_formula(home: Path, id_: str) -> None:
    cast(id_, "wrong")

    assert list(votes.read("utkface")) == [id_]
    line = (home / "data" / "votes" / "utkface.csv").read_text().splitlines()[1]
    assert line[0] not in "=+-@"


@pytest.mark.parametrize("photos", ["folder:/somewhere/../x", "zip:C:\\a.zip", "../../etc/x", "", "A" * 900])
def test_a_name_that_is_a_path_never_becomes_one(home: Path, photos: str) -> None:
    votes.cast(photos, "a.jpg", "wrong", 0)

    [path] = (path for path in home.rglob("*") if path.is_file() and path.name != ".lock")
    assert path.parent == home / "data" / "votes"
    assert list(votes.read(photos)) == ["a.jpg"]


@pytest.mark.parametrize(
    "content",
    [
        b"id,vote,label,at\na.jpg,maybe,male,2026-01-02",
        b"id,vote,label,at\na.jpg,wrong,dog,2026-01-02",
        b"id,vote,label,at\na.jpg,wrong,male,yesterday",
        b"id,vote,label,at\n,wrong,male,2026-01-02",
        b"id,vote,label,at\na.jpg,wrong",
        b"id,vote\na.jpg,wrong",
        b"\xff\xfe\x00broken",
        b'id,vote,label,at\n"a.jpg,wrong,male',
        b"id,vote,label,at\n" + b"a" * 140_000 + b",wrong,male,2026-01-02",
    ],
)
def test_a_file_of_somebody_else_is_refused_and_left_alone(home: Path, content: bytes) -> None:
    path = home / "data" / "votes" / "utkface.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    with pytest.raises(VoteError) as refused:
        cast("a.jpg", "wrong")

    assert refused.value.code == "votes_damaged"
    assert path.read_bytes() == content


def test_a_file_that_is_far_too_large_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(votes, "MAX_BYTES", 60)
    cast("a" * 50, "wrong")

    with pytest.raises(VoteError, match="damaged"):
        votes.read("utkface")


def test_there_is_an_end_to_votes_but_not_to_changing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(votes, "MAX_VOTES", 2)
    cast("a.jpg", "wrong")
    cast("b.jpg", "wrong")

    with pytest.raises(VoteError) as refused:
        cast("c.jpg", "wrong")
    cast("a.jpg", "right")

    assert refused.value.code == "votes_full"
    assert votes.read("utkface")["a.jpg"].vote == "right"


def test_a_disk_that_takes_nothing_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    cast("a.jpg", "wrong")
    monkeypatch.setattr(atomic, "write", full)

    with pytest.raises(VoteError) as refused:
        cast("b.jpg", "wrong")

    assert refused.value.code == "votes_failed"
    assert list(votes.read("utkface")) == ["a.jpg"]


def test_a_class_that_votes_at_once_loses_no_vote() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: cast(f"{number}.jpg", "wrong"), range(24)))

    assert len(votes.read("utkface")) == 24


def test_another_process_has_its_turn_before_a_vote_is_cast(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast("a.jpg", "wrong")

    with locks.waited_for(home / "data" / "votes" / ".lock", lambda: cast("c.jpg", "wrong"), monkeypatch):
        path = votes.file("utkface")
        path.write_text(path.read_text() + path.read_text().splitlines()[1].replace("a.jpg", "b.jpg"))

    assert list(votes.read("utkface")) == ["a.jpg", "b.jpg", "c.jpg"]


def test_accuracy_moves_as_a_person_would_count_it() -> None:
    view = View.of(exact([[90, 10], [5, 95]]), about())
    wrong = view.ids[~view.at().right]
    cast_ = {
        wrong[0]: Cast("wrong", 0, "2026-01-01"),  # is a man after all: now right
        wrong[1]: Cast("right", 0, "2026-01-01"),
        wrong[2]: Cast("cannot_tell", 0, "2026-01-01"),
        wrong[3]: Cast("wrong", 1, "2026-01-01"),  # the label has been mended since
        "no such photo": Cast("wrong", 0, "2026-01-01"),
    }

    found = votes.outcome(view.at(), places(view), cast_)

    assert found.labelled
    assert found.labelled.value == 185 / 200
    assert found.voted
    assert found.voted.value == pytest.approx(186 / 199)
    assert found.voted.low < 186 / 199 < found.voted.high
    assert (found.counted, found.only_on_errors) == (3, True)


def test_a_vote_on_a_right_answer_can_lower_the_accuracy() -> None:
    view = View.of(exact([[90, 10], [5, 95]]), about())

    found = votes.outcome(view.at(), places(view), {view.ids[0]: Cast("wrong", 0, "2026-01-01")})

    assert found.voted
    assert found.voted.value == pytest.approx(184 / 200)
    assert not found.only_on_errors


def test_without_faces_there_is_no_accuracy() -> None:
    view = View.of(exact([[0, 0], [0, 0]]), about())

    found = votes.outcome(view.at(), places(view), {})

    assert (found.labelled, found.voted, found.counted) == (None, None, 0)
