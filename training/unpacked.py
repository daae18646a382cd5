"""The photos of zips as they lie unpacked among what the app keeps: where, which, and how to be rid of them."""

import hashlib
import shutil
from functools import lru_cache
from pathlib import Path

from model import registry
from training import crop_folders
from training.zips import ZipError


def place(archive: Path) -> Path:
    """Where the photos of this zip lie once they are unpacked: a folder for each content, whatever its name is."""
    try:
        stat = archive.stat()
        content = _content(archive, stat.st_mtime_ns, stat.st_size)
    except FileNotFoundError as error:
        raise ZipError("zip_gone", path=archive) from error
    except OSError as error:
        raise ZipError("zip_damaged") from error
    return _root() / content[:32]


def is_here(archive: Path) -> bool:
    """Whether its photos can be looked at without unpacking anything."""
    try:
        return count() > 0 and place(archive).is_dir()
    except ZipError:
        return False


def count() -> int:
    """Of how many zips photos lie here."""
    return len(_folders())


def delete() -> None:
    """The photos of all of them, and the faces cut out of those; the zips themselves stay where they are."""
    from training import mistakes  # who only asks where a zip lies needs no pictures

    crop_folders.forget_kind("zip", registry.home())
    for folder in _folders():
        shutil.rmtree(folder, ignore_errors=True)
    mistakes.forget(lambda source: source.startswith("zip:"))


def _root() -> Path:
    return registry.home() / "data" / "unpacked"


def _folders() -> list[Path]:
    """Those that are whole: what is being unpacked has a name with a point in front."""
    root = _root()
    return [path for path in root.iterdir() if not path.name.startswith(".")] if root.is_dir() else []


@lru_cache(maxsize=64)
def _content(archive: Path, changed_ns: int, size: int) -> str:
    """Read once for each state of the file: it may have gigabytes."""
    del changed_ns, size
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
