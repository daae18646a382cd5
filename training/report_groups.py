"""The part of a report that says for whom the model is worse, and what may be said of the gaps; also drawn faces."""

from collections.abc import Iterator, Mapping

from training import figures_groups, stress_result, verdicts
from training import groups as grouping
from training.groups import ENOUGH, Gap, Groups
from training.report_figures import spoken
from training.report_page import chart, heading, paragraph, table
from training.report_subject import Subject
from training.report_words import column_name, condition_name, group_name
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
        yield paragraph(f"{_largest(gap, found, speech)} {_verdict(verdicts.of_gap(gap, found), speech)}")
        heads = (t("Group"), t("Against all others, in points"), t("Verdict"))
        yield table(heads, _each(verdicts.of_each(found), speech))
        if odds := grouping.equalised_odds(found):
            yield paragraph(_odds(odds, speech))
    if columns:
        yield paragraph(
            t(
                "Beside each name stands the number of faces. Groups of fewer than {few} faces are pale and are not "
                "judged. Each group is compared with all other faces, with ranges widened for asking about many.",
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
    rows = [
        (
            condition_name(one.name, speech),
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
    value, low, high = (_signed(part, speech, "+") for part in (estimate.value, *estimate.interval))
    return speech.t("{value} ({low} to {high})", value=value, low=low, high=high)


def _signed(part: float, speech: Speech, plus: str = "") -> str:
    """With a true minus sign; what rounds to nothing has none."""
    words = speech.number(abs(part) * 100, 1)
    sign = "" if not words.strip("0.,") else "−" if part < 0 else plus
    return sign + words


def _largest(gap: Gap, found: Groups, speech: Speech) -> str:
    worst, best = found[gap.worst].accuracy, found[gap.best].accuracy
    return speech.t(
        "Worst: {worst}, {low_share} right. Best: {best}, {high_share}. The gap is {value} points ({low} to {high}).",
        worst=group_name(gap.worst, speech),
        best=group_name(gap.best, speech),
        low_share=speech.percent(worst.value if worst else 0),
        high_share=speech.percent(best.value if best else 0),
        **_ends(gap.difference, speech),
    )


def _verdict(verdict: Verdict, speech: Speech) -> str:
    if verdict.kind == "real":
        return speech.t("The gap is real: luck alone would hardly make it.")
    if verdict.kind == "more" and verdict.photos:
        return speech.t(
            "Nobody can tell yet: about {n} more photos of the two would, if the gap stayed as it is.",
            n=speech.number(rounded(verdict.photos)),
        )
    return speech.t("Unclear: among so many groups, luck alone makes such a gap.")


def _each(each: Mapping[str, Verdict], speech: Speech) -> Iterator[tuple[str, str, str]]:
    """Every group's difference and what may be said of it, the real ones first."""
    t = speech.t
    words = {"real": t("Real"), "more": t("More photos needed"), "unclear": t("Unclear")}
    for kind, word in words.items():
        for name, verdict in each.items():
            if verdict.kind != kind:
                continue
            if kind == "more" and verdict.photos:
                word = t("Need about {n} more photos", n=speech.number(rounded(verdict.photos)))
            yield group_name(name, speech), points(verdict.difference, speech), word


def _odds(odds: Estimate, speech: Speech) -> str:
    return speech.t(
        "Equalised-odds difference: {value} points ({low} to {high}). So far apart are two groups in how many of "
        "their women, or of their men, are recognised.",
        **_ends(odds, speech),
    )


def _ends(estimate: Estimate, speech: Speech) -> dict[str, str]:
    parts = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: _signed(part, speech) for name, part in parts.items()}


def rounded(photos: int) -> int:
    """To two digits: more would be a precision that nobody has."""
    size = 10 ** max(0, len(str(photos)) - 2)
    return -(-photos // size) * size
