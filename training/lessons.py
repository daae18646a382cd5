"""What goes wrong when models are examined, done on purpose to an evaluation at hand.

Each is something that a student project published: labels in another order than the answers, a test set of nearly
women only, people in the test who were in the training too, and a difference of one photo taken for progress.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training import statistics
from training.answers import Answers, Counts
from training.statistics import Estimate

WOMEN, MEN = 953, 47
KNOWN_SHARE = 0.33
PHOTOS = 500
DRAWS = 2000


def shuffled(answers: Answers, seed: int) -> Counts:
    """The same labels and the same answers, the labels in another order."""
    order = np.random.default_rng(seed).permutation(len(answers))
    return replace(answers, labels=answers.labels[order]).counts()


def lopsided(answers: Answers, seed: int, women: int = WOMEN, men: int = MEN) -> Counts | None:
    """So many women and so many men drawn from these faces, one face perhaps twice; None without both."""
    random = np.random.default_rng(seed)
    cells = np.zeros((2, 2, 2), dtype=np.int64)
    for label, wanted in enumerate((women, men)):
        seen = answers.part(answers.labels == label).counts().cells[label]
        if not seen.sum():
            return None
        cells[label] = random.multinomial(wanted, seen.ravel() / seen.sum()).reshape(2, 2)
    return Counts(cells)


def on_strangers(measured: Estimate, known: float) -> Estimate | None:
    """How often it might be right on people it never met, if `known` of the test were people it knew by heart."""
    if not 0 <= known < 1:
        return None
    value, low, high = (
        max(0.0, (share - known) / (1 - known)) for share in (measured.value, measured.low, measured.high)
    )
    return Estimate(value, low, high)


@dataclass(frozen=True)
class Draws:
    """The share right in each of many draws of so many photos; `low` to `high` holds 95 of 100 of them."""

    photos: int
    shares: NDArray[np.float64]
    low: float
    high: float
    apart: float


def draws(answers: Answers, seed: int, photos: int = PHOTOS, times: int = DRAWS) -> Draws | None:
    """As if other people of the same kind were photographed: faces are drawn again and again, with return.

    `apart` is how often two such draws differ, by one photo at least, though the model is the same.
    """
    counts = answers.counts()
    if not counts.n:
        return None
    rights = np.random.default_rng(seed).binomial(photos, counts.right / counts.n, times)
    shares = rights / photos
    low, high = np.quantile(shares, [(1 - statistics.LEVEL) / 2, (1 + statistics.LEVEL) / 2])
    differing = rights[::2] != rights[1::2]
    return Draws(photos, shares, float(low), float(high), float(differing.mean()))
