"""What a run tells the world while it goes on: `status.json`, `history.csv` and `log.txt` in its folder.

Whoever shows a run reads these files; nobody holds a run in memory. A process is alive when its pid, the time that it
was started and its heartbeat agree; of one on another computer, only the heartbeat can be seen.
"""

import csv
import io
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model import atomic
from training import json_file

STATES = ("queued", "running", "paused", "stopped", "failed", "done")
EVERY_S = 2.0
HOST = socket.gethostname()
# What the history calls the validation photos, by their label and the answer: 0 female, 1 male.
CELLS = {
    (0, 0): "val_female_as_female",
    (0, 1): "val_female_as_male",
    (1, 0): "val_male_as_female",
    (1, 1): "val_male_as_male",
}
_ENDED = ("Z", "X")  # of a process that is over, though its parent has not asked after it
_STOP_REQUEST = "stop"
_MAX_BYTES = 4_000_000

Wish = Literal["stop", "pause", "finish"]


class Progress:
    """The writer's side. `clock` is wall time, which a test can set."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._written_at = 0.0
        self._lock = threading.Lock()
        self._status: dict[str, Any] = {
            "state": "running",
            "stage": "starting",
            "epoch": 0,
            "epochs": 0,
            "step": 0,
            "steps": 0,
            "images_per_s": None,
            "eta_s": None,
            "metrics": {},
            "reason": None,
            "code": None,
            "facts": {},
            "host": HOST,
            "pid": os.getpid(),
            "pid_started": started_at(os.getpid()),
            "heartbeat": None,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def tell(self, *, now: bool = False, **news: Any) -> None:
        """Take the news in; write them if the last writing is some seconds past, or at once if `now`."""
        unknown = set(news) - set(self._status)
        if unknown:
            raise ValueError(f"status.json has no field {sorted(unknown)[0]!r}")
        with self._lock:
            self._status.update(news)
            if now or not 0 <= self._clock() - self._written_at < EVERY_S:  # below 0 the clock was put back
                self._written_at = self._clock()
                self._status["heartbeat"] = self._written_at
                atomic.write(self.folder / "status.json", json.dumps(self._status, indent=1).encode())

    def tell_at_last(self, **news: Any) -> None:
        """As `tell`; where the disk has no room for another file, written over the one that is there."""
        try:
            self.tell(now=True, **news)
        except OSError as error:
            if not atomic.is_full(error):
                raise
            with (self.folder / "status.json").open("r+b") as file:
                file.write(json.dumps(self._status, indent=1).encode())
                file.truncate()

    def log(self, line: str) -> None:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self._clock()))
        with (self.folder / "log.txt").open("a", encoding="utf-8") as file:
            file.write(f"{stamp}  {line}\n")

    def history(self, rows: list[Mapping[str, Any]]) -> None:
        """The whole history, one row an epoch: written anew each time, so that a killed run never repeats one."""
        if not rows:
            return
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        atomic.write(self.folder / "history.csv", text.getvalue().encode())

    def stop_requested(self) -> bool:
        return wish(self.folder) is not None

    def forget_stop_request(self) -> None:
        forget_stop_request(self.folder)


@contextmanager
def heartbeat(progress: Progress) -> Iterator[None]:
    """Show that the process lives also while one step takes long."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(EVERY_S * 2):
            try:
                progress.tell()
            except OSError:
                return  # the disk is full or gone; the work itself meets the same error and reports it

    thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def counted(row: Mapping[str, float | str]) -> NDArray[np.int64] | None:
    """How many validation photos of each label got each answer; None where the run did not count them."""
    cells = np.zeros((2, 2), np.int64)
    for at, name in CELLS.items():
        count = row.get(name)
        if not isinstance(count, float) or not 0 <= count < 1e9:
            return None
        cells[at] = int(count)
    return cells


def request_stop(folder: Path, how: Wish = "stop") -> None:
    """Ask the run to save where it stands and end; it looks after every step. To `finish` makes a model of the best."""
    atomic.write(folder / _STOP_REQUEST, how.encode())


def forget_stop_request(folder: Path) -> None:
    (folder / _STOP_REQUEST).unlink(missing_ok=True)


def wish(folder: Path) -> Wish | None:
    """How the run was asked to end, if it was."""
    try:
        with (folder / _STOP_REQUEST).open("rb") as file:
            said = file.read(10)
    except FileNotFoundError:
        return None
    return "pause" if said == b"pause" else "finish" if said == b"finish" else "stop"


def read_status(folder: Path) -> dict[str, Any] | None:
    try:
        return json_file.read(folder / "status.json", _MAX_BYTES)
    except (OSError, ValueError):
        return None


def is_alive(status: Mapping[str, Any], now: float | None = None, silent_s: float = 60.0) -> bool:
    """Whether the process that wrote this status is still the one at work."""
    silence = (time.time() if now is None else now) - (status.get("heartbeat") or 0)
    if status.get("state") != "running" or silence > silent_s:
        return False
    if elsewhere(status) is not None:
        return (
            silence >= -silent_s
        )  # by a clock that is ahead of this one, it would live long after its death
    return started_at(int(status["pid"])) == status["pid_started"]


def elsewhere(status: Mapping[str, Any]) -> str | None:
    """The name of the computer that the process is on, where it is another than this."""
    host = status.get("host")
    return host[:100] if isinstance(host, str) and host != HOST else None


def started_at(pid: int) -> float | None:
    """When the process began, in clock ticks since boot where the system tells; a reused pid has another."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return _exists(pid)
    if fields[0] in _ENDED:
        return None
    return float(fields[19])


def _exists(pid: int) -> float | None:
    if os.name != "posix":
        return 0.0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0.0
    return 0.0
