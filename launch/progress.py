"""A long command as a few calm lines: its output goes to a log, the screen shows the step and the time."""

import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from launch.child import Command, child


def run_quietly(
    command: Command,
    title: str,
    *,
    log: Path,
    env: Mapping[str, str],
    step: Callable[[str], str | None] = lambda line: None,
    limit_s: float = 3 * 3600,
) -> int:
    """Run, append every line to `log`, and show what `step` makes of it. Returns the exit status."""
    with (
        log.open("a", encoding="utf-8") as record,
        _Line(title) as screen,
        child(command, env=env, captured=True) as process,
    ):
        record.write(f"\n$ {' '.join(map(str, command))}\n")
        limit = threading.Timer(limit_s, process.kill)
        limit.daemon = True
        limit.start()
        for line in process.stdout or ():
            record.write(line)
            record.flush()
            screen.show(step(line))
        limit.cancel()
        return process.wait()


def pip_step(line: str) -> str | None:
    """The step that a line of pip's output stands for, or nothing."""
    if found := re.match(r"\s*(?:Downloading|Using cached) (?:\S*/)?([^/\s]+?)-\d\S* \((\d[^)]*)\)", line):
        return f"fetching {found[1]} ({found[2]})"
    if found := re.match(r"Collecting ([A-Za-z0-9_.-]+)", line):
        return f"looking for {found[1]}"
    if line.startswith("Installing collected packages"):
        return f"unpacking {line.count(',') + 1} packages"
    return None


def duration(seconds: float) -> str:
    """`7 s`, `2 min 5 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class _Line:
    """Rewritten each second on a terminal; elsewhere one line when it begins and one when it has ended."""

    def __init__(self, title: str) -> None:
        self._title, self._step = title, ""
        self._began = time.monotonic()
        self._over = threading.Event()
        self._live = sys.stdout.isatty()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "_Line":
        if self._live:
            self._ticker.start()
        else:
            print(f"{self._title} ...", flush=True)
        return self

    def show(self, step: str | None) -> None:
        if step:
            self._step = step

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._live:
            self._ticker.join()
        end = f"{self._title}: {duration(time.monotonic() - self._began)}"
        print(self._rewritten(end) if self._live else end, flush=True)

    def _tick(self) -> None:
        over = False
        while not over:
            passed = duration(time.monotonic() - self._began)
            print(self._rewritten(f"{self._title} ... {passed}  {self._step}"), end="", flush=True)
            over = self._over.wait(1)

    def _rewritten(self, line: str) -> str:
        width = shutil.get_terminal_size().columns - 1
        return f"\r{line[:width].ljust(width)}"
