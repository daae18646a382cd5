"""The headline of the Evaluate page: how often the model is right, for women and for men, and what that is worth."""

import html
from collections.abc import Sequence

import streamlit as st

from pages.parts.evaluate_seen import Seen
from training import evaluation
from training.answers import Counts
from training.statistics import Estimate
from ui.language import number, of_100, percent, t, tn


def show(seen: Seen) -> None:
    counts, accuracy = seen.counts, seen.counts.accuracy
    if accuracy is None:
        st.info(t("There are no such faces in this evaluation, so there is nothing to count."))
        return
    st.html(f'<div class="evaluate-headline">{_main(counts, accuracy)}{_figures(_rows(counts))}</div>')
    st.caption(_of_whom(seen))


def _main(counts: Counts, accuracy: Estimate) -> str:
    constant = counts.constant_answer
    assert constant
    answer, share = constant
    always = {
        "female": t("always “female” would get {share}", share=percent(share, 1)),
        "male": t("always “male” would get {share}", share=percent(share, 1)),
    }[answer]
    low, high = 100 * accuracy.low, 100 * accuracy.high
    return (
        f'<div class="evaluate-main"><p><b>{_escaped(percent(accuracy.value, 1))}</b> '
        f"<span>{_escaped(t('right'))}<small>{_escaped(_range(accuracy))} · "
        f"{_escaped(_of(counts.right, counts.n))}</small></span></p>"
        f'<div class="evaluate-scale" aria-hidden="true"><i style="width:{100 * accuracy.value:.2f}%"></i>'
        f'<em style="left:{low:.2f}%;width:{high - low:.2f}%"></em><u style="left:{100 * share:.2f}%"></u></div>'
        f'<p class="evaluate-always" style="--at:{100 * share:.2f}%"><span>↑ {_escaped(always)}</span></p></div>'
    )


def _rows(counts: Counts) -> list[tuple[str, str, str]]:
    """Name, figure and what stands below it."""
    cells, totals = counts.confusion, counts.confusion.sum(axis=1)
    sure = counts.cells[:, :, 1]
    f1 = counts.f1
    return [
        _row(t("Women recognised"), counts.recall["female"], cells[0, 0], totals[0], t("no women here")),
        _row(t("Men recognised"), counts.recall["male"], cells[1, 1], totals[1], t("no men here")),
        _row(t("Sure enough to answer"), counts.answered, sure.sum(), counts.n, t("no faces here")),
        _row(
            t("Right when it is sure"),
            counts.accuracy_when_sure,
            sure.trace(),
            sure.sum(),
            t("it is never sure here"),
        ),
        _row(t("F1 of “female”"), f1["female"], None, None, t("no women here")),
        _row(t("F1 of “male”"), f1["male"], None, None, t("no men here")),
    ]


def _row(
    name: str, estimate: Estimate | None, count: int | None, of: int | None, nothing: str
) -> tuple[str, str, str]:
    if estimate is None:
        return name, "–", nothing
    counted = f"\n{_of(count, of)}" if count is not None and of is not None else ""
    return name, percent(estimate.value, 1), _range(estimate) + counted


def _figures(rows: Sequence[tuple[str, str, str]]) -> str:
    cells = "".join(
        f"<div><dt>{_escaped(name)}</dt><dd><b>{_escaped(figure)}</b>{_small(below)}</dd></div>"
        for name, figure, below in rows
    )
    return f'<dl class="evaluate-figures">{cells}</dl>'


def _small(lines: str) -> str:
    return "".join(f"<small>{_escaped(line)}</small>" for line in lines.splitlines())


def _of_whom(seen: Seen) -> str:
    """Of how many faces this is; those that were not found are in none of the numbers."""
    photos, found = len(seen.whole.table), len(seen.whole.rows)
    if seen.groups:
        return t(
            "Counted are the {n} chosen faces of {of}. Under each figure is the range in which the true one lies in "
            "95 of 100 cases. F1 is high only where few are missed and few are wrongly called so.",
            n=number(seen.counts.n),
            of=number(found),
        )
    unreadable = evaluation.unreadable(seen.whole.table)
    said = []
    if photos == found:
        said.append(t("The detector found a face in every one of the {n} photos.", n=number(photos)))
    if nobody := photos - found - unreadable:
        said.append(
            tn(
                "In {n:,} of {of:,} photos the detector found nobody; it is in none of these numbers.",
                "In {n:,} of {of:,} photos the detector found nobody; they are in none of these numbers.",
                nobody,
                of=photos,
            )
        )
    if unreadable:
        said.append(
            tn(
                "{n:,} of {of:,} photos could not be read; it is in none of these numbers.",
                "{n:,} of {of:,} photos could not be read; they are in none of these numbers.",
                unreadable,
                of=photos,
            )
        )
    said.append(
        t(
            "Under each figure is the range in which the true one lies in 95 of 100 cases. F1 is high only where few "
            "are missed and few are wrongly called so."
        )
    )
    return " ".join(said)


def _range(estimate: Estimate) -> str:
    low, high = (of_100(end, 1) for end in estimate.interval)
    return t("{low} to {high}", low=low, high=high)


def _of(count: int, of: int) -> str:
    return t("{count} of {of}", count=number(count), of=number(of))


def _escaped(text: str) -> str:
    return html.escape(text)
