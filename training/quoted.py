"""What student projects with the same task published, as quoted figures: nothing here was measured by Rupa.

Each figure comes with what is known about it: how many photos it rests on, what always giving the commoner answer
would have got on them, and what the project's own files say against it. Figures and faults were read in the projects'
published notebooks, pictures and texts. `notes` are English sentences that `ui/locales` translates.
"""

from dataclasses import dataclass

from training import statistics
from training.statistics import Estimate


@dataclass(frozen=True)
class Quoted:
    """`right` is the published share; `n` how many photos it is of, where that was said; `commoner` how many of
    them have the commoner label; `drawn` how many are right by the matrix that was published beside it."""

    project: str
    model: str
    photos: str
    right: float | None
    n: int | None = None
    commoner: int | None = None
    drawn: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def accuracy(self) -> Estimate | None:
        """As published, with the interval that follows from the number of photos."""
        if self.right is None or self.n is None:
            return None
        return statistics.proportion(round(self.right * self.n), self.n)


_PEOPLE = (
    "The photos were split at random, not by person: about a third of the test photos show somebody who is also "
    "among the training photos."
)
_SHUFFLED = (
    "Their own matrix was drawn from answers in another order than the labels, so it shows how often two "
    "shuffled lists agree. The two figures cannot both be true."
)

RESULTS = (
    Quoted("A", "InceptionV3", "CelebA, 500 test photos", 0.968, 500, 295, 484, notes=(_PEOPLE,)),
    Quoted(
        "A",
        "Xception",
        "CelebA, 500 test photos",
        0.952,
        500,
        295,
        notes=("Its range overlaps InceptionV3's: on 500 photos the two may be equally good.",),
    ),
    Quoted("A", "ResNet50V2", "CelebA, 500 test photos", 0.934, 500, 295),
    Quoted(
        "B",
        "InceptionV3",
        "CelebA, 1,000 test photos",
        0.985,
        1000,
        953,
        901,
        notes=(
            "953 of the photos show women and 47 men, so always answering “female” gets 95.3%.",
            _SHUFFLED,
        ),
    ),
    Quoted("B", "InceptionV3", "CelebA, 94 test photos, half women", 0.957, 94, 47, 44, notes=(_SHUFFLED,)),
    Quoted("B", "InceptionV3", "CelebA, 800 validation photos", 0.939, 800, 400, 409, notes=(_SHUFFLED,)),
    Quoted(
        "B",
        "InceptionV3, 50 more epochs",
        "CelebA, 800 validation photos",
        0.955,
        800,
        400,
        407,
        notes=("On the 1,000 test photos the longer training lowered it from 98.5% to 96.2%.",),
    ),
    Quoted(
        "C",
        "ResNet50, ResNet101",
        "CelebA, 800 to 1,000 validation photos",
        None,
        notes=("Published as the best of five, 0.1 points apart: on so few photos that is one photo.",),
    ),
    Quoted(
        "D",
        "VGG16",
        "CelebA, 5,000 photos in all",
        0.9248,
        notes=("How many photos it was tested on is not said.",),
    ),
    Quoted("E", "Xception", "not said", 0.94, notes=("Neither the photos nor their number is said.",)),
    Quoted(
        "F",
        "ResNet50",
        "CelebA",
        None,
        notes=("Called the best of four, the others weak on men; no figure was published.",),
    ),
)
