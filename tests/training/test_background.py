"""Locks that are held are waited for; a disk that knows none, or takes nothing, is told in a sentence at once."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training import disks
from training import background, choices, collection, jobs, page_jobs, promotion
from training.choices import Choice
from training.jobs import Asked
from training.page_asked import Inspect
from training.recipe import PRESETS
from training.table import SPLITS

fcntl = pytest.importorskip("fcntl")

CLOSED: dict[str, Callable[[], object]] = {
    "enqueue": lambda: jobs.enqueue(Asked(("flagged",), PRESETS["quick"])),
    "page job": lambda: page_jobs.start(Inspect("folder:/x")),
    "promote": lambda: promotion.promote("mine", "to see"),
    "collection": lambda: collection.add([("female", b"x")]),
    "choice": lambda: choices.keep(Choice("x", (), dict.fromkeys(SPLITS, ()))),
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        monkeypatch.setenv("RUPA_HOME", str(place))
        yield place


@pytest.fixture
def without_locks(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a network's disk whose server keeps no locks."""
    asked: list[object] = []

    def none(*wanted: object) -> None:
        asked.append(wanted)
        if len(asked) > 20:
            pytest.fail("waits for ever for a lock that nobody holds")
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)


def test_a_lock_that_another_holds_is_not_had_and_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("ab") as one, path.open("ab") as other:
        assert background.grab(one)
        assert not background.grab(other)
        background.release(one)
        assert background.grab(other)


def test_a_disk_without_locks_is_a_fault_and_waited_for_by_nobody(
    without_locks: None, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No locks"), background.turn(tmp_path / "lock"):
        pytest.fail("nobody holds it")


@pytest.mark.parametrize("what", CLOSED)
def test_where_no_lock_can_be_had_it_is_said_in_a_sentence(without_locks: None, what: str) -> None:
    assert code_of(CLOSED[what]) == ("chosen_not_kept" if what == "choice" else "disk_closed")


def test_where_nothing_may_be_written_it_is_said_in_a_sentence(small: Path) -> None:
    disks.close(small)

    codes = [code_of(change) for change in CLOSED.values()]

    assert codes == ["disk_closed"] * 4 + ["chosen_not_kept"]


def code_of(change: Callable[[], object]) -> Any:
    with pytest.raises(Exception, match=r"\.$") as refused:  # a sentence, which an OSError is not
        change()
    return getattr(refused.value, "code", refused.value)
