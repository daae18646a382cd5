"""The end of a report: what the model learnt from and is not for, and how every figure above was computed."""

from collections.abc import Iterator

from model import card as cards
from training import audit, evaluation
from training.report_page import heading, listing, paragraph, table
from training.report_subject import Subject
from training.report_words import dataset_name, split_name


def card(subject: Subject) -> Iterator[str]:
    t, speech = subject.speech.t, subject.speech
    if subject.artifact is None:
        yield heading(t("What is known of the model?"))
        yield paragraph(t("The model is no longer on this computer, so its card cannot be quoted."))
        return
    known = subject.artifact.card
    yield heading(t("What did it learn from?"))
    yield listing(
        t("{name}, {n} photos", name=dataset_name(source.name, speech), n=speech.number(source.photos))
        + f". {t(source.licence)}"
        for source in known.trained_on
    )
    if known.fails_on:
        yield heading(t("Where it fails"))
        yield listing(t(sentence) for sentence in known.fails_on)
    if known.not_for:
        yield heading(t("What it must not be used for"))
        yield listing(t(sentence) for sentence in known.not_for)


def computed(subject: Subject) -> Iterator[str]:
    """Enough to do it again, and to see whether anything was changed since."""
    t, speech, about = subject.speech.t, subject.speech, subject.view.about
    yield heading(t("How was this computed?"))
    unreadable = evaluation.unreadable(subject.table)
    nobody = len(subject.table) - subject.counts.n - unreadable
    rows = [
        (t("Model"), about.model),
        ("SHA-256 model.keras", about.model_hash),
        (t("Data set"), dataset_name(about.dataset, speech)),
        (t("Split"), split_name(about.split, speech)),
        (t("Faces from"), {"raw": t("whole photos"), "crops": t("faces cut beforehand")}[about.source]),
        (t("Photos"), speech.number(len(subject.table))),
        (t("No face found"), t("{n}, in none of these figures", n=speech.number(nobody))),
        (t("Could not be read"), t("{n}, in none of these figures", n=speech.number(unreadable))),
        (t("Crop"), about.crop),
        (t("Answered on"), speech.day(about.made)),
        (t("Software"), about.software),
        ("SHA-256 " + subject.kept.path.name, cards.sha256(subject.kept.path)),
    ]
    yield table((t("What"), t("Which")), rows)
    yield _audited(subject)
    yield paragraph(
        t(
            "Ranges are of 95%: Wilson's for shares, DeLong's for the area under the ROC curve, Newcombe's for gaps "
            "and equalised odds (widened by Bonferroni where one of many is picked), and resampling for calibration. "
            "Answers and labels stand in one row of one file."
        ),
        "small",
    )


def _audited(subject: Subject) -> str:
    speech = subject.speech
    if subject.artifact is None:
        return ""
    found = audit.audit(subject.kept, subject.table, subject.artifact)
    if found.wrong:
        names = ", ".join(check.name for check in found.wrong[:5])
        words = speech.tn(
            "{n:,} thing is not what was written down: {names}. Do not trust this report before somebody has looked.",
            "{n:,} things are not what was written down: {names}. Do not trust this report before somebody has looked.",
            len(found.wrong),
            names=names,
        )
        return paragraph(words, "fault")
    if not found.checks:
        return ""
    return paragraph(
        speech.tn(
            "{n:,} thing that the model's card and files say was checked, and it is so.",
            "{n:,} things that the model's card and files say were checked, and they are so.",
            len(found.checks),
        )
    )
