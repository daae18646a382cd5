"""Every check of the project, one after the other, each to its end; then what came of them in a few lines."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from launch.child import PATIENCE_S, Command, child
from launch.progress import duration

CHECKS = (
    ("format", ("ruff", "format", "--check", ".")),
    ("lint", ("ruff", "check", ".")),
    ("types", ("mypy",)),
    # Two at a time, as every laptop has two cores; a file's tests stay together and share what they set up.
    ("tests", ("pytest", "-n", "2", "--dist", "loadfile")),
)


def run(python: Path, root: Path, *, env: Mapping[str, str], pytest_args: Sequence[str] = ()) -> int:
    """Returns 0 when all went well, else 1."""
    results = []
    for name, (tool, *args) in CHECKS:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        more = pytest_args if tool == "pytest" else ()
        status = _status([python, "-m", tool, *args, *more], root, env)
        results.append((name, status, time.monotonic() - began))
    print()
    for name, status, seconds in results:
        print(f"{name:8} {'ok' if status == 0 else 'FAILED':8} {duration(seconds)}")
    return int(any(status for _, status, _ in results))


def _status(command: Command, root: Path, env: Mapping[str, str]) -> int:
    with child(command, cwd=root, env=env) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told pytest as well; it is putting its own servers away.
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            raise
