"""Where a run stands, on disk: complete, or not there at all.

One file holds the network's numbers, the optimizer's, and the position; it appears by renaming. The two newest stay,
so that there is always one to go on from; `best.npz` holds the best weights alone. No pickles.
"""

import io
import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import atomic

Arrays = list[NDArray[Any]]
BEST = "best.npz"
_KEPT = 2


@dataclass(frozen=True)
class Position:
    """`epoch` epochs are done in all, `stage_epoch` of them in stage `stage`."""

    epoch: int = 0
    stage: int = 0
    stage_epoch: int = 0
    best_score: float = -1.0
    best_epoch: int = 0
    without_gain: int = 0
    history: list[dict[str, float | int | str]] = field(default_factory=list)


@dataclass(frozen=True)
class Checkpoint:
    position: Position
    weights: Arrays
    optimizer: Arrays


def save(folder: Path, checkpoint: Checkpoint) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    position = json.dumps(asdict(checkpoint.position)).encode()
    parts = {"position": np.frombuffer(position, np.uint8)}
    parts |= {f"w{i:05}": array for i, array in enumerate(checkpoint.weights)}
    parts |= {f"o{i:05}": array for i, array in enumerate(checkpoint.optimizer)}
    atomic.write(folder / f"epoch-{checkpoint.position.epoch:05}.npz", _packed(parts))
    for old in _all(folder)[:-_KEPT]:
        old.unlink()
    for half_written in folder.glob(".*.part"):
        half_written.unlink()


def save_best(folder: Path, weights: Arrays) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / BEST, _packed({f"w{i:05}": array for i, array in enumerate(weights)}))


def latest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that can be read; a damaged one is passed over for the one before."""
    for path in reversed(_all(folder)):
        try:
            parts = _unpacked(path)
            position = Position(**json.loads(parts["position"].tobytes()))
        except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, TypeError):
            continue
        return Checkpoint(position, _series(parts, "w"), _series(parts, "o"))
    return None


def best(folder: Path) -> Arrays | None:
    path = folder / BEST
    return _series(_unpacked(path), "w") if path.exists() else None


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*.npz"))


def _packed(parts: dict[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **parts)  # type: ignore[arg-type]
    return buffer.getvalue()


def _unpacked(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _series(parts: dict[str, NDArray[Any]], letter: str) -> Arrays:
    return [parts[name] for name in sorted(parts) if name[0] == letter and name[1:].isdigit()]
