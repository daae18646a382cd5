"""Measure the crop's template: `python -m training.landmarks`.

Mean positions of the five landmarks that our own detector finds on training photos that show the whole head, in eye
distances from the point between the eyes, with the eyes level, averaged with their mirror image. UTKFace is left out:
its photos end at the forehead.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from model.mtcnn import Mtcnn

SOURCES = ("aaf/train.parquet", "celeba/aligned.parquet")
EYE_DISTANCE, EYE_HEIGHT = 0.28, 0.42  # chosen so that hair and chin are inside the crop


def photos(path: Path, limit: int) -> Iterator[NDArray[np.uint8]]:
    """Training photos, evenly spread over the file."""
    file = pq.ParquetFile(path)
    step = max(1, file.metadata.num_rows // limit)
    columns = ["image", *(["partition"] if "partition" in file.schema_arrow.names else [])]
    number = 0
    for batch in file.iter_batches(batch_size=500, columns=columns):
        for row in batch.to_pylist():
            number += 1
            if number % step == 0 and row.get("partition", 0) == 0:
                yield np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB"))


def level(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Five points in eye distances from the point between the eyes, with the eyes level."""
    points = landmarks.astype(np.float64)
    across = points[1] - points[0]
    distance = np.hypot(*across)
    cos, sin = across / distance
    return (points - points[:2].mean(axis=0)) @ np.array([[cos, -sin], [sin, cos]]) / distance


def template(limit: int = 12_000) -> NDArray[np.float64]:
    detector = Mtcnn()
    root = Path(os.environ.get("RUPA_DATA", "data/datasets"))
    means = []
    for source in SOURCES:
        found = []
        for pixels in photos(root / source, limit):
            faces = detector.detect(pixels, min_face_px=40)
            if faces:
                found.append(level(max(faces, key=lambda face: face.box[2] * face.box[3]).landmarks))
        means.append(np.mean(found, axis=0))
        print(f"{source}: {len(found)} faces\n{means[-1].round(3)}")
    mean = np.mean(means, axis=0)
    mirrored = mean[[1, 0, 2, 4, 3]] * [-1, 1]
    return (mean + mirrored) / 2 * EYE_DISTANCE + [0.5, EYE_HEIGHT]


if __name__ == "__main__":
    print(template().round(4))
