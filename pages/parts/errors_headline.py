"""The line above the gallery: accuracy as the photos are labelled, and with the votes of people on doubtful labels."""

import html

import streamlit as st

from pages.parts.errors_known import Known
from training import votes
from training.figures import span
from training.statistics import Estimate, proportion
from training.votes import Cast, Outcome
from ui.language import percent, speech, t, tn


def show(known: Known, cast: dict[str, Cast]) -> None:
    """Moves with every vote."""
    found = votes.outcome(known.answers, known.places, cast)
    if found.labelled is None:
        return
    parts = [_figure(t("right as labelled"), found.labelled, "")]
    if found.counted and found.voted:
        with_votes = tn("with your {n:,} vote", "with your {n:,} votes", found.counted)
        parts.append(_figure(with_votes, found.voted, "voted"))
    st.html(f'<p class="errors-line" role="status">{"".join(parts)}</p>')
    st.caption(_beside(known, found))


def _figure(words: str, share: Estimate, kind: str) -> str:
    return (
        f'<span class="{kind}"><b>{html.escape(percent(share.value, 1))}</b> '
        f"<small>{html.escape(span(share, speech(), 1))}</small><i>{html.escape(words)}</i></span>"
    )


def _beside(known: Known, found: Outcome) -> str:
    doubtful = int(known.suspicion.probably.sum())
    if found.counted and found.only_on_errors:
        return t(
            "A label called wrong counts as the other one, a face that nobody can tell is left out. So far all votes "
            "are on wrong answers, and such votes can only help the model: right answers can rest on wrong labels too."
        )
    if found.counted:
        return t("A label called wrong counts as the other one, and a face that nobody can tell is left out.")
    if not doubtful:
        return t("Vote on a label below, and a second figure shows what it would change.")
    fixed = proportion(int(known.answers.right.sum()) + doubtful, len(known.answers))
    assert fixed
    return tn(
        "{n:,} label is probably wrong itself; if it is, {share} {span} of the answers are right. Look and vote: your "
        "votes move this line.",
        "{n:,} labels are probably wrong themselves; if all of them are, {share} {span} of the answers are right. Look "
        "and vote: your votes move this line.",
        doubtful,
        share=percent(fixed.value, 1),
        span=span(fixed, speech(), 1),
    )
