"""What another model says of the photos that a run's model was judged on, from the very same crops.

Only so can the two be compared fairly: a person's own photos have no split but the one that the run made of them.
"""

from pathlib import Path

from model import classifier, registry
from model.card import ModelError
from model.registry import Artifact
from training import evaluations, prediction_table, predictions, promotion
from training.finish import Judged
from training.prediction_table import EvaluationError
from training.predictions import Progress as Step
from training.progress import Progress
from training.table import DatasetError


def ask_active(judged: list[Judged], progress: Progress) -> None:
    """Ask the model that answers now; where that fails, the run is no worse for it, and it can be asked later."""
    try:
        ask(registry.find(promotion.answering()), judged, lambda done, of: progress.tell(step=done, steps=of))
    except (ModelError, DatasetError, EvaluationError) as error:
        progress.log(f"the active model was not asked: {error}")


def ask(artifact: Artifact, judged: list[Judged], step: Step = lambda done, of: None) -> list[Path]:
    """Evaluate it on all of them, and say where the evaluations lie."""
    engine = classifier.load(artifact)
    made = []
    for part in judged:
        if not len(part.rows):
            continue
        table = predictions.predict(
            engine, part.dataset, part.rows, source="crops", crops=part.crops, progress=step
        )
        about = predictions.describe(
            artifact.card,
            engine,
            part.dataset.name,
            part.split,
            "crops",
            name=artifact.name,
            spec=part.spec,
        )
        path = evaluations.folder(artifact.name) / part.file
        prediction_table.write(path, table, about)
        made.append(path)
    return made
