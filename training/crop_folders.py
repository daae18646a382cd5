"""The folders of faces that were cut: whose photos each holds, and how they go with those, or after a long rest.

They can be cut again as long as the photos are there, so what nobody has used for some days makes room.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from model import atomic

MOST_BYTES = 20 * 2**30
RESTED_S = 7 * 24 * 3600.0
_SOURCES = "sources.json"
_DELETED = ".deleted-"


def root(home: Path) -> Path:
    return home / "data" / "crops"


def use(folder: Path, sources: Sequence[str]) -> None:
    """Make it if it is not there, remember whose faces come into it and that it is used now; others make room."""
    folder.mkdir(parents=True, exist_ok=True)
    known = _sources(folder)
    if set(sources) - set(known) or not (folder / _SOURCES).exists():  # the same photos can be kept twice
        atomic.write(folder / _SOURCES, json.dumps(list({*known, *sources})).encode())
    os.utime(folder)
    with suppress(FileNotFoundError):  # another process makes room as well
        _make_room(folder.parent)


def forget(source: str, home: Path) -> None:
    """Take every face off the disk that was cut out of these photos."""
    for folder in _folders(root(home)):
        if source in _sources(folder):
            _delete(folder)
    _sweep(root(home))


def _make_room(within: Path) -> None:
    """What has rested longest goes first, until the rest is not too much."""
    _sweep(within)
    by_rest = sorted((folder.stat().st_mtime, folder) for folder in _folders(within))
    sizes = {folder: sum(file.stat().st_size for file in folder.iterdir()) for _, folder in by_rest}
    total = sum(sizes.values())
    for used, folder in by_rest:
        if total <= MOST_BYTES or time.time() - used < RESTED_S:
            return
        _delete(folder)
        total -= sizes[folder]


def _delete(folder: Path) -> None:
    """Under another name first: half a folder would be taken for faces that are all black."""
    gone = folder.with_name(f"{_DELETED}{folder.name}-{time.time_ns()}")
    # Another process was faster; or reads it on Windows, where it then goes with the next deletion, or after its rest.
    with suppress(FileNotFoundError, PermissionError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _sweep(within: Path) -> None:
    """Whoever deleted these was interrupted; two at once do no harm."""
    for part in within.glob(f"{_DELETED}*"):
        shutil.rmtree(part, ignore_errors=True)


def _folders(within: Path) -> Iterator[Path]:
    if within.is_dir():
        yield from [path for path in within.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _sources(folder: Path) -> list[str]:
    """Nobody's where it does not say: folders of an earlier version held published photos."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / _SOURCES).read_bytes())
        return found if isinstance(found, list) else []
    return []
