"""The part of a report that says for whom the model is worse, and what may be said of the gaps; also drawn faces."""

from collections.abc import Iterator, Mapping

from training import figures_groups, gap_words, stress_result, stress_words, verdicts
from training import groups as grouping
from training.groups import ENOUGH
from training.report_figures import spoken
from training.report_page import chart, heading, paragraph, table
from training.report_subject import Subject
from training.report_words import column_name, group_name
from training.statistics import Estimate
from training.verdicts import Verdict
from words.speech import Speech


def groups(subject: Subject) -> Iterator[str]:
    t, speech = subject.speech.t, subject.speech
    yield heading(t("For whom is it worse?"))
    columns = subject.view.group_columns
    if not columns:
        yield paragraph(
            t(
                "Nothing is known of these faces but what they are labelled, so there are no groups to compare."
            )
        )
    for column in columns:
        found = subject.view.groups(subject.answers, column)
        names = {name: group_name(name, speech) for name in found}
        yield heading(column_name(column, speech), 3)
        yield chart(figures_groups.groups(found, subject.counts, subject.look, speech, names=names))
        gap = grouping.largest_gap(found)
        if gap is None:
            yield paragraph(
                t(
                    "There are not two groups of at least {few} faces, so there is no gap to speak of.",
                    few=ENOUGH,
                )
            )
            continue
        told = gap_words.verdict(verdicts.of_gap(gap, found), speech)
        yield paragraph(f"{gap_words.largest(gap, found, speech)} {told}")
        heads = (t("Group"), t("Against all others, in points"), t("Verdict"))
        yield table(heads, _each(verdicts.of_each(found), speech))
        if odds := grouping.equalised_odds(found):
            yield paragraph(gap_words.equalised_odds(odds, speech))
    if columns:
        yield paragraph(
            t(
                "Beside each name stands the number of faces. Groups of fewer than {few} faces are pale and are not "
                "judged. Each group is compared with all other faces. Ranges are widened for asking about many.",
                few=ENOUGH,
            ),
            "small",
        )


def stress(subject: Subject) -> Iterator[str]:
    """The same faces redrawn, where somebody has had them redrawn."""
    found = stress_result.of(subject.kept)
    if found is None:
        return
    t, speech = subject.speech.t, subject.speech
    yield heading(t("And when the photos are not so good?"))
    yield paragraph(
        t(
            "The same faces drawn anew: covered, in poor light, blurred, small. A drawn headscarf is not a real one; "
            "read it as a hint."
        )
    )
    heads = (
        t("Redrawn"),
        t("Right"),
        t("Change in points"),
        t("Women recognised"),
        t("Men recognised"),
        t("Answered"),
    )
    names = stress_words.condition_names(speech)
    rows = [
        (
            names[one.name],
            spoken(one.counts.accuracy, speech),
            "–" if one is found.plain else points(one.change, speech),
            spoken(one.counts.recall["female"], speech),
            spoken(one.counts.recall["male"], speech),
            spoken(one.counts.answered, speech),
        )
        for one in (found.plain, *found.redrawn)
    ]
    yield table(heads, rows)


def points(estimate: Estimate | None, speech: Speech) -> str:
    """A difference in points of a hundred, with its interval."""
    if estimate is None:
        return speech.t("cannot be said")
    return speech.t("{value} ({low} to {high})", **gap_words.points(estimate, speech, "+"))


def _each(each: Mapping[str, Verdict], speech: Speech) -> Iterator[tuple[str, str, str]]:
    """Every group's difference and what may be said of it, the real ones first."""
    t = speech.t
    words = {"real": t("Real"), "more": t("More photos needed"), "unclear": t("Unclear")}
    for kind, word in words.items():
        for name, verdict in each.items():
            if verdict.kind != kind:
                continue
            if kind == "more" and verdict.photos:
                word = t("Need about {n} more photos", n=speech.number(gap_words.rounded(verdict.photos)))
            yield group_name(name, speech), points(verdict.difference, speech), word
