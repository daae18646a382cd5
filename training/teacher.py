"""A finished model as teacher: its answers soften the labels, and labels it all but rules out are not learnt.

What the teacher says of photos that it learnt from itself is a little too kind to their labels; where it contradicts
one all the same, the label is most likely wrong. Only photos to learn from are taught, never those that judge.
"""

from dataclasses import replace

import numpy as np

from model import registry
from model.card import LITERT
from model.classifier import LiteRTEngine
from training import batches
from training.batches import Examples
from training.recipe import Recipe

AT_ONCE = 128


def taught(examples: Examples, recipe: Recipe) -> Examples:
    """The examples whose label the teacher finds possible, with labels between theirs and its answer."""
    teacher = LiteRTEngine(registry.find(recipe.teacher).content(LITERT))
    views = batches.views(examples, (teacher.input_size, teacher.input_size), AT_ONCE)
    answers = [teacher.predict(part.astype(np.uint8)).probabilities[:, 1] for part in views]
    says_male = np.concatenate(answers)
    says_label = np.where(examples.labels == 1, says_male, 1 - says_male)
    softened = (1 - recipe.teacher_share) * examples.labels + recipe.teacher_share * says_male
    possible = np.flatnonzero(says_label >= recipe.distrust_below)
    return replace(examples, male=softened.astype(np.float32)).only(possible)
