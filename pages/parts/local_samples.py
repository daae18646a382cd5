"""A few more samples, where data sets lie on this computer: a handful of photos from each, the same ones every time."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from model.images import PhotoError
from ui.language import t
from ui.samples import Named, Sample

HANDFUL = 12
SEED = 7
SETS = {"celeba-in-the-wild": "CelebA", "utkface": "UTKFace", "aaf": "All-Age-Faces"}


def found() -> list[Sample]:
    """Whether the folders hold what they should is only looked at when one of them is chosen."""
    root = os.environ.get("RUPA_DATA")
    here = {spec: name for spec, name in SETS.items() if root and Path(root, spec.partition("-")[0]).is_dir()}
    return [
        Sample(t("{n} faces from {name}", n=HANDFUL, name=name), partial(_handful, spec), spec)
        for spec, name in here.items()
    ]


def _handful(spec: str) -> Sequence[Named]:
    from training.datasets import DatasetError, open_dataset

    try:
        dataset = open_dataset(spec)
    except DatasetError as error:
        return [(spec, partial(_refuse, str(error)))]
    rows = sorted(np.random.default_rng(SEED).choice(len(dataset), HANDFUL, replace=False).tolist())
    names = dataset.table["id"].astype(str)
    photos = dict(dataset.scan(rows))
    return [(names[row], partial(_bytes, photos[row])) for row in rows]


def _bytes(data: bytes) -> bytes:
    return data


def _refuse(reason: str) -> bytes:
    raise PhotoError("unreadable", reason=reason)
