"""Which model answers: `promote` it where the gate lets it, or for a reason that is written down; `roll_back` one step.

`data/promotions.jsonl` has a line for each change, written before the choice that it tells of. Where the choice fails
the line is taken away again; after a power cut between the two, the choice counts. The engine at work is exchanged by
whoever asks (`model/running.py`).
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from model import atomic, registry
from model.card import KERAS, ModelError
from training import background, places
from training.gate import gate

SENTENCES = {
    "answers_already": "This model answers already.",
    "needs_reason": "The comparison does not speak for this model; write down why it should answer anyway.",
    "nothing_before": "No model was promoted here before this one, so there is none to go back to.",
    "other_before": "Somebody changed meanwhile which model answers, so nothing was changed now; see which one it is.",
    "disk_full": "The disk is full, so nothing was changed; make room and try again.",
    "disk_closed": places.CLOSED,
}
MAX_REASON = 500
_MAX_BYTES = 5_000_000


class PromotionError(Exception):
    """Nothing was changed, for the reason that `code` names; the text is the sentence for the person who asked."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.facts: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Change:
    """`before` answered until `when` (ISO 8601, UTC), `after` from then on; `sha256` is that of its model."""

    kind: Literal["promote", "roll_back"]
    when: str
    before: str
    after: str
    sha256: str
    verdict: str | None = None
    said: tuple[str, ...] = ()
    reason: str | None = None


class _Turn(NamedTuple):
    """A model that answered for a while; of one that was chosen by hand nobody wrote down the hash."""

    name: str
    sha256: str | None


def promote(candidate: str, reason: str | None = None) -> Change:
    """Let this model answer; without a reason only where the gate says so. Every file of it is checked first."""
    why = " ".join((reason or "").split())[:MAX_REASON] or None
    with _writing(), alone():
        now = active()
        if candidate == now:
            raise PromotionError("answers_already")
        digest = _checked(candidate)
        verdict = gate(candidate, answering())
        if verdict.answer != "promote" and why is None:
            raise PromotionError("needs_reason")
        said = tuple(line.code for line in verdict.lines)
        return _made(Change("promote", _now(), now, candidate, digest, verdict.answer, said, why))


def roll_back(to: str | None = None) -> Change:
    """Let the model before this one answer again; where somebody was shown which one that is, only `to` that one."""
    with _writing(), alone():
        earlier = before()
        if to is not None and to != earlier:
            raise PromotionError("other_before")
        if earlier is None:
            raise PromotionError("nothing_before")
        return _made(Change("roll_back", _now(), active(), earlier, _checked(earlier)))


def take_back(change: Change) -> bool:
    """Let the one before answer again, where this change turned out to be none; not where somebody went on from it."""
    with _writing(), alone():
        if active() != change.after or not _here(change.before):
            return False
        _made(Change("roll_back", _now(), change.after, change.before, _checked(change.before)))
        return True


@contextmanager
def alone() -> Iterator[None]:
    """As long as this is held, the choice stays as it is."""
    with background.turn(_path().with_name(".promotions.lock")):
        yield


def answering() -> str:
    """The model that does answer: where the chosen one is gone, the shipped one in its place."""
    name = active()
    return name if _here(name) else registry.DEFAULT


def before() -> str | None:
    """The model that `roll_back` lets answer again: the last one before this that is still here.

    What was trained anew under the name of one that is gone is another model, for which nobody has spoken.
    """
    now, changes = active(), history()
    if changes and changes[0].before == now != changes[0].after:
        changes = changes[1:]  # was meant, and never came to be
    turns = _turns(changes)
    while turns and turns[-1].name != now:
        turns.pop()  # somebody chose another by hand
    return next(
        (one.name for one in reversed(turns[:-1]) if one.name != now and _here(one.name, one.sha256)), None
    )


def history() -> list[Change]:
    """Every change, the newest first; a line that cannot be read is left out."""
    try:
        with _path().open("rb") as file:
            lines = file.read(_MAX_BYTES).decode("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [change for line in reversed(lines) if (change := _parsed(line))]


def active() -> str:
    """The name of the model that was chosen to answer; the shipped one where nobody chose or the choice is lost."""
    try:
        return registry.active_name() or registry.DEFAULT
    except ModelError:
        return registry.DEFAULT


def _here(name: str, sha256: str | None = None) -> bool:
    try:
        artifact = registry.find(name)
    except ModelError:
        return False
    # One that ships with the app changes with the app, and is the way back all the same.
    return sha256 is None or artifact.shipped or artifact.card.files[KERAS] == sha256


def _checked(name: str) -> str:
    """The model's hash, once every file of it is known to be the card's."""
    artifact = registry.find(name)
    for file in artifact.card.files:
        artifact.path(file)
    return artifact.card.files[KERAS]


def _made(change: Change) -> Change:
    """Write it down and let that model answer: both, or neither."""
    path = _path()
    before = path.read_bytes() if path.exists() else None
    try:
        _write_down(path, before or b"", change)
        registry.activate(change.after)
    finally:
        if active() != change.after:
            _shorten(path, before)
    return change


def _write_down(path: Path, before: bytes, change: Change) -> None:
    if before and not before.endswith(b"\n"):
        before += b"\n"
    atomic.write(path, before + json.dumps(asdict(change), ensure_ascii=False).encode() + b"\n")


def _shorten(path: Path, before: bytes | None) -> None:
    """Back to what it was before a line was added to it; no room is needed, since the disk may have none."""
    if before is None:
        path.unlink(missing_ok=True)
        return
    with path.open("r+b") as file:
        file.truncate(len(before))
        os.fsync(file.fileno())


def _turns(changes: Sequence[Change]) -> list[_Turn]:
    """The models that answered one after the other, without those that were gone back from."""
    turns: list[_Turn] = []
    for change in reversed(changes):
        made = _Turn(change.after, change.sha256)
        last = made if change.kind == "roll_back" else _Turn(change.before, None)
        if any(turn.name == last.name for turn in turns):
            while turns[-1].name != last.name:
                turns.pop()
            turns[-1] = last if last.sha256 else turns[-1]
        else:
            turns.append(last)  # it was chosen by hand
        if change.kind == "promote":
            turns.append(made)
    return turns


def _parsed(line: str) -> Change | None:
    try:
        raw = json.loads(line)
        raw["said"] = tuple(raw["said"])
        change = Change(**raw)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    words = (change.when, change.before, change.after, change.sha256, *change.said)
    right = change.kind in ("promote", "roll_back") and all(isinstance(word, str) for word in words)
    return change if right else None


def _path() -> Path:
    return registry.home() / "data" / "promotions.jsonl"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _writing() -> AbstractContextManager[None]:
    return atomic.where_it_can_be_written(PromotionError)
