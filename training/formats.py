"""A finished model to take home: `packed(model, kind)` is a zip with the network in another format, and how far it
answers alike.

The work needs TensorFlow, so a child does it (`python -m training export`, `formats_write.py`); whoever asks, such as a
page, stays small. One at a time on a computer. A child that is no longer wanted is ended, and leaves nothing.
"""

import errno
import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from model import atomic, registry
from model.card import ModelError
from model.faces import Pixels
from training import background
from training.formats_parity import PARITY, Parity
from training.progress import read_status

Kind = Literal["keras", "onnx", "litert", "litert-int8"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STAGES = ("starting", "faces", "converting", "comparing", "packing")

SENTENCES = {
    "unknown_kind": "There is no format {kind}; choose one of {kinds}.",
    "busy": "Another model is being packed on this computer; wait a minute and try again.",
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
    "died": "The work ended before it was done, for no reason that is known here; start it again.",
    "no_memory": "The memory of this computer was not enough; close other programs and start it again.",
    "disk_full": "The disk is full; make room and start it again.",
}
_GRACE_S = 2.0
_LOOK_S = 0.2
_MAX_OUTCOME_BYTES = 20_000

Tell = Callable[[str, int, int], None]


class FormatError(Exception):
    """Nothing was written, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, Any] = facts


@dataclass(frozen=True)
class Packed:
    """The zip, which stays until the next one of this model and format, and what its parity report says."""

    path: Path
    parity: Parity


def packed(
    model: str,
    kind: Kind,
    faces: Pixels | str | None = None,
    progress: Tell = lambda stage, done, of: None,
) -> Packed:
    """The model of this name as a zip in that format, compared with the original on sample faces.

    `faces` are aligned crops, or a data set as `open_dataset` takes it; without them, one that the model learnt from,
    or any that is here. `progress(stage, done, of)` hears several times a second; whatever it raises ends the work.
    """
    check_kind(kind)
    artifact = registry.find(model)
    home = registry.home() / "data" / "exports"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("ab") as lock:
        if not background.grab(lock):
            raise FormatError("busy")
        for left in home.glob("work-*"):  # by a server that was killed
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix="work-", dir=home))
        try:
            out = work / f"{artifact.name}-{kind}.zip"
            words = ["export", f"--model={artifact.name}", f"--to={kind}", f"--out={out}", f"--status={work}"]
            child = background.spawn(words + _faces(faces, work), work / "log.txt", lock)
            try:
                _watch(child, work, progress)
            finally:
                _end(child)
            _check_outcome(work)
            parity = Parity.parse(zipfile.ZipFile(out).read(PARITY))
            made = out.replace(home / out.name)
            atomic.sync(home)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise FormatError("disk_full") from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return Packed(made, parity)


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise FormatError("unknown_kind", kind=kind[:40], kinds=", ".join(KINDS))


def _faces(faces: Pixels | str | None, work: Path) -> list[str]:
    if faces is None:
        return []
    if isinstance(faces, str):
        return [f"--data={faces}"]
    np.save(work / "faces.npy", faces, allow_pickle=False)
    return [f"--faces={work / 'faces.npy'}"]


def _watch(child: "subprocess.Popen[bytes]", work: Path, progress: Tell) -> None:
    while child.poll() is None:
        status = read_status(work) or {}
        progress(
            str(status.get("stage", "starting")), int(status.get("step") or 0), int(status.get("steps") or 0)
        )
        try:
            child.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Asked kindly first; a converter hears nothing while it converts."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _check_outcome(work: Path) -> None:
    """Raise what the child could not do, as the error that it met."""
    status = read_status(work) or {}
    if status.get("state") == "done":
        return
    try:
        with (work / "outcome.json").open("rb") as file:
            outcome = json.loads(file.read(_MAX_OUTCOME_BYTES))
        code, facts = str(outcome["code"]), dict(outcome["facts"])
    except (OSError, ValueError, KeyError, TypeError):
        raise FormatError("disk_full" if status.get("state") == "failed" else "died") from None
    from training.prediction_table import EvaluationError
    from training.table import DatasetError
    from training.zips import ZipError

    for kind in (FormatError, ModelError, DatasetError, ZipError, EvaluationError):
        try:
            error = kind(code, **facts)
        except KeyError:
            continue
        raise error
    raise FormatError("died")
