"""How people and the model did on the same faces: who was right how often, and whether who was sure was right.

What counts is faces, not votes: fifty people who all look at one picture are no fifty pictures. So every interval here
is that of a share of so many faces, which is wide enough for the mean of their shares. Where faces have unequally many
answers, they are worth fewer faces (Kish's effective number): with ten faces and five to thirty people it then missed
the truth in at most 5 of 100 simulated rounds, and in up to 14 where every face counted as one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training import statistics
from training.quiz import Question
from training.statistics import Estimate
from training.table import FEMALE, MALE

# How sure somebody is: from which chance of being right the model counts as just as sure.
STEPS = (0.5, 0.7, 0.9)
GUESS, FAIRLY, VERY = range(len(STEPS))


@dataclass(frozen=True)
class Vote:
    """`answer` is None for "cannot tell", `sureness` one of the steps, None where it was not said."""

    answer: int | None
    sureness: int | None = None

    def __post_init__(self) -> None:
        # Neither a number that only equals one, nor a truth value.
        if self.answer is not None and (type(self.answer) is not int or self.answer not in (FEMALE, MALE)):
            raise ValueError("A vote is for one of the two answers, or for neither.")
        if self.sureness is not None and (
            type(self.sureness) is not int or not 0 <= self.sureness < len(STEPS)
        ):
            raise ValueError("A vote is as sure as one of the steps, or does not say.")


CANNOT_TELL = Vote(None)
Ballot = Sequence[Vote]


@dataclass(frozen=True)
class Kept:
    """Of `of` answers that were called so sure, how many were right; they are worth so many `faces` of equal weight."""

    right: int
    of: int
    faces: float

    @property
    def share(self) -> Estimate | None:
        return _of_faces(self.right / self.of, self.faces) if self.of else None


@dataclass(frozen=True)
class Tally:
    female: int
    male: int
    cannot_tell: int

    @property
    def of(self) -> int:
        return self.female + self.male + self.cannot_tell

    @property
    def majority(self) -> int | None:
        """The answer that more people gave than any other; None where that is "cannot tell", or where two are level."""
        if max(self.female, self.male) <= max(self.cannot_tell, min(self.female, self.male)):
            return None
        return FEMALE if self.female > self.male else MALE


def tally(ballot: Ballot) -> Tally:
    answers = [vote.answer for vote in ballot]
    return Tally(answers.count(FEMALE), answers.count(MALE), answers.count(None))


def model_right(questions: Sequence[Question]) -> int:
    return sum(one.right for one in questions)


def majority_right(questions: Sequence[Question], ballots: Sequence[Ballot]) -> int:
    """How many faces more people got right than said anything else."""
    return sum(tally(ballot).majority == one.label for one, ballot in zip(questions, ballots, strict=True))


def of_faces(right: int, faces: int) -> Estimate | None:
    return statistics.proportion(right, faces)


def average(questions: Sequence[Question], ballots: Sequence[Ballot]) -> Estimate | None:
    """How often one of those who voted is right, each face counting alike; None where nobody voted."""
    shares = [
        sum(vote.answer == one.label for vote in ballot) / len(ballot)
        for one, ballot in zip(questions, ballots, strict=True)
        if ballot
    ]
    return _of_faces(sum(shares) / len(shares), len(shares)) if shares else None


def calibration(questions: Sequence[Question], ballots: Sequence[Ballot]) -> tuple[Kept, ...]:
    """For each step of sureness how often those who said it were right; "cannot tell" says nothing of it."""
    said = [
        (number, vote.sureness, vote.answer == one.label)
        for number, (one, ballot) in enumerate(zip(questions, ballots, strict=True))
        for vote in ballot
        if vote.answer is not None and vote.sureness is not None
    ]
    return tuple(_kept((number, right) for number, sure, right in said if sure == step) for step in _steps())


def model_calibration(questions: Sequence[Question]) -> tuple[Kept, ...]:
    """The same of the model's likelier answers, by the chance that it gave them."""
    said = [(number, step_of(one.confidence), one.right) for number, one in enumerate(questions)]
    return tuple(_kept((number, right) for number, sure, right in said if sure == step) for step in _steps())


def step_of(confidence: float) -> int:
    return max((step for step in _steps() if confidence >= STEPS[step]), default=GUESS)


def _steps() -> range:
    return range(len(STEPS))


def _kept(said: Iterable[tuple[int, bool]]) -> Kept:
    found = list(said)
    of_each = Counter(number for number, _ in found).values()
    faces = len(found) ** 2 / sum(count**2 for count in of_each) if found else 0.0
    return Kept(sum(right for _, right in found), len(found), faces)


def _of_faces(share: float, faces: float) -> Estimate | None:
    interval = statistics.wilson(min(share * faces, faces), faces)
    return Estimate(share, *interval) if interval else None
