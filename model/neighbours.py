"""Faces that are like this one to the model, among those it was examined on, and how it did on them.

The index holds one short vector for each evaluation face: the model's embedding, made unit length and turned
onto its main directions (PCA), in whole numbers of one byte. It lies beside the model as `neighbours.npz`;
`training.neighbours` makes it, and it holds no picture.
"""

import io
import json
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.card import LABELS, CardError
from model.classifier import Floats
from model.registry import Artifact

NEIGHBOURS = "neighbours.npz"
COUNT = 200
MAX_ROWS, MAX_WIDTH = 100_000, 4096


@dataclass(frozen=True)
class Index:
    """Row i of every array is one evaluation face; `dataset[i]` is a place in `datasets`."""

    mean: Floats
    directions: Floats
    vectors: Floats
    labels: NDArray[np.uint8]
    p_male: Floats
    dataset: NDArray[np.uint8]
    datasets: tuple[str, ...]
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Where the likelier answer was the label; how sure the model was does not matter."""
        return (self.p_male > 0.5) == (self.labels == LABELS.index("male"))

    def nearest(self, embedding: Floats, count: int = COUNT) -> NDArray[np.intp]:
        """The rows of the faces most like this one, the likest first."""
        distances = self._distances(embedding)
        count = min(count, len(self))
        some = np.argpartition(distances, count - 1)[:count]
        return some[np.argsort(distances[some], kind="stable")]

    def _distances(self, embedding: Floats) -> Floats:
        """Squared, less what is the same for all rows."""
        if embedding.shape != self.mean.shape:
            raise ValueError(f"The index is of embeddings {self.mean.shape}, not {embedding.shape}.")
        wanted = (unit(embedding) - self.mean) @ self.directions
        apart: Floats = (self.vectors**2).sum(axis=1) - 2 * (self.vectors @ wanted)
        return apart


def unit(embedding: Floats) -> Floats:
    """The same direction with length 1: how strongly a network answers tells little of what a face is like."""
    long: Floats = np.asarray(embedding, np.float32)
    length = np.linalg.norm(long, axis=-1, keepdims=True)
    return np.asarray(long / np.maximum(length, 1e-12), np.float32)


def packed(index: Index) -> bytes:
    """The index as the file that `unpacked` reads."""
    scale = np.maximum(np.abs(index.vectors).max(axis=0), 1e-12) / 127
    file = io.BytesIO()
    np.savez_compressed(
        file,
        mean=index.mean.astype(np.float32),
        directions=index.directions.astype(np.float32),
        scale=scale.astype(np.float32),
        codes=np.round(index.vectors / scale).astype(np.int8),
        labels=index.labels.astype(np.uint8),
        p_male=index.p_male.astype(np.float32),
        dataset=index.dataset.astype(np.uint8),
        names=_as_bytes([*index.datasets]),
        ids=_as_bytes([*index.ids]),
    )
    return file.getvalue()


def unpacked(data: bytes) -> Index:
    """The index in these bytes; `ValueError` where they are something else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)), np.load(io.BytesIO(data), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        index = Index(
            parts["mean"],
            parts["directions"],
            parts["codes"].astype(np.float32) * parts["scale"],
            parts["labels"],
            parts["p_male"],
            parts["dataset"],
            tuple(json.loads(parts["names"].tobytes())),
            tuple(json.loads(parts["ids"].tobytes())),
        )
    except (
        ValueError,
        OSError,
        KeyError,
        TypeError,
        RecursionError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError("not an index of neighbours") from error
    if not _fits(index):
        raise ValueError("an index of neighbours whose parts do not fit together")
    return index


def of(artifact: Artifact) -> Index | None:
    """The index of this model; None where it was finished without one."""
    if NEIGHBOURS not in artifact.card.files:
        return None
    try:
        return unpacked(artifact.content(NEIGHBOURS))
    except ValueError as error:
        raise CardError("file_changed", file=NEIGHBOURS) from error


def _fits(index: Index) -> bool:
    rows, width = len(index.ids), len(index.mean)
    shapes = {
        "mean": (width,),
        "directions": (width, index.directions.shape[-1]),
        "vectors": (rows, index.directions.shape[-1]),
        "labels": (rows,),
        "p_male": (rows,),
        "dataset": (rows,),
    }
    return (
        0 < rows <= MAX_ROWS
        and 0 < width <= MAX_WIDTH
        and all(getattr(index, name).shape == shape for name, shape in shapes.items())
        and all(
            np.isfinite(getattr(index, name)).all() for name in ("mean", "directions", "vectors", "p_male")
        )
        and bool((index.labels < len(LABELS)).all() and (index.dataset < len(index.datasets)).all())
        and all(isinstance(word, str) for word in (*index.ids, *index.datasets))
    )


def _as_bytes(words: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(words, ensure_ascii=False).encode(), np.uint8)
