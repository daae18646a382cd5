"""What lies on this computer for a presentation: faces behind errors, photos to learn from, two models to compare.

FairFace comes first wherever there is a choice: its photos may be shown to a class. A person's own photos, and faces
that visitors gave, are never taken: a room sees them only once the person has chosen them. It is here and not among
the pages, since the offline kit brings what it finds missing.
"""

from dataclasses import dataclass

from model.card import LABELS
from training import choices, chosen, evaluations, jobs, promotion
from training.datasets import open_dataset
from training.evaluations import Kept
from training.report_words import DATASETS
from training.run_state import Run
from training.table import Dataset, DatasetError

MOST = 500  # photos for a training that an audience waits for
SETS = ("fairface", *(name for name in DATASETS if name != "fairface"))


@dataclass(frozen=True)
class Few:
    """Photos for a short training: how `open_dataset` takes them, and how many of women and of men."""

    spec: str
    name: str
    women: int
    men: int


def examined() -> list[Kept]:
    """Every evaluation, those of the answering model first, and among them those whose photos may be shown."""
    name = promotion.answering()
    order = {dataset: place for place, dataset in enumerate(SETS)}
    return sorted(
        evaluations.kept(),
        key=lambda one: (one.about.model != name, order.get(one.about.photos, len(order))),
    )


def published() -> list[Kept]:
    """Those of them that were made on published photos."""
    return [one for one in examined() if not is_own(one.about.photos)]


def with_faces() -> Kept | None:
    """An evaluation whose photos are on this computer, so that its errors have faces."""
    absent: set[str] = set()
    for kept in examined():
        photos = kept.about.photos
        if photos in DATASETS and photos not in absent:
            if opened(photos):
                return kept
            absent.add(photos)
    return None


def is_own(photos: str) -> bool:
    """Whether any of these photos are, or may be, a person's own, which no script shows to a room unasked."""
    return not choices.for_everybody(photos)


def pair() -> tuple[Kept, Kept] | None:
    """Two models that were asked about the same published photos: the answering one and the newest other, if it was."""
    kept, name = published(), promotion.answering()
    pairs = [
        (first, second)
        for first in kept
        for second in kept
        if second.about.model != first.about.model and _photos(second) == _photos(first)
    ]
    return max(pairs, key=lambda two: (two[0].about.model == name, two[1].about.made), default=None)


def to_learn_from() -> str | None:
    """A published data set that is here."""
    return next((name for name in SETS if opened(name)), None)


def few(source: str, most: int = MOST) -> Few:
    """The same photos each time, as many women as men, in parts; raises `DatasetError`."""
    title = DATASETS[source]
    # As the Train page names and draws them, so that faces that were cut once are not cut again.
    part = chosen.at_most(chosen.together((source,), chosen.plain_name(title)), most)
    dataset = chosen.dealt(part, None)
    chosen.check(dataset.table)
    choice = choices.of(dataset, (source,), most=most)
    named = choices.Choice(
        chosen.plain_name(f"{title} {len(part)}"), choice.sources, choice.photos, choice.wishes
    )
    women, men = (int((dataset.table["label"] == label).sum()) for label in range(len(LABELS)))
    return Few(choices.keep(named), named.name, women, men)


def finished() -> Run | None:
    """The run that ended last, of those that learnt from published photos and have a model to look at."""
    done = [run for run in jobs.runs() if run.state == "done" and run.finished and not run.trials]
    done = [run for run in done if not any(map(is_own, run.data))]
    return max(done, key=lambda run: run.ended or run.asked, default=None)


def opened(name: str) -> Dataset | None:
    try:
        return open_dataset(name)
    except DatasetError:
        return None


def _photos(kept: Kept) -> tuple[str, str, str]:
    return kept.about.photos, kept.about.split, kept.about.source
