"""The faces that a run gets wrong after its latest epoch, for whoever watches: few, small, in one file of its folder.

The file goes with the run, and with the photos that it was made of. It is read as if a stranger had written it.
"""

import base64
import binascii
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model import atomic
from training import json_file

MOST = 12
SIDE_PX = 112
_FILE = "mistakes.json"
_MAX_BYTES = 400_000
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Mistake:
    """A face that its photo's `label` (0 female, 1 male) and the answer disagree about; how sure the answer was."""

    label: int
    confidence: float
    jpeg: bytes

    @property
    def answer(self) -> int:
        return 1 - self.label

    @property
    def address(self) -> str:
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


@dataclass(frozen=True)
class Mistakes:
    """`count` were wrong after this epoch; `faces` are the surest of them, the surest first."""

    epoch: int
    count: int
    faces: tuple[Mistake, ...]


def surest(p_male: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """The places of the wrong answers, the surest first, at most `MOST`."""
    wrong = np.flatnonzero((p_male > 0.5) != (labels == 1))
    return wrong[np.argsort(-np.abs(p_male[wrong] - 0.5), kind="stable")][:MOST]


def write(
    folder: Path,
    epoch: int,
    p_male: NDArray[np.float32],
    labels: NDArray[np.int32],
    pictures: Callable[[NDArray[np.intp]], Sequence[NDArray[np.uint8]]],
    is_there: Callable[[int], bool] = lambda at: True,
) -> None:
    """`pictures` gives the faces at these places as the network sees them; `is_there` says whose photo still is."""
    there = [at for at in surest(p_male, labels).tolist() if is_there(at)]
    chosen = np.array(there, np.intp)
    faces = [
        {
            "label": int(labels[at]),
            "confidence": round(float(max(p_male[at], 1 - p_male[at])), 4),
            "jpeg": base64.b64encode(_small(picture)).decode(),
        }
        for at, picture in zip(chosen, pictures(chosen) if len(chosen) else (), strict=True)
    ]
    count = int(((p_male > 0.5) != (labels == 1)).sum())
    said = {"epoch": epoch, "count": count, "faces": faces}
    atomic.write(folder / _FILE, json.dumps(said).encode())
    if not all(map(is_there, there)):
        _forget(folder)  # deleted while this was written, when there was nothing to forget yet


def read(folder: Path) -> Mistakes | None:
    """None where the run has not come so far, or what is there is not what was written."""
    try:
        said = json_file.read(folder / _FILE, _MAX_BYTES)
        faces = tuple(_face(one) for one in said["faces"][:MOST])
        return Mistakes(int(said["epoch"]), int(said["count"]), faces)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def forget(is_gone: Callable[[str], bool]) -> None:
    """Take the faces off the disk of every run that learnt from photos of such a source.

    Called when the photos are gone: a run at work looks whether they are there before it writes, and after.
    """
    from training import choices, jobs  # Pandas, which whoever shows a run does not wait for

    for run in jobs.runs():
        sources = [choices.sources_of(spec) for spec in run.data]
        if not all(sources) or any(map(is_gone, chain(*sources))):  # of what is no longer known, to be safe
            for folder in (run.folder, *run.folder.glob("search/trial-*")):
                _forget(folder)


def _forget(folder: Path) -> None:
    (folder / _FILE).unlink(missing_ok=True)


def _face(said: dict[str, object]) -> Mistake:
    label, confidence = int(str(said["label"])), float(str(said["confidence"]))
    try:
        jpeg = base64.b64decode(str(said["jpeg"]), validate=True)
    except binascii.Error as error:
        raise ValueError("no picture") from error
    if label not in (0, 1) or not math.isfinite(confidence) or not jpeg.startswith(_JPEG):
        raise ValueError("no face")
    return Mistake(label, min(max(confidence, 0.0), 1.0), jpeg)


def _small(picture: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    shown = Image.fromarray(picture)
    shown.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    shown.save(file, "JPEG", quality=85)
    return file.getvalue()
