"""The first half of a report: how good the model is, what it took whom for, and whether it keeps its word."""

from collections.abc import Iterator

from model.card import LABELS
from training import figures, figures_curves
from training.answers import THRESHOLD
from training.report_page import chart, heading, paragraph, table
from training.report_page import figures as large
from training.report_subject import Subject
from training.statistics import Estimate
from words.speech import Speech


def headline(subject: Subject) -> Iterator[str]:
    """The large figures, each with its interval, and what giving everybody one answer would get."""
    t, counts = subject.speech.t, subject.counts
    if not counts.n:
        yield paragraph(t("There are no such faces in this evaluation, so there is nothing to count."))
        return
    shares = [
        (t("Right"), counts.accuracy),
        (t("Women recognised"), counts.recall["female"]),
        (t("Men recognised"), counts.recall["male"]),
        (t("Sure enough to answer"), counts.answered),
        (t("Right when it answers"), counts.accuracy_when_sure),
    ]
    yield large((name, *_figure(found, subject.speech)) for name, found in shares)
    if constant := counts.constant_answer:
        answer, share = constant
        said = {
            "female": t("always “female” would get {share}", share=subject.speech.percent(share, 1)),
            "male": t("always “male” would get {share}", share=subject.speech.percent(share, 1)),
        }[answer]
        yield paragraph(t("For comparison: without looking, {said}.", said=said))
    yield paragraph(
        t(
            "The range beside each figure is where the true one lies in 95 of 100 cases. The model answers “male” "
            "above {threshold} and says “not sure” below {sure} of confidence.",
            threshold=subject.speech.percent(THRESHOLD),
            sure=subject.speech.percent(subject.view.about.sure_at, 1),
        ),
        "small",
    )


def matrix(subject: Subject) -> Iterator[str]:
    t, counts, speech = subject.speech.t, subject.counts, subject.speech
    yield heading(t("What did it take whom for?"))
    yield chart(figures.confusion(counts, subject.look, speech))
    names = {"female": t("“female”"), "male": t("“male”")}
    rows = [
        (names[label], spoken(counts.precision[label], speech), spoken(counts.f1[label], speech))
        for label in LABELS
    ]
    yield table((t("The answer"), t("right when it says so (precision)"), t("F1")), rows)
    yield chart(
        figures.histograms(subject.answers, THRESHOLD, subject.view.about.sure_at, subject.look, speech)
    )


def curves(subject: Subject) -> Iterator[str]:
    """Calibration, ROC and precision-recall; a sentence where one needs what is not there."""
    t, view, speech = subject.speech.t, subject.view, subject.speech
    yield heading(t("How sure is it, and rightly so?"))
    if view.reliability:
        drawn = figures_curves.reliability(view.reliability, view.ece, subject.look, speech)
        yield paragraph(drawn.says)
        yield chart(drawn)
    else:
        yield paragraph(t("There are no faces to say it of."))
    yield heading(t("And at other thresholds?"))
    for title, found in (
        (t("ROC"), figures_curves.roc(view, subject.answers, subject.look, speech)),
        (
            t("Precision and recall"),
            figures_curves.precision_recall(view, subject.answers, subject.look, speech),
        ),
    ):
        yield heading(title, 3)
        if found:
            yield paragraph(found.says)
            yield chart(found)
        else:
            yield paragraph(t("This needs both women and men among the faces."))


def spoken(estimate: Estimate | None, speech: Speech, digits: int = 1) -> str:
    """A share with its interval in words."""
    if estimate is None:
        return speech.t("cannot be said")
    return f"{speech.percent(estimate.value, digits)} {figures.span(estimate, speech, digits)}"


def _figure(estimate: Estimate | None, speech: Speech) -> tuple[str, str]:
    if estimate is None:
        return "–", speech.t("cannot be said")
    return speech.percent(estimate.value, 1), figures.span(estimate, speech, 1)
