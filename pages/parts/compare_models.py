"""Every model that was asked about the same photos, each held against the one that was chosen first."""

import html
from collections.abc import Sequence

import streamlit as st

from pages.parts import chosen_evaluation, compare_pair
from pages.parts.compare_headline import chance, figure
from pages.parts.compare_pair import Pair
from training.attributes import holm
from training.evaluations import Kept
from training.prediction_table import EvaluationError
from training.statistics import Estimate
from ui.language import number, t, tn

MOST = 8


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
    whole = chosen_evaluation.open_view(first).at().counts().accuracy
    lines = [(whole, named[0], t("the one the others are held against"))]
    corrected = holm([pair.found.change.p or 1.0 for _, pair in pairs])
    lines += [_line(name, pair, p) for (name, pair), p in zip(pairs, corrected, strict=True)]
    _table(sorted(lines, key=lambda line: line[0].value if line[0] else 0.0, reverse=True))
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


def _line(name: str, pair: Pair, p: float) -> tuple[Estimate | None, str, str]:
    change = pair.found.change
    turned = t(
        "{gained} turned right, {lost} turned wrong ({p})",
        gained=number(change.gained),
        lost=number(change.lost),
        p=chance(p),
    )
    return pair.second.at().counts().accuracy, name, turned


def _table(lines: Sequence[tuple[Estimate | None, str, str]]) -> None:
    heads = (t("Model"), t("Right"), t("Against {model}", model="A"))
    head = "".join(f'<th scope="col">{html.escape(words)}</th>' for words in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{figure(share)}</td><td>{html.escape(turned)}</td></tr>'
        for share, name, turned in lines
    )
    st.html(f'<table class="compare-list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
