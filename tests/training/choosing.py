"""Choices of made photos, and how their photos are split."""

from pathlib import Path

from tests.training import pictures
from training import (
    choices,
    chosen,
)
from training.datasets import Dataset


def folder(root: Path, each: int, first: int = 0) -> Path:
    pictures.write_folder(
        root, [f"{label}/{first + n}.png" for label in ("female", "male") for n in range(each)]
    )
    return root


def chose(*sources: str, name: str = "mine", shares: dict[str, float] | None = None) -> str:
    return choices.keep(choices.of(chosen.dealt(chosen.together(sources, name), shares), sources))


def told(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.table["id"], dataset.table["split"], strict=True))
