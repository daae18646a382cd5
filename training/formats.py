"""Finished models in other formats, kept to be taken home: `data/exports/MODEL/KIND.zip`, each with its parity report.

The work needs TensorFlow, so `python -m training export` does it (`formats_write.py`), which a page starts as a job
(`page_jobs.py`); whoever shows what there is stays small.
"""

import shutil
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from model import registry
from model.card import KERAS
from model.registry import Artifact
from training.formats_parity import PARITY, Parity

Kind = Literal["keras", "onnx", "litert", "litert-int8"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STAGES = ("starting", "faces", "converting", "comparing", "packing")

SENTENCES = {
    "unknown_kind": "There is no format {kind}; choose one of {kinds}.",
    "exists": "{path} exists already, and is not written over; choose another name.",
    "bad_faces": "The sample faces are not pictures of {side} × {side} pixels, as this model sees them; choose others.",
    "few_faces": (
        "Eight-bit numbers need at least {fewest} sample faces to be chosen by, and there are {count}; "
        "give more, or take the full format."
    ),
    "apart": (
        "The {kind} file answers otherwise than the model, by up to {apart:.3f}; it was not kept. "
        "Take another format."
    ),
    "int8_apart": (
        "With eight-bit numbers only {same:.1%} of the faces keep their answer, and {wanted:.0%} should; "
        "take the full LiteRT file."
    ),
    "not_convertible": "The network of {model} cannot be written as {kind}; take another format.",
}
MOST_BYTES = 2_000_000_000  # of all kept formats of all models
_LEFT_BEHIND_S = 3600.0
_MAX_REPORT_BYTES = 100_000


class FormatError(Exception):
    """Nothing was written, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, Any] = facts


@dataclass(frozen=True)
class Packed:
    """The zip, and what its parity report says."""

    path: Path
    parity: Parity


def kept(artifact: Artifact) -> dict[Kind, Packed]:
    """The formats that there are of this very model."""
    found: dict[Kind, Packed] = {}
    for kind in KINDS:
        path = _root() / artifact.name / f"{kind}.zip"
        parity = _report(path)
        if parity and parity.keras_sha256 == artifact.card.files[KERAS]:
            found[kind] = Packed(path, parity)
    return found


def place(model: str, kind: Kind) -> Path:
    """Where that format of the model is to be kept, with room made for it: what was there before is gone."""
    check_kind(kind)
    path = _root() / registry.find(model).name / f"{kind}.zip"
    path.unlink(missing_ok=True)
    for left in _root().glob("*/.*.part"):
        if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
            shutil.rmtree(left, ignore_errors=True)
    there = sorted(((one, one.stat()) for one in _root().glob("*/*.zip")), key=lambda one: one[1].st_mtime)
    taken = sum(stat.st_size for _, stat in there)
    for old, stat in there:
        if taken <= MOST_BYTES:
            break
        old.unlink(missing_ok=True)
        taken -= stat.st_size
    return path


def forget(model: str) -> None:
    """Delete what is kept of a model that is gone, whatever its name."""
    root = _root()
    if root.is_dir() and root / model in root.iterdir():
        shutil.rmtree(root / model, ignore_errors=True)


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise FormatError("unknown_kind", kind=kind[:40], kinds=", ".join(KINDS))


def _report(path: Path) -> Parity | None:
    """None where there is no such zip, or it is not one that can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(PARITY).file_size > _MAX_REPORT_BYTES:
                return None
            return Parity.parse(archive.read(PARITY))
    except (OSError, ValueError, KeyError, RecursionError, NotImplementedError, zipfile.BadZipFile):
        return None


def _root() -> Path:
    return registry.home() / "data" / "exports"
