"""What student projects with the same task published, beside what the model at hand reaches on photos of that kind."""

import html

import streamlit as st

from model import registry
from model.card import ModelError
from pages.parts import card_words
from pages.parts.compare_headline import figure
from training import statistics
from training.quoted import RESULTS, Quoted
from ui.language import percent, t, tn

_LIKE_THEIRS = "celeba-test"


def show() -> None:
    st.markdown(
        t(
            "Figures that student projects published, **quoted, not measured here**. They were reached on other "
            "photos, so they cannot be held against the models above. The range is the one that follows from the "
            "number of photos."
        )
    )
    heads = (t("Project"), *_heads())
    head = "".join(f'<th scope="col">{html.escape(words)}</th>' for words in heads)
    body = "".join(_row(one) for one in RESULTS)
    st.html(
        f'<table class="compare-list compare-quoted"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
    if ours := _ours():
        st.caption(ours)


def _row(one: Quoted) -> str:
    who = t("Student project {letter}", letter=one.project)
    cells = (
        f"{html.escape(t(one.model))}<small>{html.escape(who)}<br>{html.escape(t(one.photos))}</small>",
        _published(one),
        # Of these very photos and no others, hence without a range.
        percent(one.commoner / one.n, 1) if one.commoner is not None and one.n else "",
        figure(statistics.proportion(one.drawn, one.n)) if one.drawn is not None and one.n else "",
        "<br>".join(html.escape(t(note)) for note in one.notes),
    )
    first, *rest = cells
    body = "".join(
        f'<td data-head="{html.escape(name, quote=True)}">{cell or "–"}</td>'
        for name, cell in zip(_heads(), rest, strict=True)
    )
    return f'<tr><th scope="row">{first}</th>{body}</tr>'


def _heads() -> tuple[str, ...]:
    return t("Published"), t("Always the same answer"), t("Their own matrix says"), t("What is known")


def _published(one: Quoted) -> str:
    if one.accuracy:
        return figure(one.accuracy)
    if one.right is None:
        return f"<small>{html.escape(t('no figure'))}</small>"
    why = html.escape(t("no range: of how many is not said"))
    return f"<strong>{percent(one.right, 1)}</strong><small>{why}</small>"


def _ours() -> str | None:
    """The shipped model on the same data set's official test photos, of people it never saw."""
    try:
        result = registry.find(registry.DEFAULT).card.results.get(_LIKE_THEIRS)
    except ModelError:
        return None
    if not isinstance(result, dict) or any(result.get(key) is None for key in card_words.NEEDED):
        return None
    return t(
        "For orientation, measured here: {model} on {photos}, of people that it never saw: {right}, {faces}.",
        model=registry.DEFAULT,
        photos=card_words.measured_on(_LIKE_THEIRS),
        right=card_words.right(result),
        faces=tn("{n:,} face", "{n:,} faces", result["n"]),
    )
