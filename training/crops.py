"""A data set's faces, found, brought upright and kept on disk, so that the detector sees each photo once.

Crops are kept wider than the model sees them (`FIELD`), so that training can shift, turn and zoom them without
inventing pixels. One folder a data set and crop version: `pixels.npy` is read in place and never fills the memory.
"""

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

from model import atomic, images
from model.faces import CROP_VERSION, Face, Pixels, align
from model.images import PhotoError
from model.mtcnn import LiteRTNetworks, Mtcnn
from training import background, crop_folders
from training.datasets import Dataset
from training.source_state import state

SIZE, FIELD = 192, 1.25
FIRST_MIN_FACE_PX, SECOND_MIN_FACE_PX = 30, 20
_AT_ONCE = 64


@dataclass(frozen=True)
class Crops:
    """Row i of `pixels` is row i of the data set's table; it is black where `found` is false."""

    pixels: NDArray[np.uint8]
    found: NDArray[np.bool_]


def cut(
    dataset: Dataset,
    home: Path,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
    workers: int = 2,
) -> Crops:
    """The crops of every row; from disk if this data set was cut before, and going on where it was interrupted."""
    states = _states(dataset)
    folder = _folder(dataset, states, home)
    count = len(dataset.table)
    # Two runs on a cluster, or a run and an evaluation, may begin with the same photos at once.
    with background.turn(folder / ".lock"):
        crop_folders.use(folder, states)
        pixels = _open_memmap(folder / "pixels.npy", (count, SIZE, SIZE, 3), np.uint8)
        found = _open_memmap(folder / "found.npy", (count,), np.int8)  # 0 not looked at, 1 found, -1 nobody
    left = np.flatnonzero(found == 0)
    done = count - len(left)
    progress(done, count)
    looked_at: dict[int, int] = {}
    for row, crop in look_at_all(dataset, left.tolist(), workers):
        if crop is not None:
            pixels[row] = crop
        looked_at[row] = 1 if crop is not None else -1
        done += 1
        if done % _AT_ONCE == 0 or done == count:
            pixels.flush()  # after a power cut, what is said to be found has its pixels
            found[list(looked_at)] = list(looked_at.values())
            looked_at.clear()
            progress(done, count)
    found.flush()
    return Crops(pixels, np.asarray(found) == 1)


def uncut(dataset: Dataset, home: Path) -> int:
    """How many of its photos nobody has looked at yet; nothing is made or written."""
    path = folder_of(dataset, home) / "found.npy"
    if not path.exists():
        return len(dataset)
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    return int((found == 0).sum())


def folder_of(dataset: Dataset, home: Path) -> Path:
    return _folder(dataset, _states(dataset), home)


def _folder(dataset: Dataset, states: dict[str, str], home: Path) -> Path:
    return crop_folders.root(home) / f"{dataset.name.replace('/', '-')}-{_key(dataset, states)}"


def _states(dataset: Dataset) -> dict[str, str]:
    """Of each source, in their order. Taken once for a cut: a file may be saved at any moment."""
    return {source: state(source) for source in dataset.sources}


def look_at_all(
    dataset: Dataset, rows: Sequence[int], workers: int = 2
) -> Iterator[tuple[int, Pixels | None]]:
    """(row, its crop or None), in order, through the same loader, detector and alignment as a visitor's photo.

    Raises `DatasetError` where a photo has vanished: nobody knows whether it shows somebody.
    """
    cv2.setNumThreads(1)
    detector = Mtcnn(lambda: LiteRTNetworks(threads=1))

    def look(row_and_bytes: tuple[int, bytes]) -> tuple[int, Pixels | None]:
        row, data = row_and_bytes
        # An empty file is there; what is gone raises.
        return row, crop_of(detector, data or dataset.read(row))

    with ThreadPoolExecutor(workers, thread_name_prefix="crops") as pool:
        for chunk in _chunks(dataset.scan(rows), _AT_ONCE):
            yield from pool.map(look, chunk)


def crop_of(detector: Mtcnn, data: bytes, size: int = SIZE, field: float = FIELD) -> Pixels | None:
    """The crop of the photo's main face; None where the photo cannot be read or shows nobody."""
    try:
        pixels = images.load(data).pixels
    except PhotoError:
        return None
    faces = detector.detect(pixels, min_face_px=FIRST_MIN_FACE_PX) or detector.detect(
        pixels, min_face_px=SECOND_MIN_FACE_PX
    )
    if not faces:
        return None
    return align(pixels, main_face(faces, pixels.shape[1], pixels.shape[0]).landmarks, size, field)


def main_face(faces: Sequence[Face], width: int, height: int) -> Face:
    """The face that a labelled photo is about: the large one near the middle."""

    def prominence(face: Face) -> float:
        x, y, w, h = face.box
        off_centre = np.hypot((x + w / 2) / width - 0.5, (y + h / 2) / height - 0.5)
        return float((w * h / (width * height)) ** 0.5 - off_centre)

    return max(faces, key=prominence)


def _key(dataset: Dataset, states: dict[str, str]) -> str:
    """Other photos, another cut or another detector setting: another folder."""
    settings = [CROP_VERSION, SIZE, FIELD, FIRST_MIN_FACE_PX, SECOND_MIN_FACE_PX]
    digest = hashlib.sha256(json.dumps(settings).encode())
    for name in dataset.table["id"]:
        digest.update(f"{name}\0".encode())
    for word in filter(None, states.values()):  # two folders may call their photos the same
        digest.update(f"{word}\0".encode())
    return digest.hexdigest()[:12]


def _open_memmap(path: Path, shape: tuple[int, ...], dtype: type) -> np.memmap:
    """The file at `path`, made full of zeros under another name first: a file with the right name is whole."""
    if not path.exists():
        part = path.with_suffix(".part")
        try:
            np.lib.format.open_memmap(part, "w+", np.dtype(dtype), shape)
            with part.open("r+b") as file:
                _reserve(file)
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        atomic.sync(path.parent)
    return np.lib.format.open_memmap(path, "r+")


def _reserve(file: IO[bytes]) -> None:
    """Take the room for all of it: where a mapping finds none later, the system kills who writes instead of raising."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # a file system that cannot
            raise


def _chunks(rows: Iterable[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    chunk: list[tuple[int, bytes]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
