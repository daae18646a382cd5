"""The most confident mistakes as small pictures, for a report whose maker has asked for people's faces in it."""

import base64
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from model.images import PhotoError
from training import thumbnails
from training.report_page import heading, paragraph, text
from training.report_subject import Subject
from training.table import DatasetError
from training.view import confidence

if TYPE_CHECKING:
    from training.table import Dataset

MOST = 24
_SIDE_PX = 144


def faces(subject: Subject) -> Iterator[str]:
    t = subject.speech.t
    yield heading(t("Its most confident mistakes"))
    rows = most_confident_mistakes(subject)
    if not len(rows):
        yield paragraph(t("It made no mistake on these photos."))
        return
    dataset = _opened(subject)
    if dataset is None:
        yield paragraph(t("These photos are not on this computer, so no face can be shown."))
        return
    yield paragraph(
        t(
            "These are pictures of people, most of whom never agreed to stand in a report. The owners of the photos "
            "usually allow research only: do not pass this file on without asking."
        ),
        "warn",
    )
    place = {str(id_): at for at, id_ in enumerate(dataset.table["id"])}
    items = (_item(subject, int(row), dataset, place.get(str(subject.view.ids[row]))) for row in rows)
    yield f'<ul class="faces">{"".join(items)}</ul>'


def most_confident_mistakes(subject: Subject) -> np.ndarray:
    """Places of wrong answers, the surest first."""
    wrong = np.flatnonzero(~subject.answers.right)
    return wrong[np.argsort(-confidence(subject.answers)[wrong], kind="stable")][:MOST]


def _item(subject: Subject, row: int, dataset: "Dataset", place: int | None) -> str:
    t, answers = subject.speech.t, subject.answers
    share = subject.speech.percent(float(confidence(answers)[row]))
    said = (
        t("taken for a man, {share}", share=share)
        if answers.predicted[row]
        else t("taken for a woman, {share}", share=share)
    )
    label = t("labelled male") if answers.labels[row] else t("labelled female")
    address = _address(dataset, place)
    shown = f'<img src="{address}" alt="">' if address else f"<p>{text(t('photo not on this computer'))}</p>"
    return f"<li>{shown}<b>{text(said)}</b><br>{text(label)}</li>"


def _opened(subject: Subject) -> "Dataset | None":
    from training.datasets import open_dataset

    try:
        return open_dataset(subject.view.about.photos)
    except DatasetError:
        return None


def _address(dataset: "Dataset", place: int | None) -> str | None:
    """The photo's face, small, drawn anew so that nothing of the file but its pixels goes along."""
    if place is None:
        return None
    try:
        small = thumbnails.square(dataset.read(place), _SIDE_PX)
    except (DatasetError, PhotoError):
        return None
    packed = io.BytesIO()
    Image.fromarray(small).save(packed, "JPEG", quality=82)
    return f"data:image/jpeg;base64,{base64.b64encode(packed.getvalue()).decode()}"
