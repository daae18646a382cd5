"""The card of a finished model: what it is, how it was made, where it fails, and which files belong to it.

A card is read as if a stranger had written it: every field has its type and its bounds, and a file whose
SHA-256 is not the card's is not touched. What to do with the model is said elsewhere.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from model import atomic
from model.sentences import sentence

LABELS = ("female", "male")
CARD = "card.json"
KERAS, LITERT = "model.keras", "model.tflite"
HEAD = "head.npz"  # the last layer's weights, where they alone explain an answer

MAX_CARD_BYTES = 1_000_000
MAX_FILE_BYTES = 500_000_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_FILE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_HASH = re.compile(r"[0-9a-f]{64}")


class ModelError(Exception):
    """A model cannot be used, for the reason that `code` names; the text is the sentence for a person."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(sentence(code, **facts))
        self.code = code
        self.facts = facts


class CardError(ModelError):
    """The card, or a file that belongs to it, is not what it should be."""


@dataclass(frozen=True)
class TrainedOn:
    """One source of the photos that a model was made from."""

    name: str
    photos: int
    licence: str
    split: str


@dataclass(frozen=True)
class Card:
    """All that is known of a model. `files` maps each file's name to its SHA-256."""

    name: str
    version: str
    made: str
    backbone: str
    input_size: int
    crop: str
    labels: tuple[str, ...]
    files: Mapping[str, str]
    temperature: float
    sure_at: float
    trained_on: tuple[TrainedOn, ...]
    recipe: Mapping[str, Any]
    results: Mapping[str, Any]
    fails_on: tuple[str, ...]
    not_for: tuple[str, ...]

    def __post_init__(self) -> None:
        """A card with a wrong field cannot exist, whoever makes it."""
        _must(isinstance(self.name, str) and _NAME.fullmatch(self.name), "its name is not a plain word")
        for field in ("version", "backbone", "crop"):
            _must(_is_text(getattr(self, field), 64), f"{field} is not a short text")
        _must(_is_date(self.made), "made is not a date")
        _must(_is_whole(self.input_size, 16, 1024), "input_size is not a whole number from 16 to 1024")
        _must(self.labels == LABELS, f"labels are not {', '.join(LABELS)}")
        _must(_is_number(self.temperature, 0.01, 100), "temperature is not a number from 0.01 to 100")
        _must(_is_number(self.sure_at, 0.5, 1), "sure_at is not a number from 0.5 to 1")
        _check_files(self.files)
        _must(_is_list(self.trained_on, TrainedOn, 64), "trained_on is not a list of sources")
        for source in self.trained_on:
            texts = (source.name, source.licence, source.split)
            _must(
                all(_is_text(text, 200) for text in texts), "a source in trained_on is not described in words"
            )
            _must(_is_whole(source.photos, 0, 10**10), "a source in trained_on has no number of photos")
        for field in ("recipe", "results"):
            _must(isinstance(getattr(self, field), dict), f"{field} is not an object")
        for field in ("fails_on", "not_for"):
            sentences = getattr(self, field)
            right = _is_list(sentences, str, 64) and all(_is_text(text, 500) for text in sentences)
            _must(right, f"{field} is not a list of sentences")

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"


def read(folder: Path) -> Card:
    """The card in `folder`; raises `CardError` where it is missing or wrong."""
    return parse(_bounded(folder / CARD, MAX_CARD_BYTES))


def parse(data: bytes) -> Card:
    """The card that these bytes describe, every field checked."""
    try:
        raw = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise CardError("card_wrong", what="it is not JSON") from error
    _must(isinstance(raw, dict), "it is not a JSON object")
    known = {field.name for field in fields(Card)}
    _must(
        set(raw) == known, f"its fields are not those of a card ({', '.join(sorted(set(raw) ^ known))[:200]})"
    )
    for name in ("labels", "trained_on", "fails_on", "not_for"):
        _must(isinstance(raw[name], list), f"{name} is not a list")
        raw[name] = tuple(raw[name])
    raw["trained_on"] = tuple(_source(source) for source in raw["trained_on"])
    return Card(**raw)


def sure_from(sure_at: float) -> float:
    """The confidence from which an answer is sure; of a card that says 1 none ever is, though rounding reaches 1."""
    return sure_at if sure_at < 1 else math.inf


def write(folder: Path, card: Card) -> None:
    """Put the card into `folder`, whole or not at all."""
    atomic.write(folder / CARD, card.as_json().encode())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_path(folder: Path, card: Card, file: str) -> Path:
    """Where the file lies, once its content is known to be the card's."""
    _present(folder, card, file)
    path = folder / file
    if sha256(path) != card.files[file]:
        raise CardError("file_changed", file=file)
    return path


def checked_bytes(folder: Path, card: Card, file: str) -> bytes:
    """The content of the file: the very bytes that were compared with the card."""
    _present(folder, card, file)
    data = (folder / file).read_bytes()
    if hashlib.sha256(data).hexdigest() != card.files[file]:
        raise CardError("file_changed", file=file)
    return data


def _present(folder: Path, card: Card, file: str) -> None:
    path = folder / file
    if file not in card.files or not path.is_file():
        raise CardError("file_missing", file=file)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CardError("file_changed", file=file)


def _bounded(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise CardError("file_missing", file=path.name) from error
    _must(len(data) <= limit, "it is too long")
    return data


def _source(raw: Any) -> TrainedOn:
    wanted = {field.name for field in fields(TrainedOn)}
    _must(isinstance(raw, dict) and set(raw) == wanted, "a source in trained_on has the wrong fields")
    return TrainedOn(**raw)


def _check_files(files: Any) -> None:
    _must(isinstance(files, dict) and len(files) <= 64, "files is not an object")
    for name, digest in files.items():
        plain = isinstance(name, str) and _FILE.fullmatch(name) and name.lower() != CARD
        _must(plain, "a file's name is not a plain one")
        _must(isinstance(digest, str) and _HASH.fullmatch(digest), "a file has no SHA-256")
    _must({KERAS, LITERT} <= set(files), f"{KERAS} or {LITERT} is not among its files")


def _must(holds: object, otherwise: str) -> None:
    if not holds:
        raise CardError("card_wrong", what=otherwise)


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= longest and value.isprintable()


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object, least: float, most: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and least <= value <= most  # type: ignore[arg-type,operator]


def _is_list(value: object, kind: type, most: int) -> bool:
    return isinstance(value, tuple) and len(value) <= most and all(isinstance(item, kind) for item in value)


def _is_date(value: object) -> bool:
    if not isinstance(value, str) or len(value) > 40:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number")
    return number
