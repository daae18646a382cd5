"""Which photos a run has seen, so that nobody is judged on those unawares: a mark of each photo's file, beside the run.

Splits are dealt anew where a folder grows or is divided in another way. So a photo that one run keeps for judging may
be one that a model learnt from before, which the run begins from or is compared with. The same file has the same mark
wherever it lies and whatever it is called; a photo that was saved anew is another one here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model import atomic, registry
from model.card import ModelError
from model.registry import Artifact
from training import choices
from training.choices import ChosenError
from training.prediction_table import About
from training.recipe import ELSEWHERE
from training.table import Dataset

LEARNT, JUDGED = "learnt.marks", "judged.marks"
_BYTES = 8
_MOST = 1_000_000
_GENERATIONS = 20

Marks = NDArray[np.uint64]


@dataclass(frozen=True)
class Met:
    """So many of the photos a model has seen before; `seen` is None where it may have, and nobody knows."""

    seen: int | None
    of: int


def keep(path: Path, photos: Iterable[tuple[Dataset, NDArray[np.int64]]]) -> None:
    """Write down the marks of these rows of these data sets, once."""
    if path.exists():
        return
    marks = {
        blake2b(data, digest_size=_BYTES).digest()
        for dataset, rows in photos
        for _, data in dataset.scan(rows)
        if data  # else it vanished meanwhile
    }
    atomic.write(path, b"".join(sorted(marks)))


def begun_from(artifact: Artifact) -> str | None:
    """The finished model that this one went on from."""
    start = artifact.card.recipe.get("start")
    return start if isinstance(start, str) and start not in ELSEWHERE else None


def met(model: str, candidate: str, judged_on: Iterable[About]) -> Met | None:
    """Whether this model, or one that it went on from, learnt from what the candidate is judged on; None if not."""
    asked = list(judged_on)
    judged = _marks(candidate, JUDGED)
    known, unknown = [np.empty(0, np.uint64)], False
    for one in _line_of(model):
        learnt = None if one is None or one.shipped else _marks(one.name, LEARNT)
        if one is not None and one.shipped:
            unknown |= any(_dealt_anew(one, about) for about in asked)
        elif learnt is None or judged is None:
            unknown = True
        else:
            known.append(learnt)
    of = 0 if judged is None else len(judged)
    seen = 0 if judged is None else int(np.isin(judged, np.concatenate(known)).sum())
    if seen:
        return Met(seen, of)
    return Met(None, of) if unknown else None


def _line_of(model: str) -> Iterator[Artifact | None]:
    """The model, the one that it went on from, and so on; at last None where one of them is no longer here."""
    name: str | None = model
    for _ in range(_GENERATIONS):
        if name is None:
            return
        try:
            artifact = registry.find(name)
        except ModelError:
            break
        yield artifact
        name = begun_from(artifact)
    yield None


def _dealt_anew(shipped: Artifact, about: About) -> bool:
    """Whether these photos are of a published set that the model learnt from, and in other splits than it knew."""
    if not about.photos.startswith(choices.PREFIX):
        return False  # published sets alone keep their splits, and a person's own photos it never saw
    try:
        choice = choices.find(about.photos)
    except ChosenError:
        return True
    sets = {one.name.partition("-")[0] for one in shipped.card.trained_on}
    return bool(choice.wishes.get("shares")) and any(
        source.partition("-")[0] in sets for source in choice.sources
    )


def _marks(run: str, kind: str) -> Marks | None:
    path = registry.home() / "runs" / run / kind
    try:
        if path.stat().st_size > _BYTES * _MOST:
            return None
        return np.frombuffer(path.read_bytes(), np.uint64)
    except (OSError, ValueError):
        return None
