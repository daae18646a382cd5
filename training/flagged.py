"""Faces that a visitor gave, with the label they should have had: training material, a folder a label.

Only what a person agreed to in words comes here: the crop and what the model had said of it. No name, no original
file, no metadata. `open_folder` reads the folder as it reads anybody's photos; a line a face in `said.jsonl` keeps
what was said.
"""

import io
import json
import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from model import atomic, registry
from model.card import LABELS
from model.faces import Pixels
from training import background, crop_folders

if TYPE_CHECKING:
    from training.table import Dataset

NAME = "flagged"
MAX_FACES = 2000
MAX_OF_ONE = 50  # given by one visit, so that nobody fills the room for all in a moment
MAX_SIDE = 512
SAID = "said.jsonl"
_QUALITY = 95
_ID = re.compile(r"[0-9a-f]{16}")
_given_by: dict[str, str] = {}  # since the app was started: the visit that gave each face

SENTENCES = {
    "flagged_full": (
        "There are {most:,} kept faces already, and no more are taken; train with them, or delete some first."
    ),
    "flagged_enough": "You have given {most} faces already, which is the most from one visit; thank you.",
    "flagged_before": "This very picture is kept already, and once is enough.",
    "flagged_failed": "The face could not be kept, because the disk did not take it; nothing of it is left there.",
}


class FlaggedError(Exception):
    """Nothing was kept, for the reason that `code` names; the text is the sentence for the person."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Said:
    """What the model had said of the face, and which model, of which kind of crop."""

    label: str
    p_male: float
    model: str
    crop: str


@dataclass(frozen=True)
class Kept:
    """A kept face: the label it should have had, and its picture."""

    label: str
    jpeg: bytes


def folder() -> Path:
    return registry.home() / "data" / NAME


def dataset() -> "Dataset":
    """The kept faces, to train on; `DatasetError` where there are none."""
    # Whoever only keeps a face does not wait for Pandas.
    from training.folders import open_folder

    return open_folder(folder(), NAME)


def ids() -> list[str]:
    """Every face that is kept."""
    return sorted(name for label in LABELS for name in _names(label))


def face(name: str) -> Kept | None:
    """One that is kept; None where it has been deleted since."""
    _check(name)
    for label in LABELS:
        try:
            return Kept(label, (folder() / label / f"{name}.jpg").read_bytes())
        except FileNotFoundError:
            continue
    return None


def said() -> dict[str, tuple[str, Said]]:
    """The label of each kept face, and what had been said of it; one of which nobody knows that is left out."""
    there = {name: label for label in LABELS for name in _names(label)}
    lines = {str(line.get("id")): line for line in _lines()}
    known = {name: _said(lines[name]) for name in there if name in lines}
    return {name: (there[name], one) for name, one in known.items() if one}


def save(
    crop: Pixels,
    should_be: str,
    said: Said,
    visit: str = "",
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> str:
    """Keep this face under the label it should have had, and return the id to delete it by.

    Where it is said which `visit` gives it, one gives `MAX_OF_ONE` at most.
    """
    if should_be not in LABELS:
        raise ValueError(f"A face is kept as one of {', '.join(LABELS)}, not {should_be!r}.")
    if crop.ndim != 3 or max(crop.shape[:2]) > MAX_SIDE:
        raise ValueError(f"A crop of at most {MAX_SIDE} pixels a side is kept, not {crop.shape}.")
    picture = jpeg(crop)
    name = secrets.token_hex(8)
    line = {"id": name, "should_be": should_be, **asdict(said), "date": today().isoformat()}
    try:
        with _alone():
            there = ids()
            if len(there) >= MAX_FACES:
                raise FlaggedError("flagged_full", most=MAX_FACES)
            if visit and sum(_given_by.get(name) == visit for name in there) >= MAX_OF_ONE:
                raise FlaggedError("flagged_enough", most=MAX_OF_ONE)
            if _is_there(picture):
                raise FlaggedError("flagged_before")
            path = folder() / should_be / f"{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(path, picture)
            _write_lines([*_lines(), line])
            if visit:
                _given_by[name] = visit
    except OSError as error:
        _remove(name)
        raise FlaggedError("flagged_failed") from error
    return name


def delete(*names: str) -> None:
    """Take these faces off the disk again, with every picture made of them; one that is gone already is no fault.

    A model that learnt from one stays, and what was measured on it keeps its numbers under its id.
    """
    from training import mistakes, preview  # Pandas again

    for name in names:
        _check(name)

    def forget() -> None:
        preview.forget()
        mistakes.forget(NAME.__eq__)

    forget()  # before as well: who is killed on the way leaves none that nobody could ask to delete
    try:
        with _alone():
            for name in names:
                _remove(name)
                _given_by.pop(name, None)
            crop_folders.forget(
                NAME, registry.home()
            )  # other faces, other crops: they would be cut anew anyway
            lines = _lines()
            left = [line for line in lines if line.get("id") not in names]
            if len(left) < len(lines):
                _write_lines(left)
    finally:
        forget()


def _alone() -> AbstractContextManager[None]:
    """Alone in changing what is kept, also among processes."""
    return background.turn(folder() / ".lock")


def _names(label: str) -> list[str]:
    return [path.stem for path in (folder() / label).glob("*.jpg") if _ID.fullmatch(path.stem)]


def _is_there(picture: bytes) -> bool:
    files = [path for label in LABELS for path in (folder() / label).glob("*.jpg")]
    return any(path.stat().st_size == len(picture) and path.read_bytes() == picture for path in files)


def _check(name: str) -> None:
    if not _ID.fullmatch(name):
        raise ValueError("not an id of a kept face")


def _remove(name: str) -> None:
    for label in LABELS:
        (folder() / label / f"{name}.jpg").unlink(missing_ok=True)


def _lines() -> list[dict[str, Any]]:
    """What was said of each face; a line that is none is passed over, since the photos are what counts."""
    try:
        text = (folder() / SAID).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for row in text.splitlines() if (line := _line(row))]


def _line(row: str) -> dict[str, Any] | None:
    try:
        line = json.loads(row)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _said(line: dict[str, Any]) -> Said | None:
    label, p_male, model, crop = (line.get(name) for name in ("label", "p_male", "model", "crop"))
    if not (isinstance(label, str) and isinstance(model, str) and isinstance(crop, str)):
        return None
    if not isinstance(p_male, int | float) or not 0 <= p_male <= 1:
        return None
    return Said(label, float(p_male), model, crop)


def _write_lines(lines: list[dict[str, Any]]) -> None:
    path, data = folder() / SAID, "".join(json.dumps(line) + "\n" for line in lines).encode()
    try:
        atomic.write(path, data)
    except OSError as error:
        if not atomic.is_full(error) or len(data) > path.stat().st_size:
            raise
        with path.open(
            "r+b"
        ) as file:  # what is deleted goes, also where there is no room for the rest beside it
            file.write(data)
            file.truncate()


def jpeg(crop: Pixels) -> bytes:
    """What `save` writes, of the pixels alone: there is no metadata that could come along."""
    file = io.BytesIO()
    Image.fromarray(crop).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
