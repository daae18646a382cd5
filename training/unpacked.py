"""The photos of zips as they lie unpacked among what the app keeps: where, which, and how to be rid of them."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path

from model import atomic, registry
from training import background, crop_folders
from training.zips import UNFINISHED, ZipError, extract

_DELETED = ".deleted-"


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


def photos(archive: Path) -> Path:
    """The folder of its photos, unpacked now where nobody has done so; who asks for the same one at once waits."""
    folder = place(archive)
    if folder.is_dir():
        return folder
    with _writing(archive.stat().st_size), _alone():
        if not folder.is_dir():
            extract(archive, folder)
    return folder


def count() -> int:
    """Of how many zips photos lie here."""
    root = _root()
    if _leftovers(root):
        with background.alone(root) as mine:
            if mine:
                _sweep(root)
    return len(_folders())


def delete() -> None:
    """The photos of all of them, and the faces cut out of those; the zips themselves stay where they are."""
    from training import mistakes  # who only asks where a zip lies needs no pictures

    def forget() -> None:
        mistakes.forget(lambda source: source.startswith("zip:"))

    forget()  # before as well: who is killed on the way leaves none that nobody could ask to delete
    with _alone() as root:
        crop_folders.forget_kind("zip", registry.home())
        for folder in _folders():
            folder.rename(root / f"{_DELETED}{folder.name}")
        _sweep(root)
    forget()


@contextmanager
def _alone() -> Iterator[Path]:
    """Alone in changing what lies here; gives the folder of all."""
    root = _root()
    with background.turn(root / ".lock"):
        _sweep(root)
        yield root


def _writing(size: int) -> AbstractContextManager[None]:
    return atomic.where_it_can_be_written(
        lambda code: ZipError("zip_no_room", mb=size >> 20) if code == "disk_full" else ZipError(code)
    )


def _leftovers(root: Path) -> list[Path]:
    return [*root.glob(f"{UNFINISHED}*"), *root.glob(f"{_DELETED}*")]


def _sweep(root: Path) -> None:
    """Whoever unpacked or deleted these was interrupted: nobody else is at it while the lock is held."""
    for part in _leftovers(root):
        shutil.rmtree(part, ignore_errors=True)


def _root() -> Path:
    return registry.home() / "data" / "unpacked"


def _folders() -> list[Path]:
    """Those that are whole: what is being unpacked or deleted has a name with a point in front."""
    root = _root()
    return [path for path in root.iterdir() if not path.name.startswith(".")] if root.is_dir() else []


@lru_cache(maxsize=64)
def _content(archive: Path, changed_ns: int, size: int) -> str:
    """Read once for each state of the file: it may have gigabytes."""
    del changed_ns, size
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
