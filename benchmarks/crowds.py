"""Group pictures whose truth is known: CelebA's aligned faces pasted on pictures without a face.

CelebA's official alignment puts the eyes of every photo at the same place, so the box of a face is known without
asking any detector. Its shape is the median of the boxes that MTCNN gives, in eye distances.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Box = tuple[float, float, float, float]

EYE_DISTANCE, EYES_AT = 38.3, (88.1, 110.7)  # in CelebA's 178 x 218 pixels
FACE_SHAPE = (-1.05, -1.13, 2.13, 2.89)  # left, top, width, height in eye distances from between the eyes
FACE_WIDTH = FACE_SHAPE[2] * EYE_DISTANCE


@dataclass(frozen=True)
class Crowd:
    pixels: Pixels
    truth: list[Box]


def portraits(path: Path, count: int, seed: int) -> list[Pixels]:
    table = pq.read_table(path, columns=["image"])
    rows = np.random.default_rng(seed).choice(table.num_rows, min(count, table.num_rows), replace=False)
    cells = (table["image"][int(row)].as_py()["bytes"] for row in rows)
    return [np.asarray(Image.open(io.BytesIO(cell)).convert("RGB")) for cell in cells]


def known_box(scale: float = 1.0, left: float = 0.0, top: float = 0.0) -> Box:
    """The face of one of CelebA's aligned photos, scaled and put at a place."""
    x, y, w, h = (part * EYE_DISTANCE for part in FACE_SHAPE)
    return ((EYES_AT[0] + x) * scale + left, (EYES_AT[1] + y) * scale + top, w * scale, h * scale)


def compose(celeba: Path, grounds: Path, count: int, seed: int = 0, most: int = 48) -> Iterator[Crowd]:
    """Pictures of about a megapixel with 1 to `most` faces from 32 px to as large as fits; the last has `most`."""
    rng = np.random.default_rng(seed)
    people = portraits(celeba, 1500, seed)
    places = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(grounds.iterdir())]
    for number in range(1, count + 1):
        ground = places[rng.integers(len(places))]
        factor = (1_000_000 / (ground.shape[0] * ground.shape[1])) ** 0.5
        pixels = cv2.resize(ground, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        yield _paste(pixels, people, most if number == count else int(rng.integers(1, most + 1)), rng)


def _paste(pixels: Pixels, people: list[Pixels], wanted: int, rng: np.random.Generator) -> Crowd:
    height, width = pixels.shape[:2]
    columns = int(np.ceil((wanted * width / height) ** 0.5))
    rows = -(-wanted // columns)
    cell_w, cell_h = width / columns, height / rows
    truth: list[Box] = []
    for number in range(wanted):
        person = people[rng.integers(len(people))]
        largest = min(cell_w / person.shape[1], cell_h / person.shape[0])
        smallest = min(32 / FACE_WIDTH, largest)
        scale = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
        size = int(person.shape[1] * scale), int(person.shape[0] * scale)
        row, column = divmod(number, columns)
        left = int(column * cell_w + rng.uniform(0, cell_w - size[0]))
        top = int(row * cell_h + rng.uniform(0, cell_h - size[1]))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels[top : top + size[1], left : left + size[0]] = cv2.resize(person, size, interpolation=way)
        truth.append(known_box(size[0] / person.shape[1], left, top))
    return Crowd(pixels, truth)


def tiling(people: list[Pixels], side: int = 1024, face_px: int = 32) -> Pixels:
    """The worst picture for a detector: nothing but small faces, shoulder to shoulder."""
    x, y, w, h = (round(v) for v in known_box())
    faces = [cv2.resize(person[y : y + h, x : x + w], (face_px, face_px)) for person in people]
    count = side // face_px
    rows = [
        np.concatenate([faces[(r * count + c) % len(faces)] for c in range(count)], axis=1)
        for r in range(count)
    ]
    return np.concatenate(rows)


def matched(truth: list[Box], found: list[Box], at_least: float = 0.5) -> int:
    """How many of the truth's boxes have a found box of their own with enough overlap, best pairs first."""
    pairs = sorted(
        ((overlap(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)), reverse=True
    )
    taken_truth: set[int] = set()
    taken_found: set[int] = set()
    for shared, i, j in pairs:
        if shared < at_least:
            break
        if i not in taken_truth and j not in taken_found:
            taken_truth.add(i)
            taken_found.add(j)
    return len(taken_truth)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    wide = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)
