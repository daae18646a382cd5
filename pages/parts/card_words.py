"""What a model's card says in names and words of its own: data sets, where weights came from, how good it is where."""

from collections.abc import Mapping, Sequence
from typing import Any

from model.card import Card
from training import report_words
from ui.language import number, of_100, percent, speech, t

DATASETS = report_words.DATASETS
NEEDED = ("n", "accuracy", "accuracy_interval", "answered", "accuracy_when_sure", "constant_answer")
FEW_FACES = 30

Result = Mapping[str, Any]


def results(card: Card) -> list[tuple[str, Result]]:
    """Every whole measurement, the one that flatters least first."""
    whole = [
        (name, found)
        for name, found in card.results.items()
        if isinstance(found, dict) and all(found.get(key) is not None for key in NEEDED)
    ]
    return sorted(whole, key=lambda pair: float(pair[1]["accuracy"]))


def measured_on(name: str) -> str:
    """The photos of a measurement in words: `utkface-validation` are UTKFace's validation photos."""
    dataset, _, split = name.rpartition("-")
    return report_words.photos_name(dataset, split, "raw", speech()) if dataset else name


def with_interval(share: float, low: float, high: float) -> str:
    return t(
        "{share} ({low} to {high})",
        share=percent(share, 1),
        low=of_100(low, 1),
        high=of_100(high, 1),
    )


def of_few(share: float, n: int, low: float, high: float) -> str | None:
    """How many were right, where there are so few faces that “of 100” would seem to count more than were seen."""
    if n >= FEW_FACES:
        return None
    return t(
        "{right} of {n} right ({low} to {high})",
        right=number(share * n),
        n=number(n),
        low=of_100(low),
        high=percent(high),
    )


def right(result: Result) -> str:
    low, high = (of_100(end, 1) for end in result["accuracy_interval"])
    return t("{share} right ({low} to {high})", share=percent(result["accuracy"], 1), low=low, high=high)


def elsewhere(card: Card) -> str:
    """A line for each measurement but the hardest one."""
    lines = [
        t("{where}: {right}, {n:,} faces", where=measured_on(name), right=right(result), n=result["n"])
        for name, result in results(card)[1:]
    ]
    return as_list(lines)


def taught_on(card: Card) -> str:
    """A line for each source of photos, with its licence."""
    lines = []
    for source in card.trained_on:
        name = report_words.dataset_name(source.name, speech())
        licence = t(source.licence).removeprefix(f"{name}: ")
        lines.append(t("**{name}**, {n:,} photos", name=name, n=source.photos) + f"  \n{licence}")
    return as_list(lines)


def whose_weights(card: Card) -> str:
    known = {
        "face_resnet": t("dlib's face network, by Davis King (CC0, given to everybody)"),
        "efficientnet_lite0": t("EfficientNet-Lite0, by Google (Apache-2.0)"),
    }
    return t(
        "Teaching began from weights that others made: {start}. Faces are found by MTCNN, trained by its authors and "
        "packaged by Iván de Paz Centeno (MIT). Everything after that was taught here.",
        start=known.get(card.backbone, card.backbone),
    )


def as_list(points: Sequence[str]) -> str:
    return "\n".join(f"- {point}" for point in points)
