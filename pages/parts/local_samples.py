"""A few more samples, where data sets lie on this computer: a handful of photos from each, the same ones every time."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from model.images import PhotoError
from training.places import data_home
from ui.language import plain_error, t
from ui.samples import Named, Sample

HANDFUL = 12
SEED = 7
SETS = {"celeba-in-the-wild": "CelebA", "utkface": "UTKFace", "aaf": "All-Age-Faces", "fairface": "FairFace"}


def found() -> list[Sample]:
    """Whether the folders hold what they should is only looked at when one of them is chosen."""
    home = data_home()
    here = {spec: name for spec, name in SETS.items() if (home / spec.partition("-")[0]).is_dir()}
    return [
        Sample(t("{n} faces from {name}", n=HANDFUL, name=name), partial(_handful, spec), spec)
        for spec, name in here.items()
    ]


def _handful(spec: str) -> Sequence[Named]:
    """Fewer where the data set has fewer, and one that says why where it cannot be read."""
    from training.datasets import DatasetError, open_dataset

    try:
        dataset = open_dataset(spec)
        few = min(HANDFUL, len(dataset))
        rows = sorted(np.random.default_rng(SEED).choice(len(dataset), few, replace=False).tolist())
        photos = dict(dataset.scan(rows))
    except DatasetError as error:
        # It stands in the middle of another sentence.
        reason = plain_error(error, error.sentences).rstrip(".")
        return [(SETS[spec], partial(_refuse, reason))]
    names = dataset.table["id"].astype(str)
    return [(names[row], partial(_bytes, photos[row])) for row in rows]


def _bytes(data: bytes) -> bytes:
    return data


def _refuse(reason: str) -> bytes:
    raise PhotoError("unreadable", reason=reason)
