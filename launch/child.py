"""A child process that never outlives the block that uses it."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

PATIENCE_S = 10

Command = Sequence[str | PathLike[str]]


@contextmanager
def child(
    command: Command, *, env: Mapping[str, str], cwd: Path | None = None, captured: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """Start it without stdin; when the block is left while it still runs, ask it to end, wait, insist."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if captured else None,
        stderr=subprocess.STDOUT if captured else None,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """A second Ctrl-C stops the waiting."""
    try:
        process.terminate()
        process.wait(PATIENCE_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
