"""What a model says of each photo of a data set: `predict(...)`. `prediction_table.py` says what is in the table.

`raw` goes the whole way of a visitor's photo, through `model/pipeline.py`, and takes the face that the label is about;
`crops` takes the crops that training uses. Photos stream; only crops of one batch are in memory at a time.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from itertools import islice

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import classifier
from model.card import KERAS, LABELS, Card
from model.classifier import Engine, Prediction
from model.faces import Pixels
from model.mtcnn import LiteRTNetworks, Mtcnn
from model.pipeline import Pipeline, Reading
from model.registry import Artifact
from training import prediction_table
from training.crops import Crops, main_face
from training.datasets import Dataset
from training.disturb import look
from training.prediction_table import SOURCES, About

AT_ONCE = 64
_BUSY = "busy"
_RUNTIMES = {"litert": ("ai-edge-litert",), "tensorflow": ("tensorflow-cpu", "tensorflow")}
_MALE = LABELS.index("male")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Seen:
    """What became of one row: the crop of its main face, or why there is none."""

    row: int
    crop: Pixels | None
    error: str | None


class _Later:
    """Stands in the pipeline for the classifier, which is asked about many photos' main faces together."""

    def predict(self, crops: Pixels) -> Prediction:
        even = np.full((len(crops), len(LABELS)), 1 / len(LABELS), np.float32)
        nothing = np.empty((len(crops), 0), np.float32)
        return Prediction(even, nothing, nothing)


def predict(
    model: Artifact | Engine,
    dataset: Dataset,
    rows: Iterable[int] | None = None,
    source: str = "raw",
    crops: Crops | None = None,
    *,
    progress: Progress = lambda done, of: None,
    workers: int | None = None,
) -> pd.DataFrame:
    """One row for each of `rows`, in their order. `crops` are those of the whole data set, if `source` is crops."""
    if source not in SOURCES or (source == "crops") != (crops is not None):
        raise ValueError("The source is raw, or crops, with the crops.")
    engine = classifier.load(model) if isinstance(model, Artifact) else model
    chosen = list(dict.fromkeys(range(len(dataset)) if rows is None else map(int, rows)))
    place = {row: at for at, row in enumerate(chosen)}
    p_male = np.full(len(chosen), np.nan, np.float32)
    errors: list[str | None] = [None] * len(chosen)
    embeddings: NDArray[np.float16] | None = None
    if crops is not None:
        seen = _from_crops(crops, chosen, engine.input_size)
    else:
        seen = _from_photos(dataset, chosen, engine.input_size, workers or min(8, os.cpu_count() or 1))
    done = 0
    progress(done, len(chosen))
    for batch in _batches(seen, AT_ONCE):
        for one in batch:
            errors[place[one.row]] = one.error
        shown = [one for one in batch if one.crop is not None]
        if shown:
            said = engine.predict(np.stack([one.crop for one in shown if one.crop is not None]))
            where = [place[one.row] for one in shown]
            p_male[where] = said.probabilities[:, _MALE]
            if embeddings is None:
                embeddings = np.zeros((len(chosen), said.embedding.shape[1]), np.float16)
            embeddings[where] = _halves(said.embedding)
        done += len(batch)
        progress(done, len(chosen))
    if embeddings is None:
        embeddings = np.zeros((len(chosen), 0), np.float16)
    return prediction_table.tabled(dataset.table.iloc[chosen], p_male, errors, embeddings)


def describe(
    card: Card,
    engine: Engine,
    dataset: str,
    split: str,
    source: str,
    *,
    name: str | None = None,
    spec: str = "",
) -> About:
    """What the table's file says of itself; `name` is what the model is chosen by, where its card says another."""
    return About(
        model=name or card.name,
        model_hash=card.files[KERAS],
        crop=card.crop,
        sure_at=card.sure_at,
        dataset=dataset,
        split=split,
        source=source,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        software=_software(engine),
        spec=spec,
    )


def _software(engine: Engine) -> str:
    there = []
    for package in (*_RUNTIMES[engine.kind], "opencv-python-headless", "numpy"):
        with suppress(metadata.PackageNotFoundError):
            there.append(f"{package} {metadata.version(package)}")
    return f"{engine.kind} on {engine.device}: {', '.join(there)}"


def _from_crops(crops: Crops, rows: Sequence[int], size: int) -> Iterator[_Seen]:
    for row in rows:
        if crops.found[row]:
            yield _Seen(row, look(crops.pixels[row], size), None)
        else:
            yield _Seen(row, None, "no_face")


def _from_photos(dataset: Dataset, rows: Sequence[int], size: int, workers: int) -> Iterator[_Seen]:
    """Through the steps of the pipeline, several photos at once; what was read while all was busy, once more."""
    cv2.setNumThreads(1)
    pipeline = Pipeline(Mtcnn(lambda: LiteRTNetworks(threads=1)), _Later(), input_size=size, sure_at=0.5)
    files = ((str(row), lambda data=data: data) for row, data in dataset.scan(rows))
    again = []
    for reading in pipeline.read_many(files, workers=workers):
        row = int(reading.file)
        if reading.error is not None and reading.error.code == _BUSY:
            again.append(row)
        else:
            yield _seen(row, reading)
    for row in again:
        yield _seen(row, pipeline.read(dataset.read(row)))


def _seen(row: int, reading: Reading) -> _Seen:
    if reading.error is not None:
        return _Seen(row, None, reading.error.code)
    answers = {id(answer.face): answer for answer in reading.faces}
    face = main_face([answer.face for answer in reading.faces], reading.width, reading.height)
    return _Seen(row, answers[id(face)].crop, None)


def _halves(numbers: NDArray[np.float32]) -> NDArray[np.float16]:
    most = np.finfo(np.float16).max
    return np.clip(numbers, -most, most).astype(np.float16)


def _batches(seen: Iterator[_Seen], size: int) -> Iterator[list[_Seen]]:
    while batch := list(islice(seen, size)):
        yield batch
