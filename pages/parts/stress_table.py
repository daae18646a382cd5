"""Every figure of a stress test in one table, the worst condition first."""

import html

import streamlit as st

from training import gap_words, stress_words
from training.figures import span
from training.statistics import Estimate
from training.stress_result import Condition, StressTest
from ui.language import percent, speech, t


def show(test: StressTest) -> None:
    names = stress_words.condition_names(speech())
    heads = [
        t("Condition"),
        t("Women right"),
        t("Men right"),
        t("All right"),
        t("Change in points"),
        t("Not sure"),
        t("Right where sure"),
    ]
    rows = [[names[one.name], *_figures(one, one is test.plain)] for one in (*test.redrawn, test.plain)]
    head = "".join(f'<th scope="col">{html.escape(word)}</th>' for word in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    st.html(f'<div class="stress-figures" tabindex="0">{table}</div>')
    st.caption(
        t(
            "Each figure with its 95% range. The change is that of the very same faces against the photos as they are. "
            "Drawn by chance with the seed {seed}, so that it is the same each time.",
            seed=str(test.seed),
        )
    )


def _figures(one: Condition, plain: bool) -> list[str]:
    counts = one.counts
    sure = counts.answered
    unsure = sure and Estimate(1 - sure.value, 1 - sure.high, 1 - sure.low)
    return [
        *(_share(counts.recall[label]) for label in ("female", "male")),
        _share(counts.accuracy),
        "" if plain else _points(one.change),
        _share(unsure),
        _share(counts.accuracy_when_sure),
    ]


def _share(share: Estimate | None) -> str:
    if share is None:
        return html.escape(t("nobody"))
    return f"{html.escape(percent(share.value, 1))} <small>{html.escape(span(share, speech(), 1))}</small>"


def _points(change: Estimate | None) -> str:
    if change is None:
        return ""
    value, *ends = gap_words.points(change, speech(), "+").values()
    return f"{value} <small>{t('({low} to {high})', low=ends[0], high=ends[1])}</small>"
