"""What was seen in the photos of a data set, kept in a file: sizes, faces, and which pictures are there twice.

A file is of these photos and of no others: its name says which. Leaving photos out needs no second look.
"""

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model import atomic, registry
from training.source_state import state
from training.table import Dataset

if TYPE_CHECKING:
    from training.fingerprints import Fingerprints

KEPT = 100  # files; whoever comes back to older ones looks again
_VERSION = 1
_MAX_BYTES = 256 * 2**20

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """One entry a photo; `faces` is -1 where nobody looked. `same` and `similar` pair rows, each of two pictures."""

    readable: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    faces: NDArray[np.int64]
    same: Pairs
    similar: Pairs

    def __len__(self) -> int:
        return len(self.readable)

    def groups(self) -> NDArray[np.int64]:
        """A number for each photo, equal for those that show the same picture."""
        from training.fingerprints import connected

        return connected(len(self), np.concatenate([self.same, self.similar]))

    def part(self, rows: NDArray[np.int64]) -> "Seen":
        """Of these rows only; who was the same as somebody who is left out stays the same as the others."""
        return Seen(
            self.readable[rows],
            self.sizes[rows],
            self.faces[rows],
            _within(self.same, rows, len(self)),
            _within(self.similar, rows, len(self)),
        )


def look(dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> Seen:
    """Look at every photo, and for a face in it as training will."""
    from training.crops import FIRST_MIN_FACE_PX, SECOND_MIN_FACE_PX
    from training.fingerprints import Pixels, take
    from training.thumbnails import detector

    def count(pixels: Pixels) -> int:
        for least in (FIRST_MIN_FACE_PX, SECOND_MIN_FACE_PX):
            if found := detector().detect(pixels, min_face_px=least):
                return len(found)
        return 0

    return of_prints(take(dataset, count_faces=count, progress=progress))


def of_prints(prints: "Fingerprints") -> Seen:
    """What is to be told of the pictures, after which nobody needs their fingerprints."""
    from training.fingerprints import copies, near_copies

    return Seen(prints.readable, prints.sizes, prints.faces, copies(prints), near_copies(prints))


def place(dataset: Dataset, sources: Sequence[str]) -> Path:
    """Where the file of these very photos lies, by their names and the state of where they come from."""
    digest = hashlib.sha256(json.dumps([_VERSION, *map(state, sources)]).encode())
    for id_, label in zip(dataset.table["id"].astype(str), dataset.table["label"], strict=True):
        digest.update(f"{label}{id_}\0".encode())
    return registry.home() / "data" / "inspections" / f"{digest.hexdigest()[:24]}.npz"


def write(path: Path, seen: Seen) -> None:
    """A disk that does not take it costs only a second look."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        readable=seen.readable,
        sizes=seen.sizes,
        faces=seen.faces,
        same=seen.same,
        similar=seen.similar,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, file.getvalue())
        by_age = sorted(path.parent.glob("*.npz"), key=lambda one: one.stat().st_mtime)
        for old in by_age[:-KEPT]:
            old.unlink(missing_ok=True)
    except FileNotFoundError:
        return  # another process tidied as well
    except OSError as error:
        if not atomic.is_full(error):
            raise


def read(path: Path, count: int) -> Seen | None:
    """What was seen of `count` photos; None where nobody looked yet, or the file is not what it should be."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        with np.load(path, allow_pickle=False) as file:
            seen = Seen(*(file[name] for name in ("readable", "sizes", "faces", "same", "similar")))
    except (OSError, ValueError, KeyError, EOFError):
        return None
    right = seen.readable.shape == seen.faces.shape == (count,) and seen.sizes.shape == (count, 2)
    right = right and all(
        pairs.ndim == 2
        and pairs.shape[1] == 2
        and (not len(pairs) or 0 <= pairs.min() <= pairs.max() < count)
        for pairs in (seen.same, seen.similar)
    )
    return seen if right else None


def _within(pairs: Pairs, rows: NDArray[np.int64], count: int) -> Pairs:
    """Who was alike, also by way of a third, by the new numbers of the rows: each with the next of its kind."""
    from training.fingerprints import connected

    if not len(pairs) or len(rows) == count:
        return pairs
    group = connected(count, pairs)[rows]
    order = np.argsort(group, kind="stable")
    alike = np.flatnonzero(np.diff(group[order]) == 0)
    return np.column_stack([order[alike], order[alike + 1]])
