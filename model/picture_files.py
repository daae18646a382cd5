"""Which pictures lie in a folder or a bucket, in the order of their names and one at a time, and how each is opened.

A place is a path, or an address that fsspec understands (s3://bucket/photos, file:///srv/photos). A folder is listed
only when its turn comes, so that millions of photos in many folders need no more memory than the largest of them.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from model import typed
from model.images import MAX_BYTES, PhotoError

SUFFIXES = {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".avif", ".gif", ".bmp", ".heic", ".heif"}
SENTENCES = {
    "no_fsspec": "To read from {place}, run: {python} -m pip install -r requirements-cluster.txt",
    "place_unreadable": "{place} cannot be listed: {reason}",
}

Place = Path | str


class PlaceError(Exception):
    """A place cannot be listed, for the reason that `code` names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts = facts


def place(text: str) -> Place:
    return text if "://" in text else Path(text)


def pictures(places: Iterable[Place]) -> Iterator[Place]:
    """The files that were named, and every picture in the folders that were."""
    for one in places:
        if isinstance(one, str):
            yield from _at_address(one)
        elif one.is_dir():
            yield from map(Path, _in_folder(one))
        else:
            yield one


def opener(one: Place) -> Callable[[], bytes]:
    """What reads the file when its turn comes: one byte more than is allowed tells the loader that it is too much."""

    def read() -> bytes:
        try:
            if isinstance(one, str):
                system, path = _filesystem(one)
                with system.open(path, "rb") as remote:
                    return bytes(remote.read(MAX_BYTES + 1))
            with one.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PhotoError("unreadable", reason=error.strerror or "it cannot be opened") from error

    return read


def _in_folder(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, path, is_folder in found:
        if is_folder:
            yield from _in_folder(Path(path))
        elif _is_picture(name) and os.path.isfile(path):
            yield path


def _at_address(address: str) -> Iterator[str]:
    system, path = _filesystem(address)
    try:
        if system.isfile(path):
            yield address
        else:
            yield from map(system.unstrip_protocol, _in_bucket(system, path))
    except OSError as error:
        raise PlaceError("place_unreadable", place=address, reason=error.strerror or error) from error


def _in_bucket(system: Any, folder: str) -> Iterator[str]:
    listed = sorted((str(entry["name"]), entry["type"]) for entry in system.ls(folder, detail=True))
    for name, kind in listed:
        if kind == "directory":
            if name.rstrip("/") != folder.rstrip("/"):
                yield from _in_bucket(system, name)
        elif _is_picture(name):
            yield name


def _filesystem(address: str) -> tuple[Any, str]:
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise PlaceError("no_fsspec", place=address, python=typed.python()) from error
    except (ValueError, OSError) as error:
        raise PlaceError("place_unreadable", place=address, reason=error) from error
    return system, str(path)


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES
