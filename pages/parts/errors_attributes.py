"""Which attributes of a face go with errors: the first three, and all of them on demand, each with its verdict."""

import html
from collections.abc import Sequence

import streamlit as st

from pages.parts import errors_words
from pages.parts.errors_known import Known
from training import gap_words
from training.attributes import Attribute
from training.figures import span
from training.groups import ENOUGH
from training.statistics import Estimate
from ui.language import number, percent, speech, t, tn

FIRST = 3


def show(known: Known) -> None:
    """The first three in sight where anything can be said, else all of it folded away."""
    rows = known.attributes
    if any(row.verdict != "few" for row in rows):
        st.header(t("What goes with its errors?"), anchor=False)
        st.caption(_lesson())
        _table(rows[:FIRST])
        if rest := rows[FIRST:]:
            with st.expander(tn("{n} attribute more", "{n} attributes more", len(rest))):
                _table(rest)
                st.caption(_how())
        return
    with st.expander(t("What goes with its errors?")):
        st.markdown(_lesson())
        st.markdown(_nothing_said(rows))
        if rows:
            _table(rows)
            st.caption(_how())


def _lesson() -> str:
    return t(
        "A student project guessed that long hair, the shape of the face and accessories mislead the model. Here it is "
        "measured: how often it errs on faces with an attribute and without it. What goes with errors need not cause "
        "them."
    )


def _nothing_said(rows: Sequence[Attribute]) -> str:
    if not rows:
        return t(
            "These photos say nothing of hair, glasses or hats. CelebA's do: choose CelebA (in the wild) above, or "
            "evaluate on the whole of CelebA."
        )
    return t(
        "**Too few photos to tell, of any of the {n} attributes.** {known} of these photos carry them, and a verdict "
        "takes at least {enough} faces with an attribute and {enough} without it. The whole of CelebA, 202,599 photos, "
        "sharpens every line.",
        n=number(len(rows)),
        known=number(max(row.having.n + row.lacking.n for row in rows)),
        enough=number(ENOUGH),
    )


def _how() -> str:
    return t(
        "The line is the range in which the true difference lies in 95 of 100 cases. Because so many are asked about "
        "at once, p is corrected (Holm): without that, two attributes of forty would seem to matter by luck alone. "
        "Fewer than {enough} faces on either side are too few to judge.",
        enough=number(ENOUGH),
    )


def _table(rows: Sequence[Attribute]) -> None:
    widest = max((abs(end) for row in rows if row.difference for end in row.difference.interval), default=1.0)
    words = _columns()
    head = "".join(f"<th>{html.escape(word)}</th>" for word in (t("Attribute"), *words[:3], "", words[3]))
    body = "".join(_row(row, widest, words) for row in rows)
    st.html(
        f'<div class="errors-attributes" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
    )


def _columns() -> tuple[str, str, str, str]:
    return t("Errors with it"), t("without it"), t("difference"), t("Verdict")


def _row(row: Attribute, widest: float, words: Sequence[str]) -> str:
    cells = [
        _rate(row.errors_having, row.having.n),
        _rate(row.errors_lacking, row.lacking.n),
        _points(row.difference),
    ]
    # On a phone every cell stands below its own heading.
    told = "".join(
        f'<td data-word="{html.escape(word, quote=True)}">{cell}</td>'
        for word, cell in zip(words[:3], cells, strict=True)
    )
    return (
        f'<tr class="{row.verdict}"><th scope="row">{html.escape(errors_words.attribute(row.name, speech()))}</th>'
        f'{told}<td class="span">{_drawn(row.difference, widest)}</td><td class="verdict">{_verdict(row)}</td></tr>'
    )


def _rate(share: Estimate | None, n: int) -> str:
    if share is None:
        return html.escape(t("nobody"))
    faces = tn("{n:,} face", "{n:,} faces", n)
    return (
        f"<b>{html.escape(percent(share.value, 1))}</b> <small>{html.escape(span(share, speech()))}</small>"
        f"<small>{html.escape(faces)}</small>"
    )


def _points(difference: Estimate | None) -> str:
    if difference is None:
        return "–"
    value, low, high = gap_words.points(difference, speech(), "+").values()
    within = t("from {low} to {high}", low=low, high=high)
    return f"<b>{html.escape(t('{value} points', value=value))}</b><small>{html.escape(within)}</small>"


def _drawn(difference: Estimate | None, widest: float) -> str:
    """Where the difference lies about nothing at all, which is the middle."""
    if difference is None or not widest:
        return ""
    value, low, high = (50 + 50 * end / widest for end in (difference.value, difference.low, difference.high))
    return (
        f'<div class="errors-span" aria-hidden="true"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<b style="left:{value:.1f}%"></b></div>'
    )


def _verdict(row: Attribute) -> str:
    words = {
        "more": t("goes with more errors"),
        "fewer": t("goes with fewer errors"),
        "none": t("no difference to be seen"),
        "few": t("too few photos"),
    }[row.verdict]
    if row.p is None or row.verdict == "none":
        return html.escape(words)
    small = 0.001
    p = f"p < {number(small, 3)}" if row.p < small else f"p = {number(row.p, 3)}"
    return f"{html.escape(words)}<small>{html.escape(p)}</small>"
