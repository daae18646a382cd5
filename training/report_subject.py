"""What a report is about: one evaluation, its model's card where the model is still here, and the language."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from model import registry
from model.card import KERAS, ModelError
from model.registry import Artifact
from training import prediction_table
from training.answers import Answers, Counts
from training.evaluations import Kept
from training.figures import LIGHT, Look
from training.view import View
from words.speech import Language, Speech


@dataclass(frozen=True)
class Subject:
    """`table` has no embeddings. `artifact` is the very model that answered; None where it is gone or another."""

    kept: Kept
    table: pd.DataFrame
    view: View
    artifact: Artifact | None
    speech: Speech
    look: Look = LIGHT

    @cached_property
    def answers(self) -> Answers:
        return self.view.at()

    @cached_property
    def counts(self) -> Counts:
        return self.answers.counts()


def of(kept: Kept, language: Language) -> Subject:
    """Raises `EvaluationError` where the evaluation cannot be read."""
    table, about = prediction_table.read(kept.path, embeddings=False)
    return Subject(kept, table, View.of(table, about), model_of(kept), Speech(language))


def model_of(kept: Kept) -> Artifact | None:
    try:
        found = registry.find(kept.about.model)
    except ModelError:
        return None
    return found if found.card.files.get(KERAS) == kept.about.model_hash else None
