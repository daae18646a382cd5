"""Two terminals that set up the same folder take turns; on a disk without locks nobody waits for ever."""

import errno
from pathlib import Path

import pytest

from launch import lock

fcntl = pytest.importorskip("fcntl")


def test_who_comes_second_does_not_get_the_lock(tmp_path: Path) -> None:
    with lock.alone(tmp_path / "lock"), (tmp_path / "lock").open("ab") as second:
        assert not lock._grab(second)


def test_on_a_disk_without_locks_it_goes_on_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(*wanted: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    # Whoever would wait here would do so for ever.
    monkeypatch.setattr(lock.time, "sleep", lambda _: pytest.fail("waits for a lock that nobody holds"))

    with lock.alone(tmp_path / "lock"):
        assert "This disk knows no locks" in capsys.readouterr().out
