"""What tells pictures apart or shows them to be the same: taken once from every photo, compared as often as wanted.

Two photos are *copies* when their pixels are the same, and *near copies* when they look the same: their 64-bit hashes
(the signs of the lowest frequencies) differ in at most `NEAR_BITS` bits, and small grey versions of both agree.
The hash alone is too weak for faces, which all look alike to it. On 22,131 photos of UTKFace, both together find 595
pairs, of which 591 are in one group of its own list of near duplicates; the hash alone 2,649 pairs, 611 of them so.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from model import images
from model.images import PhotoError
from training.table import Dataset

NEAR_BITS = 6
NEAR_AGREEMENT = 0.97
THUMB_PX = 24
_FLAT = 4.0  # grey levels of spread; below it a hash is noise, and only equal pixels count
_BANDS = 4  # of 16 bits: what differs in at most 7 bits has a band with at most one of them
_CANDIDATES = 4_000_000
_AHEAD = 64
_TRIES_WHEN_BUSY = 3

Pixels = NDArray[np.uint8]
Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Fingerprints:
    """One entry a photo. `problems` has the code of each photo that could not be read; its other entries are 0.

    `faces` counts the faces found, -1 where nobody looked.
    """

    problems: dict[int, str]
    sizes: NDArray[np.int64]
    pixels: NDArray[np.uint64]
    hashes: NDArray[np.uint64]
    thumbs: Pixels
    faces: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def readable(self) -> NDArray[np.bool_]:
        mask = np.ones(len(self), bool)
        mask[list(self.problems)] = False
        return mask


def take(
    dataset: Dataset,
    *,
    count_faces: Callable[[Pixels], int] | None = None,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 2,
) -> Fingerprints:
    """Fingerprints of every photo; at most a few photos are in memory at a time."""
    count = len(dataset)
    prints = Fingerprints(
        problems={},
        sizes=np.zeros((count, 2), np.int64),
        pixels=np.zeros(count, np.uint64),
        hashes=np.zeros(count, np.uint64),
        thumbs=np.zeros((count, THUMB_PX, THUMB_PX), np.uint8),
        faces=np.full(count, -1, np.int64),
    )
    for done, (row, photo) in enumerate(_loaded(dataset, workers)):
        if isinstance(photo, int):
            if photo in prints.problems:
                prints.problems[row] = prints.problems[photo]
            for part in (prints.sizes, prints.pixels, prints.hashes, prints.thumbs, prints.faces):
                part[row] = part[photo]
        elif isinstance(photo, PhotoError):
            prints.problems[row] = photo.code
        else:
            grey = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
            prints.sizes[row] = photo.full_size
            prints.pixels[row] = pixel_hash(photo.pixels)
            prints.hashes[row] = picture_hash(grey)
            prints.thumbs[row] = cv2.resize(grey, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
            if count_faces:
                prints.faces[row] = count_faces(photo.pixels)
        if progress:
            progress(done + 1, count)
    return prints


def pixel_hash(pixels: Pixels) -> np.uint64:
    digest = blake2b(repr(pixels.shape).encode(), digest_size=8)
    digest.update(np.ascontiguousarray(pixels).data)
    return np.frombuffer(digest.digest(), np.uint64)[0]


def picture_hash(grey: Pixels) -> np.uint64:
    """The signs of the 63 lowest frequencies about their median; survives other sizes, light and compression."""
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].ravel()[1:]
    return np.packbits(np.append(low > np.median(low), False)).view(np.uint64)[0]


def copies(prints: Fingerprints) -> Pairs:
    """Pairs of photos with the same pixels, each photo with the first of its kind."""
    rows = np.flatnonzero(prints.readable)
    _, first, which = np.unique(prints.pixels[rows], return_index=True, return_inverse=True)
    firsts = rows[first[which]]
    return np.column_stack([firsts, rows])[firsts != rows]


def near_copies(prints: Fingerprints) -> Pairs:
    """Pairs of photos that look the same and whose pixels differ."""
    small = prints.thumbs.reshape(len(prints), -1)
    telling = np.flatnonzero(prints.readable & (small.std(axis=1, dtype=np.float32) >= _FLAT))
    if not len(telling):
        return np.empty((0, 2), np.int64)
    # One photo for each content, so that a thousand copies are not half a million pairs.
    telling = telling[np.unique(prints.pixels[telling], return_index=True)[1]]
    found = []
    for pairs in _alike(prints.hashes[telling]):
        pairs = telling[pairs]
        found.append(pairs[_agreement(small, pairs) >= NEAR_AGREEMENT])
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def same_picture(prints: Fingerprints) -> NDArray[np.int64]:
    """A number for each photo, equal for copies and near copies, also by way of a third."""
    return connected(len(prints), np.concatenate([copies(prints), near_copies(prints)]))


def connected(count: int, pairs: Pairs) -> NDArray[np.int64]:
    """The number of the group that each of `count` members is in, when these pairs belong together."""
    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _loaded(dataset: Dataset, workers: int) -> Iterator[tuple[int, images.Photo | PhotoError | int]]:
    """Photos in order, decoded a few ahead; of a file that was there before, byte by byte, the row of the first."""
    waiting: deque[tuple[int, Future[images.Photo | PhotoError] | _Again]] = deque()
    rows: dict[bytes, int] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="fingerprints") as pool:
        try:
            for row, data in dataset.scan():
                first = rows.setdefault(blake2b(data, digest_size=16).digest(), row)
                waiting.append((row, pool.submit(_load, data) if first == row else _Again(first)))
                if len(waiting) >= _AHEAD:
                    next_row, photo = waiting.popleft()
                    yield next_row, photo.result()
            while waiting:
                next_row, photo = waiting.popleft()
                yield next_row, photo.result()
        finally:
            for _, photo in waiting:
                if isinstance(photo, Future):
                    photo.cancel()


@dataclass(frozen=True)
class _Again:
    """The same file as that of an earlier row."""

    row: int

    def result(self) -> int:
        return self.row


def _load(data: bytes) -> images.Photo | PhotoError:
    for _ in range(_TRIES_WHEN_BUSY):
        try:
            return images.load(data)
        except PhotoError as error:
            problem = error
        if problem.code != "busy":
            break
    return problem


def _alike(hashes: NDArray[np.uint64]) -> Iterator[Pairs]:
    """All pairs of hashes within NEAR_BITS, some of them twice: a look-up for each band and each bit of it."""
    for band in range(_BANDS):
        part = ((hashes >> np.uint64(16 * band)) & np.uint64(0xFFFF)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        starts = np.searchsorted(part[order], np.arange(2**16 + 1))
        for flip in (0, *(1 << bit for bit in range(16))):
            begin = starts[part ^ flip]
            matches = starts[(part ^ flip) + 1] - begin
            for some in _portions(matches):
                left = np.repeat(some, matches[some])
                offsets = np.arange(len(left)) - np.repeat(
                    np.cumsum(matches[some]) - matches[some], matches[some]
                )
                right = order[np.repeat(begin[some], matches[some]) + offsets]
                near = (left < right) & (np.bitwise_count(hashes[left] ^ hashes[right]) <= NEAR_BITS)
                yield np.column_stack([left[near], right[near]])


def _portions(matches: NDArray[np.int64]) -> Iterable[NDArray[np.int64]]:
    """Rows in portions with so few matches each that the pairs fit in memory."""
    portion = np.cumsum(matches) // _CANDIDATES
    return np.split(np.arange(len(matches)), np.flatnonzero(np.diff(portion)) + 1)


def _agreement(small: Pixels, pairs: Pairs) -> NDArray[np.float32]:
    """Correlation of the two small pictures of each pair."""

    def normed(rows: NDArray[np.int64]) -> NDArray[np.float32]:
        centred = small[rows] - small[rows].mean(axis=1, keepdims=True, dtype=np.float32)
        return centred / np.linalg.norm(centred, axis=1, keepdims=True)

    return np.concatenate(
        [
            np.einsum("ij,ij->i", normed(part[:, 0]), normed(part[:, 1]))
            for part in np.array_split(pairs, 1 + len(pairs) // 50_000)
        ]
    )
