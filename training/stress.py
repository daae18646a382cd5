"""The stress test: every face of an evaluation redrawn in each condition, and the model asked about each.

Photos stream: what is in memory is one batch of crops, and one number a face and condition.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import classifier, registry
from model.card import LABELS
from model.classifier import Engine
from model.registry import Artifact
from training import answers as reading
from training import crops, evaluation, evaluations, predictions, stress_result
from training.answers import Answers
from training.datasets import Dataset, open_dataset
from training.predictions import Progress
from training.stress_pictures import CONDITIONS, Pixels, redraw
from training.stress_result import MAX_EXAMPLES, Condition, Example, StressError, StressTest

AT_ONCE = 64
SEED = 13
_MALE = LABELS.index("male")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Stressed:
    """The test, and the file that keeps it."""

    test: StressTest
    path: Path


def stress(
    model: str,
    data: str,
    split: str | None = None,
    *,
    beside_model: bool = False,
    progress: Progress = lambda done, of: None,
) -> Stressed:
    """Of the model and the photos of these names; kept where evaluations are kept, or `beside_model` on its card."""
    artifact, dataset = registry.find(model), open_dataset(data)
    split = split or evaluation.usual_split(dataset)
    test = measure(artifact, evaluation.of_split(dataset, split), split, progress=progress)
    name = stress_result.file_of(Path(evaluation.file_name(dataset, split, "raw", evaluation.spec_of(data))))
    folder = artifact.folder if beside_model else evaluations.folder(artifact.name)
    if beside_model:
        stress_result.put_on_card(folder, name, test)
    else:
        stress_result.write(folder / name, test)
    return Stressed(test, folder / name)


def measure(
    artifact: Artifact,
    dataset: Dataset,
    split: str,
    *,
    seed: int = SEED,
    progress: Progress = lambda done, of: None,
) -> StressTest:
    """Of every row of the data set in which a face is found."""
    engine = classifier.load(artifact)
    rows, p_male = _ask(engine, dataset, seed, progress)
    if not len(rows):
        raise StressError("no_faces", name=dataset.name)
    about = predictions.describe(artifact.card, engine, dataset.name, split, "crops", name=artifact.name)
    table = dataset.table.iloc[rows]
    ids, labels = table["id"].to_numpy(dtype=object), table["label"].to_numpy(dtype=np.int64)
    sure_at = artifact.card.sure_at
    return StressTest(
        model=about.model,
        model_hash=about.model_hash,
        dataset=about.dataset,
        split=split,
        seed=seed,
        made=about.made,
        software=about.software,
        sure_at=sure_at,
        photos=len(dataset),
        not_found=len(dataset) - len(rows),
        conditions=tuple(
            _condition(name, ids, labels, p_male[:, 0], p_male[:, at], sure_at)
            for at, name in enumerate(CONDITIONS)
        ),
    )


def _ask(engine: Engine, dataset: Dataset, seed: int, progress: Progress) -> tuple[NDArray[np.int64], Floats]:
    """The rows with a face, and for each of them the model's share for male in each condition."""
    ids = dataset.table["id"]
    rows: list[int] = []
    said: list[Floats] = []
    waiting: list[tuple[int, Pixels]] = []

    def empty() -> None:
        for start in range(0, len(waiting), AT_ONCE):
            part = waiting[start : start + AT_ONCE]
            said.append(np.stack([_asked(engine, name, part, ids, seed) for name in CONDITIONS], axis=1))
        rows.extend(row for row, _ in waiting)
        waiting.clear()

    progress(0, len(dataset))
    for done, (row, crop) in enumerate(crops.look_at_all(dataset, range(len(dataset))), start=1):
        if crop is not None:
            waiting.append((row, crop))
        if len(waiting) == AT_ONCE or done == len(dataset):
            empty()
            progress(done, len(dataset))
    return np.array(rows, np.int64), np.concatenate(said) if said else np.empty(
        (0, len(CONDITIONS)), np.float32
    )


def _asked(
    engine: Engine, condition: str, faces: list[tuple[int, Pixels]], ids: pd.Series, seed: int
) -> Floats:
    views = [redraw(condition, crop, engine.input_size, seed, ids.iloc[row]) for row, crop in faces]
    return engine.predict(np.stack(views)).probabilities[:, _MALE]


def _condition(
    name: str,
    ids: NDArray[np.object_],
    labels: NDArray[np.int64],
    plain: Floats,
    redrawn: Floats,
    sure_at: float,
) -> Condition:
    before, after = (_answers(labels, p_male, sure_at) for p_male in (plain, redrawn))
    gained, lost = after.right & ~before.right, before.right & ~after.right
    sides = []
    for label in range(len(LABELS)):
        wrong = np.flatnonzero((labels == label) & ~after.right)
        # Those first that the redrawing turned; a photo that was wrong before says nothing of it.
        order = np.lexsort((ids[wrong].astype(str), -np.abs(redrawn[wrong] - 0.5), ~before.right[wrong]))
        sides.append(
            tuple(
                Example(str(ids[at]), round(float(redrawn[at]), 4), round(float(plain[at]), 4))
                for at in wrong[order[:MAX_EXAMPLES]]
            )
        )
    of_label = [labels == label for label in range(len(LABELS))]
    return Condition(
        name,
        after.counts().cells.tolist(),
        (int(gained[of_label[0]].sum()), int(gained[of_label[1]].sum())),
        (int(lost[of_label[0]].sum()), int(lost[of_label[1]].sum())),
        (sides[0], sides[1]),
    )


def _answers(labels: NDArray[np.int64], p_male: Floats, sure_at: float) -> Answers:
    table = pd.DataFrame({"found": np.ones(len(labels), bool), "label": labels, "p_male": p_male})
    return reading.read(table, sure_at=sure_at)
