"""Sample faces to compare two formats on: given as a file, from a data set, or, where there is none, made up."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.card import Card
from model.faces import Pixels
from training.formats import FormatError

CALIBRATED_ON, COMPARED_ON = 200, 500
FEWEST = 40  # to choose the ranges of numbers on one half, and compare on the other
MADE_UP = "made-up pictures, as there are no photos here"
_MOST = 5000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Faces:
    """Aligned crops as the model takes them, in no order, and where they are from in words."""

    pixels: Pixels
    source: str
    made_up: bool = False


def of_file(file: Path, card: Card) -> Faces:
    """From an array in NumPy's format, which is read as if a stranger had written it."""
    try:
        pixels = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise FormatError("bad_faces", side=card.input_size) from None
    right = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 4 and len(pixels)
    if not right or pixels.shape[1:] != (card.input_size, card.input_size, 3):
        raise FormatError("bad_faces", side=card.input_size)
    return Faces(_shuffled(np.array(pixels[:_MOST])), "given faces")


def of_data(data: str, card: Card, progress: Progress) -> Faces:
    """From the photos that the data set keeps for judging, some here and some there in it."""
    from model.mtcnn import LiteRTNetworks, Mtcnn
    from training import crops, evaluation
    from training.datasets import open_dataset

    dataset = open_dataset(data)
    split = evaluation.usual_split(dataset)
    part = evaluation.of_split(dataset, split)
    count = min(len(part), CALIBRATED_ON + COMPARED_ON)
    rows = np.linspace(0, len(part) - 1, count).astype(int).tolist()
    cv2.setNumThreads(1)
    detector = Mtcnn(lambda: LiteRTNetworks(threads=1))
    found = []
    for done, (_, photo) in enumerate(part.scan(rows)):
        progress(done, count)
        crop = crops.crop_of(detector, photo, card.input_size, field=1.0)
        if crop is not None:
            found.append(crop)
    progress(count, count)
    if not found:
        return made_up(card)
    return Faces(_shuffled(np.stack(found)), f"{dataset.name}, {split}")


def of_whatever_is_here(card: Card, progress: Progress) -> Faces:
    """From the first data set that can be opened, of those that it learnt from and then of those that are known."""
    from training.datasets import KNOWN, DatasetError

    learnt_from = [source.name for source in card.trained_on if source.name in KNOWN]
    for name in dict.fromkeys([*learnt_from, *KNOWN]):
        try:
            return of_data(name, card, progress)
        except DatasetError:
            continue
    return made_up(card)


def made_up(card: Card, count: int = 64) -> Faces:
    """Smooth blots of colour: enough to see whether two files calculate alike, not to choose numbers by."""
    coarse = np.random.default_rng(0).integers(0, 256, (count, 7, 7, 3), np.uint8)
    size = (card.input_size, card.input_size)
    pixels = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in coarse])
    return Faces(pixels, MADE_UP, made_up=True)


def _shuffled(pixels: Pixels) -> Pixels:
    """Women and men lie apart in some data sets."""
    return pixels[np.random.default_rng(0).permutation(len(pixels))]
