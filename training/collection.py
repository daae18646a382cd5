"""Photos that a person dropped and said in words may stay: a folder a label, until they are deleted again.

What is written is the picture alone, encoded anew and upright, without metadata and without the name it came with.
The name it gets is the hash of its content, so that the same photo dropped twice is there once.
"""

import hashlib
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from model import atomic, images, registry
from model.card import LABELS
from training import background, places
from training.folders import open_folder
from training.table import Dataset, DatasetError

PREFIX = "collection:"
MAX_PHOTOS = 4000
MAX_BYTES = 2 * 2**30
KEPT_PX = 1_000_000  # in as many pixels faces are looked for
_QUALITY = 92
_ID = re.compile(r"[0-9a-f]{12}")
_NEW, _DELETED = ".new-", ".deleted-"


class CollectionError(DatasetError):
    """Nothing was kept, opened or deleted, for the reason that `code` names."""

    sentences = {  # noqa: RUF012 - read only
        "collection_full": (
            "At most {most:,} photos of together {gb} GB are kept, and with these there would be more; nothing was "
            "kept."
        ),
        "collection_no_room": "The photos could not be kept, because the disk is full; nothing of them is left there.",
        "disk_closed": places.CLOSED,
        "collection_gone": "These photos are no longer kept here; somebody deleted them.",
        "collection_in_use": "A training run learns from these photos now; delete them when it has ended.",
    }


@dataclass(frozen=True)
class Collection:
    """Photos that are kept: how many of each label."""

    id: str
    women: int
    men: int

    @property
    def spec(self) -> str:
        """How `open_dataset` takes it."""
        return f"{PREFIX}{self.id}"


def encoded(data: bytes) -> bytes:
    """The picture in this file as it would be kept; raises `PhotoError`."""
    photo = images.load(data, working_px=KEPT_PX)
    file = io.BytesIO()
    Image.fromarray(photo.pixels).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def add(photos: Iterable[tuple[str, bytes]], id_: str | None = None) -> Collection:
    """Keep these, each a label and what `encoded` made of it, all or none; in a new collection, or in this one."""
    new = {(label, hashlib.sha256(data).hexdigest()[:24]): data for label, data in photos}
    if not {label for label, _ in new} <= set(LABELS):
        raise ValueError(f"A photo is kept as one of {', '.join(LABELS)}.")
    with _writing(), _alone():
        if id_ is not None and find(id_) is None:
            raise CollectionError("collection_gone")
        folder = _root() / (id_ or secrets.token_hex(6))
        sizes = {path: path.stat().st_size for one in all_kept() for path in _files(_root() / one.id)}
        sizes |= {folder / label / f"{name}.jpg": len(data) for (label, name), data in new.items()}
        if len(sizes) > MAX_PHOTOS or sum(sizes.values()) > MAX_BYTES:
            raise CollectionError("collection_full", most=MAX_PHOTOS, gb=MAX_BYTES >> 30)
        _put(folder, new)
    found = find(folder.name)
    assert found is not None
    return found


def all_kept() -> list[Collection]:
    """The one that was begun last comes first."""
    root = _root()
    if _leftovers(root):
        with background.alone(root) as mine:
            if mine:
                _sweep(root)
    folders = [path for path in root.iterdir() if _ID.fullmatch(path.name)] if root.is_dir() else []
    return [
        one
        for path in sorted(folders, key=lambda folder: folder.stat().st_ctime, reverse=True)
        if (one := find(path.name))
    ]


def find(id_: str) -> Collection | None:
    if not _ID.fullmatch(id_) or not (_root() / id_).is_dir():
        return None
    women, men = (sum(1 for _ in (_root() / id_ / label).glob("*.jpg")) for label in LABELS)
    return Collection(id_, women, men) if women + men else None


def dataset(id_: str) -> Dataset:
    """The photos, to train on."""
    if find(id_) is None:
        raise CollectionError("collection_gone")
    return open_folder(_root() / id_, "my photos")


def delete(id_: str) -> None:
    """Take all of it off the disk, and the faces that were cut out of it; what is gone already is no fault."""
    from training import choices, crop_folders, mistakes, preview

    if not _ID.fullmatch(id_):
        raise ValueError("not an id of a collection")
    if f"{PREFIX}{id_}" in choices.in_use():
        raise CollectionError("collection_in_use")
    preview.forget()
    gone = f"{PREFIX}{id_}".__eq__
    # Before as well: who is killed on the way leaves none that nobody could ask to delete.
    mistakes.forget(gone)
    with _alone() as root:
        crop_folders.forget(f"{PREFIX}{id_}", registry.home())
        if (root / id_).is_dir():
            (root / id_).rename(root / f"{_DELETED}{id_}")
        _sweep(root)
    mistakes.forget(gone)


def _put(folder: Path, new: dict[tuple[str, str], bytes]) -> None:
    """Written beside it first: what does not fit on the disk leaves what was there as it was."""
    beside = folder.with_name(f"{_NEW}{folder.name}")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        for (label, name), data in new.items():
            path = beside / label / f"{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for label in LABELS:
            (folder / label).mkdir(parents=True, exist_ok=True)
        for label, name in new:
            (beside / label / f"{name}.jpg").replace(folder / label / f"{name}.jpg")
        for label in LABELS:
            atomic.sync(folder / label)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    for label in LABELS:
        yield from (folder / label).glob("*.jpg")


def _root() -> Path:
    return registry.home() / "data" / "collections"


@contextmanager
def _alone() -> Iterator[Path]:
    """Alone in changing what is kept; gives the folder of all collections."""
    root = _root()
    with background.turn(root / ".lock"):
        _sweep(root)
        yield root


def _leftovers(root: Path) -> list[Path]:
    return [*root.glob(f"{_NEW}*"), *root.glob(f"{_DELETED}*")]


def _sweep(root: Path) -> None:
    """Whoever kept or deleted these was interrupted: nobody else is at it while the lock is held."""
    for part in _leftovers(root):
        shutil.rmtree(part, ignore_errors=True)


def _writing() -> AbstractContextManager[None]:
    return atomic.where_it_can_be_written(
        lambda code: CollectionError("collection_no_room" if code == "disk_full" else code)
    )
