"""An evaluation as one HTML file to keep, print or send: it opens without a network, and shows nobody unless asked to.

`make(kept, language)` gives the file's text. The parts are in `report_figures.py`, `report_groups.py`,
`report_faces.py` and `report_origins.py`; what a file is made of in `report_page.py`.
"""

from collections.abc import Iterator

from training import report_faces, report_figures, report_groups, report_origins, report_subject
from training.evaluations import Kept
from training.report_page import heading, page, paragraph, text
from training.report_subject import Subject
from training.report_words import photos_name
from words.speech import Language


def make(kept: Kept, language: Language = "en", *, with_faces: bool = False) -> str:
    """Raises `EvaluationError` where the evaluation cannot be read."""
    subject = report_subject.of(kept, language)
    title = subject.speech.t("How good is {model}, and for whom?", model=subject.view.about.model)
    return page(title, language, _body(subject, title, with_faces))


def file_name(kept: Kept) -> str:
    """Of plain letters: the model's name and the file's are names that somebody chose."""
    words = f"{kept.about.model}-{kept.path.stem.removeprefix('evaluation-')}"
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-.") else "-" for letter in words
    )
    return f"report-{plain.strip('-.')[:100]}.html"


def _body(subject: Subject, title: str, with_faces: bool) -> Iterator[str]:
    t, speech, about = subject.speech.t, subject.speech, subject.view.about
    yield f"<header>{heading(title, 1)}"
    photos = photos_name(about.dataset, about.split, about.source, speech)
    yield paragraph(
        t(
            "Measured on {photos}: {n} faces, {day}. The model says what a face looks like to it; it cannot know who "
            "somebody is.",
            photos=photos,
            n=speech.number(subject.counts.n),
            day=speech.day(about.made),
        ),
        "lead",
    )
    yield "</header><main>"
    yield from report_figures.headline(subject)
    if subject.counts.n:
        yield from report_figures.matrix(subject)
        yield from report_groups.groups(subject)
        yield from report_figures.curves(subject)
        yield from report_groups.stress(subject)
    if with_faces:
        yield from report_faces.faces(subject)
    yield from report_origins.card(subject)
    yield from report_origins.computed(subject)
    yield f"</main><footer>{text(t('Made by Rupa on this computer. This file asks nothing of any other.'))}</footer>"
