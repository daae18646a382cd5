"""How the model does on faces that are covered, dark, blurred or small, from its card: bars with intervals."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from model.card import Card
from pages.parts import card_words
from training import stress_words
from ui import charts, panels, theme
from ui.charts import Bar
from ui.language import number, speech, t

Figures = Mapping[str, Mapping[str, Any]]


def show(card: Card) -> None:
    """Of the hardest photos that the stress test was made on; nothing where it was not made."""
    tested = [(where, found) for where, found in card_words.results(card) if found.get("stress")]
    if not tested:
        return
    where, measured = tested[0]
    figures = measured["stress"]
    st.header(t("And if the face is covered, or the light is bad?"), anchor=False)
    panels.begin()
    _headscarf(figures)
    left, right = st.columns(2, gap="large")
    for column, label, title in ((left, "female", t("Women")), (right, "male", t("Men"))):
        with column:
            st.subheader(title, anchor=False)
            bars = of_label(figures, label)
            charts.show(
                charts.bars_with_intervals(bars), says=charts.in_words(bars), key=f"about-stress-{label}"
            )
    st.caption(
        t(
            "The share that the model got right when every face was redrawn so ({where}, {n} faces), the worst first; "
            "pale: the photos as they are. The coverings are drawn; on real ones it has not been measured.",
            where=card_words.measured_on(where),
            n=number(figures["plain"]["n"]),
        )
        + (
            ""
            if figures["plain"]["recall"] == measured.get("recall")
            else f" {stress_words.cut_out_beforehand(speech())}"
        )
    )


def of_label(figures: Figures, label: str) -> list[Bar]:
    """A bar for each condition, the one with the smallest share first; that of the photos as they are is pale."""
    names = stress_words.condition_names(speech())
    bars = []
    for name, found in figures.items():
        if name in names and found["recall"].get(label) is not None:
            low, high = found["recall_interval"][label]
            colour = theme.palette().of(label)
            bars.append(
                Bar(names[name], found["recall"][label], low, high, colour=colour, faint=name == "plain")
            )
    return sorted(bars, key=lambda bar: bar.share)


def _headscarf(figures: Figures) -> None:
    shares = [_of_women(figures.get(name, {})) for name in ("headscarf", "plain")]
    if shares[0] and shares[1]:
        covered, plain = shares[0], shares[1]
        panels.said(stress_words.headscarf(*covered, speech()), stress_words.without(*plain, speech()))


def _of_women(found: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """The share that is answered rightly, and its interval."""
    interval = found.get("recall_interval", {}).get("female")
    return (found["recall"]["female"], *interval) if interval else None
