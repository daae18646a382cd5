"""Ten faces that are hard on purpose, drawn from an evaluation, for people to try where the model tried.

Half of them the model got wrong or was not sure of, the other half are of those that it got right but was least sure
of. The draw depends on the evaluation and a seed alone. Labels come evenly, and groups of people too where they are
known. Where ages are known, nobody under three is shown, because of babies even people cannot tell.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from model.card import LABELS
from training import statistics
from training.flagged import Said
from training.statistics import Estimate
from training.table import AGE_BANDS, FEMALE, MALE
from training.view import View, confidence

FACES = 10
LEAST = 4  # with fewer, there is nothing to play
SEEDS = 1_000_000
_STUMBLED = FACES // 2
# Of each label, so many of the sure and right answers count as narrow: the least sure twentieth, but a few at least.
_NARROW_SHARE, _NARROW_LEAST = 0.05, 20
_TRIES = 4

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Question:
    """A face and what was said of it; `id` opens its photo and stays with the server."""

    id: str
    label: int
    p_male: float
    sure: bool

    @property
    def answer(self) -> int:
        """The likelier one, which counts also where the model is not sure of it."""
        return MALE if self.p_male > 0.5 else FEMALE

    @property
    def confidence(self) -> float:
        return max(self.p_male, 1 - self.p_male)

    @property
    def right(self) -> bool:
        return self.answer == self.label


@dataclass(frozen=True)
class Draw:
    """`overall` is how often the model is right on all `of` faces; None where it is not known."""

    questions: tuple[Question, ...]
    seed: int
    overall: Estimate | None = None
    of: int = 0

    @property
    def all_shown(self) -> bool:
        """Whether there were no more faces, so that none was chosen."""
        return self.overall is not None and self.of <= FACES

    @property
    def stumbled(self) -> int:
        """How many of them the model got wrong or was not sure of."""
        return sum(not (one.right and one.sure) for one in self.questions)

    def without(self, id_: str) -> "Draw":
        """The same draw, but for a face whose photo cannot be shown."""
        left = tuple(one for one in self.questions if one.id != id_)
        return Draw(left, self.seed, self.overall, self.of)


def draw(view: View, seed: int) -> Draw:
    """The faces of this seed, in its order; fewer than `FACES` where the evaluation has no more."""
    answers = view.at()
    sureness = confidence(answers)
    shown = _of_three_or_older(view)
    good = answers.right & answers.sure
    stumbled, narrow = shown & ~good, _narrow(shown & good, answers.labels, sureness)
    random = np.random.default_rng(seed)
    places = _picked(stumbled, narrow, shown, answers.labels, sureness, _groups(view), random)
    questions = tuple(
        Question(
            str(view.ids[at]), int(answers.labels[at]), float(answers.p_male[at]), bool(answers.sure[at])
        )
        for at in random.permutation(places)
    )
    right, of = int(answers.right.sum()), len(answers)
    return Draw(questions, seed, statistics.proportion(right, of), of)


def another(view: View, before: Collection[str], random: Random) -> Draw:
    """A draw with as few of the faces that were shown `before` as a few seeds give."""
    draws = (draw(view, random.randrange(SEEDS)) for _ in range(_TRIES if before else 1))
    return min(draws, key=lambda one: _shared(one, before))


def of_flagged(said: Mapping[str, tuple[str, Said]], before: Collection[str], random: Random) -> Draw:
    """As many of both labels as there are, of faces that people kept with the label they should have had."""
    seeds = [random.randrange(SEEDS) for _ in range(_TRIES)]
    return min((_flagged(said, seed) for seed in seeds), key=lambda one: _shared(one, before))


def _flagged(said: Mapping[str, tuple[str, Said]], seed: int) -> Draw:
    random = Random(seed)
    ids = random.sample(sorted(said), len(said))
    women, men = ([id_ for id_ in ids if said[id_][0] == label] for label in LABELS)
    of_women = min(len(women), max(FACES // 2, FACES - len(men)))
    chosen = women[:of_women] + men[: FACES - of_women]
    questions = [
        Question(id_, LABELS.index(label), one.p_male, one.label != "unsure")
        for id_, (label, one) in ((id_, said[id_]) for id_ in random.sample(chosen, len(chosen)))
    ]
    return Draw(tuple(questions), seed)


def _shared(draw: Draw, before: Collection[str]) -> int:
    return len({one.id for one in draw.questions} & set(before))


def _of_three_or_older(view: View) -> NDArray[np.bool_]:
    """And all whose age nobody knows."""
    ages = view.columns.get("age")
    youngest = AGE_BANDS[0]
    if ages is None or youngest not in ages.names:
        return np.ones(len(view.rows), dtype=bool)
    return ages.codes != ages.names.index(youngest)


def _groups(view: View) -> Places:
    """For each face the number of its group, from 0; one group for all where none is known."""
    if not view.group_columns:
        return np.zeros(len(view.rows), np.int64)
    return view.columns[view.group_columns[0]].codes + 1


def _narrow(
    good: NDArray[np.bool_], labels: NDArray[np.int64], sureness: NDArray[np.float64]
) -> NDArray[np.bool_]:
    found = np.zeros(len(good), dtype=bool)
    for label in (FEMALE, MALE):
        places = np.flatnonzero(good & (labels == label))
        count = max(_NARROW_LEAST, int(len(places) * _NARROW_SHARE))
        found[places[np.argsort(sureness[places], kind="stable")][:count]] = True
    return found


def _picked(
    stumbled: NDArray[np.bool_],
    narrow: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    labels: NDArray[np.int64],
    sureness: NDArray[np.float64],
    groups: Places,
    random: np.random.Generator,
) -> list[int]:
    used = np.zeros(int(groups.max(initial=0)) + 1, np.int64)
    chosen: list[int] = []

    def take(pool: NDArray[np.bool_], count: int) -> None:
        """Of this pool, each time a face of the group that was shown least."""
        left = random.permutation(np.flatnonzero(pool))
        left = left[~np.isin(left, chosen)]
        for _ in range(min(count, len(left))):
            at = int(np.argmin(used[groups[left]]))
            chosen.append(int(left[at]))
            used[groups[left[at]]] += 1
            left = np.delete(left, at)

    odd = int(random.integers(2))  # five of a half: three of one label, two of the other
    for label in (FEMALE, MALE):
        more = _STUMBLED - _STUMBLED // 2 if label == odd else _STUMBLED // 2
        take(stumbled & (labels == label), more)
        take(narrow & (labels == label), FACES // 2 - more)
    for pool in (stumbled, narrow):
        take(pool, FACES - len(chosen))
    rest = np.flatnonzero(shown)
    rest = rest[~np.isin(rest, chosen)]
    nearest = rest[np.argsort(sureness[rest], kind="stable")]
    return chosen + nearest[: FACES - len(chosen)].tolist()
