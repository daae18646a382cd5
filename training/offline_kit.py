"""All that a demonstration without the internet needs: fetched, or made here from what was fetched, once.

Each piece says whether it is here, and what is here is left alone; so the same command goes on after whatever ended
it, a power cut included. A piece that cannot be had does not keep the others from coming.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model import atomic, registry
from model.card import ModelError
from training import download, pretrained_imagenet, promotion, stage_ready
from training.prediction_table import EvaluationError
from training.table import DatasetError

Tell = Callable[[str, int, int], None]
Train = Callable[[Path], int]

PHOTOS, SPLIT = "fairface", "validation"
PHOTOS_MB, BACKBONES_MB = 63, 860
RUN = "offline-kit"
_FULL = "The disk is full; make room and run the same command again."


@dataclass(frozen=True)
class Piece:
    """`mb` is fetched where it is not here; `make` fetches or makes it, and raises one of `FAILURES`."""

    name: str
    mb: int
    here: Callable[[], bool]
    make: Callable[[Tell], object]


@dataclass(frozen=True)
class Had:
    """A piece that is here now, or why it is not."""

    piece: Piece
    why_not: str | None = None


class NotMadeError(Exception):
    """A piece that needs another, or that ended without a result; the text is the sentence for a person."""


FAILURES = (
    DatasetError,
    EvaluationError,
    ModelError,
    NotMadeError,
    pretrained_imagenet.UnreachableError,
    OSError,
)


def pieces(train: Train, *, backbones: bool = False) -> tuple[Piece, ...]:
    """In the order in which they need each other; `train` goes on with a run in its folder until it ends."""
    weights = Piece("ImageNet weights of the other backbones", BACKBONES_MB, _weights_here, _fetch_weights)
    return (
        Piece("FairFace's validation photos", PHOTOS_MB, _photos_here, _fetch_photos),
        Piece("an evaluation on them, so that errors have faces", 0, _examined, _examine),
        Piece("a short training on some of them, to compare with", 0, _taught, lambda tell: _teach(train)),
        *((weights,) if backbones else ()),
    )


def get(wanted: Sequence[Piece], tell: Tell) -> Iterator[Had]:
    """One after the other; what is here already is not touched."""
    for piece in wanted:
        try:
            if not piece.here():
                piece.make(tell)
                _see_that_it_came(piece)
            yield Had(piece)
        except FAILURES as error:
            full = isinstance(error, OSError) and atomic.is_full(error)
            yield Had(piece, _FULL if full else str(error) or type(error).__name__)


def _see_that_it_came(piece: Piece) -> None:
    if not piece.here():
        raise NotMadeError("It ended without a fault, and yet what it was to leave is not here.")


def _photos_here() -> bool:
    return stage_ready.opened(PHOTOS) is not None


def _fetch_photos(tell: Tell) -> None:
    download.prepare(f"{PHOTOS}-{SPLIT}", progress=tell)


def _examined() -> bool:
    return any(
        (one.about.model, one.about.photos) == (promotion.answering(), PHOTOS)
        for one in stage_ready.examined()
    )


def _examine(tell: Tell) -> None:
    _need_photos()
    from training import evaluation

    evaluation.evaluate(
        promotion.answering(),
        PHOTOS,
        SPLIT,
        "raw",
        beside_model=False,
        progress=lambda done, of: tell("photos evaluated", done, of),
    )


def _taught() -> bool:
    return stage_ready.pair() is not None and stage_ready.finished() is not None


def _teach(train: Train) -> None:
    """The very photos and recipe that the script offers, so that it is also a rehearsal of them."""
    folder = registry.home() / "runs" / RUN
    if not (folder / "recipe.json").exists():
        _need_photos()
        from training import run_state
        from training.recipe import PRESETS

        few = stage_ready.few(PHOTOS)
        run_state.begin(folder, [few.spec], PRESETS["quick"], RUN)
    if train(folder):
        raise NotMadeError("The short training did not end well; what it said stands above.")
    if not _taught():
        raise NotMadeError(
            f"The short training left no two models to compare; delete {folder}, and it begins anew."
        )


def _weights_here() -> bool:
    return all(map(pretrained_imagenet.is_here, pretrained_imagenet.FILES))


def _fetch_weights(tell: Tell) -> None:
    files = list(pretrained_imagenet.FILES)
    for place, name in enumerate(files):
        tell("files of weights", place, len(files))
        pretrained_imagenet.fetch(name)


def _need_photos() -> None:
    if not _photos_here():
        raise NotMadeError("It is made from FairFace's photos, which are not here yet.")
