"""Which models there are, and which one answers.

Models that ship with the repository lie in `model/artifacts/NAME`, a person's own in `runs/ID/model`. What
`data/active.json` names answers; where that one cannot be opened the shipped model does, and says why.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from model import atomic
from model import card as cards
from model.card import Card, ModelError

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "model" / "artifacts"
DEFAULT = "rupa-1"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_ACTIVE_BYTES = 10_000

Engine = TypeVar("Engine")


@dataclass(frozen=True)
class Artifact:
    """A finished model in its folder. `name` is what a person chooses it by."""

    name: str
    folder: Path
    card: Card
    shipped: bool

    def path(self, file: str) -> Path:
        """Where a file of the model lies; its content is the card's, or `CardError` is raised."""
        return cards.checked_path(self.folder, self.card, file)

    def content(self, file: str) -> bytes:
        """A file of the model; the very bytes that were compared with the card."""
        return cards.checked_bytes(self.folder, self.card, file)


@dataclass(frozen=True)
class Opened(Generic[Engine]):
    """What answers now, and why it is not the model that was chosen, where it is not."""

    artifact: Artifact
    engine: Engine
    passed_over: ModelError | None


def home() -> Path:
    """The folder for what the app keeps: `RUPA_HOME`, or the project's own."""
    return Path(os.environ.get("RUPA_HOME") or ROOT)


def names() -> list[str]:
    """Every model that has a card, the shipped ones first; whether it opens is another matter."""
    shipped = _shipped_names()
    own = _plain(card.parents[1] for card in (home() / "runs").glob(f"*/model/{cards.CARD}"))
    return shipped + [name for name in own if name not in shipped]


def find(name: str) -> Artifact:
    """The model of this name, shipped or a person's own; its card is read, its files are not."""
    if not _NAME.fullmatch(name):
        raise ModelError("model_unknown", name=name[:64])
    places = [(SHIPPED / name, True), (home() / "runs" / name / "model", False)]
    there = [place for place in places if place[0].is_dir()]
    if not there:
        raise ModelError("model_unknown", name=name)
    folder, shipped = next((place for place in there if (place[0] / cards.CARD).exists()), there[0])
    return Artifact(name, folder, cards.read(folder), shipped)


def active_name() -> str | None:
    """The model that was chosen to answer; None where nobody chose."""
    path = home() / "data" / "active.json"
    try:
        with path.open("rb") as file:
            name = json.loads(file.read(_MAX_ACTIVE_BYTES))["model"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise ModelError("choice_lost") from error
    if not isinstance(name, str):
        raise ModelError("choice_lost")
    return name


def choice() -> tuple[int, ...] | None:
    """Another value as soon as somebody has chosen, be it the same model again; None while nobody has."""
    try:
        stat = (home() / "data" / "active.json").stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def activate(name: str) -> None:
    """Let this model answer from now on."""
    find(name)
    path = home() / "data" / "active.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps({"model": name}).encode() + b"\n")


def open_active(load: Callable[[Artifact], Engine]) -> Opened[Engine]:
    """Open the chosen model by `load`, or the shipped one where that fails."""
    passed_over = None
    try:
        chosen = active_name()
    except ModelError as error:
        chosen, passed_over = None, error
    for name in _in_turn(chosen):
        try:
            artifact = find(name)
            return Opened(artifact, load(artifact), passed_over)
        except ModelError as error:
            passed_over = passed_over or error
    raise ModelError("no_model") from passed_over


def _in_turn(chosen: str | None) -> list[str]:
    shipped = _shipped_names()
    turn = [chosen, DEFAULT if DEFAULT in shipped else None, *shipped]
    return list(dict.fromkeys(name for name in turn if name is not None))


def _shipped_names() -> list[str]:
    return _plain(card.parent for card in SHIPPED.glob(f"*/{cards.CARD}"))


def _plain(folders: Iterable[Path]) -> list[str]:
    return sorted(folder.name for folder in folders if _NAME.fullmatch(folder.name))
