"""Which evaluations there are: those that models brought with them, and those that were made here."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model import registry
from model.card import ModelError
from training import places, prediction_table
from training.prediction_table import About, EvaluationError

PATTERN = "evaluation-*.parquet"


@dataclass(frozen=True)
class Kept:
    """An evaluation's file and what it says of itself; `shipped` came with the model, whose card vouches for it."""

    path: Path
    about: About
    shipped: bool

    @property
    def state(self) -> str:
        """Another word as soon as the file is another."""
        stat = self.path.stat()
        return f"{stat.st_mtime_ns}-{stat.st_size}"


def folder(model: str, home: Path | None = None) -> Path:
    """Where the evaluations of this model lie that were made here."""
    return places.evaluations(model, home)


def kept(home: Path | None = None) -> list[Kept]:
    """All that can be read; of two of the same photos by the same model the newer one. Sorted by model and photos."""
    newest: dict[tuple[str, ...], Kept] = {}
    for path, shipped in _files(home or registry.home()):
        try:
            about = prediction_table.about(path)
        except EvaluationError:
            continue  # it is shown when somebody asks for it by its name
        # Two folders can have the same name, and then their files have not.
        of = (about.model, about.model_hash, path.stem)
        if of not in newest or newest[of].about.made < about.made:
            newest[of] = Kept(path, about, shipped)
    return sorted(
        newest.values(), key=lambda one: (one.about.model, one.about.dataset, one.about.split, one.path)
    )


def _files(home: Path) -> Iterator[tuple[Path, bool]]:
    for name in registry.names():
        try:
            artifact = registry.find(name)
        except ModelError:
            continue
        for path in sorted(artifact.folder.glob(PATTERN)):
            yield path, path.name in artifact.card.files
    made = home / "data" / "evaluations"
    if made.is_dir():
        for model in sorted(os.scandir(made), key=lambda entry: entry.name):
            if model.is_dir():
                for path in sorted(Path(model.path).glob(PATTERN)):
                    yield path, False
