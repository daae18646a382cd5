"""Small pictures of their own, and files that hold them, for tests of data sets."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def pixels(seed: int, size: tuple[int, int] = (96, 96)) -> np.ndarray:
    """A smooth picture, as unlike the next seed's as one photo is unlike another."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def encoded(picture: np.ndarray, format: str = "PNG", **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format, **options)
    return buffer.getvalue()


def photo(seed: int, format: str = "PNG", size: tuple[int, int] = (96, 96)) -> bytes:
    return encoded(pixels(seed, size), format)


def write_parquet(
    path: Path,
    photos: Sequence[bytes | None],
    names: Sequence[str | None],
    columns: Mapping[str, Sequence[object]],
    rows_in_group: int = 4,
) -> None:
    """A parquet as the public sets are: `image{bytes, path}` and columns beside it."""
    image = pa.array(
        [{"bytes": data, "path": name} for data, name in zip(photos, names, strict=True)],
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"image": image, **columns}), path, row_group_size=rows_in_group)


def write_folder(root: Path, names: Sequence[str]) -> None:
    """A photo of its own under each of these relative names."""
    for seed, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo(seed))
