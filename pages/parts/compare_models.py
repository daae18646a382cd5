"""Every model that was asked about the same photos, each held against the one that was chosen first."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts import chosen_evaluation, compare_pair
from pages.parts.compare_headline import chance, figure, in_points
from pages.parts.compare_pair import Pair
from training.attributes import holm
from training.evaluations import Kept
from training.prediction_table import EvaluationError
from training.statistics import Estimate
from ui.language import number, t, tn

MOST = 8


@dataclass(frozen=True)
class Line:
    """`ahead` of the first model by so much, on the `n` faces that both were asked about, which is also the order."""

    name: str
    share: Estimate | None
    n: int
    against: str
    ahead: float


def show(first: Kept, rivals: Sequence[Kept]) -> None:
    """A line for each, the best first; p is corrected for comparing so many."""
    newest = sorted(rivals, key=lambda one: one.about.made, reverse=True)[:MOST]
    named = compare_pair.names([first, *newest])
    pairs: list[tuple[str, Pair]] = []
    for name, rival in zip(named[1:], newest, strict=True):
        try:
            pairs.append((name, compare_pair.opened(first, rival)))
        except EvaluationError:
            continue  # it says why when it is chosen above
    whole = chosen_evaluation.open_view(first).at().counts()
    lines = [Line(named[0], whole.accuracy, whole.n, t("the one the others are held against"), 0.0)]
    corrected = holm([1.0 if (p := pair.found.change.p) is None else p for _, pair in pairs])
    lines += [_line(name, pair, p) for (name, pair), p in zip(pairs, corrected, strict=True)]
    _table(sorted(lines, key=lambda line: line.ahead, reverse=True))
    notes = [
        tn(
            "p is corrected for {n:,} comparison (Holm).",
            "p is corrected for {n:,} comparisons (Holm).",
            len(pairs),
        )
    ]
    if len(rivals) > MOST:
        notes.append(
            t(
                "Of {count} others the {shown} newest are shown.",
                count=number(len(rivals)),
                shown=number(MOST),
            )
        )
    if left_out := len(newest) - len(pairs):
        notes.append(
            tn("{n:,} evaluation cannot be compared.", "{n:,} evaluations cannot be compared.", left_out)
        )
    st.caption(" ".join(notes))


def _line(name: str, pair: Pair, p: float) -> Line:
    change = pair.found.change
    difference = change.difference
    turned = t(
        "{gained} turned right, {lost} turned wrong ({p})",
        gained=number(change.gained),
        lost=number(change.lost),
        p=chance(p),
    )
    against = f"{in_points(difference)}: {turned}" if difference else turned
    share = pair.second.at().counts().accuracy
    return Line(name, share, change.n, against, difference.value if difference else 0.0)


def _table(lines: Sequence[Line]) -> None:
    heads = (t("Model"), t("Right"), t("Against {model}", model="A"))
    head = "".join(f'<th scope="col">{html.escape(words)}</th>' for words in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(line.name)}</th><td>{figure(line.share)}'
        f"<small>{html.escape(tn('of {n:,} face', 'of {n:,} faces', line.n))}</small></td>"
        f"<td>{html.escape(line.against)}</td></tr>"
        for line in lines
    )
    st.html(f'<table class="compare-list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
