"""The folders of faces that were cut: whose photos each holds, and how they go with those, or after a long rest.

They can be cut again as long as the photos are there, so what nobody has used for some days makes room.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from model import atomic

MOST_BYTES = 20 * 2**30
RESTED_S = 7 * 24 * 3600.0
_SOURCES = "sources.json"
_DELETED = ".deleted-"
_TO_DELETE = "to-delete"


def root(home: Path) -> Path:
    return home / "data" / "crops"


def use(folder: Path, sources: Mapping[str, str]) -> None:
    """Make it if it is not there, remember whose faces come into it and that it is used now; others make room.

    `sources` says in which state each is (`source_state.py`): what was cut in another state goes, since photos may have
    been removed since.
    """
    _sweep(folder.parent)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _TO_DELETE).unlink(missing_ok=True)
    known = _sources(folder)
    all_of_it = {**known, **sources}  # the same photos can be kept twice
    if all_of_it != known or not (folder / _SOURCES).exists():
        atomic.write(folder / _SOURCES, json.dumps(all_of_it).encode())
    os.utime(folder)
    for other in _folders(folder.parent):
        if other != folder and any(
            was and sources.get(one, was) != was for one, was in _sources(other).items()
        ):
            _delete(other)
    with suppress(FileNotFoundError):  # another process makes room as well
        _make_room(folder.parent)


def forget(source: str, home: Path) -> None:
    """Take every face off the disk that was cut out of these photos."""
    _forget(source.__eq__, home)


def forget_kind(kind: str, home: Path) -> None:
    """The same for all sources of this kind, such as `zip`."""
    _forget(lambda source: source.startswith(f"{kind}:"), home)


def _forget(is_gone: Callable[[str], bool], home: Path) -> None:
    for folder in _folders(root(home)):
        if any(map(is_gone, _sources(folder))):
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
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return  # another process was faster
    except PermissionError:  # somebody reads it on Windows: it goes with the next sweep after that
        with suppress(OSError):
            (folder / _TO_DELETE).touch()
        return
    shutil.rmtree(gone, ignore_errors=True)


def _sweep(within: Path) -> None:
    """Whoever deleted these was interrupted, or refused; two at once do no harm."""
    for folder in _folders(within):
        if (folder / _TO_DELETE).exists():
            _delete(folder)
    for part in within.glob(f"{_DELETED}*"):
        shutil.rmtree(part, ignore_errors=True)


def _folders(within: Path) -> Iterator[Path]:
    if within.is_dir():
        yield from [path for path in within.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _sources(folder: Path) -> dict[str, str]:
    """With the state of each. Nobody's where it does not say: folders of an earlier version held published photos."""
    with suppress(OSError, ValueError):
        found = json.loads((folder / _SOURCES).read_bytes())
        if isinstance(found, list):  # once without their states
            found = dict.fromkeys(map(str, found), "")
        if isinstance(found, dict):
            return {str(source): str(state) for source, state in found.items()}
    return {}
