"""What a search has found so far: its winner, beside the recipe that it began from, and every try in a table."""

from collections.abc import Sequence

import streamlit as st

from pages.parts import card_words, runs_words, search_tab_words, train_steps
from training import search
from training.figures import Drawn
from training.run_state import Run
from training.search import Tried
from training.statistics import Estimate
from ui import access, language
from ui.language import number, t


def winner(run: Run, tried: Sequence[Tried]) -> None:
    """The best try so far, what to think of it, and the button that takes its recipe to the Train page."""
    best = search.best_of(tried)
    if best is None or best.share is None:
        return
    first = tried[0]
    settings = search_tab_words.names()
    told = " · ".join(
        f"{settings[name]}: {search_tab_words.said(name, str(value))}" for name, value in _shown(best)
    )
    with st.container(border=True):
        st.markdown(
            t(
                "**Best so far: try {n}**, {share} of the checking photos right",
                n=best.number + 1,
                share=_in_words(best.share),
            )
        )
        st.caption(told)
        if best.number == first.number:
            st.markdown(t("No try has done better than the recipe that the search began from."))
        elif first.share:
            st.markdown(
                t("The recipe that the search began from got {share} right.", share=_in_words(first.share))
            )
        st.markdown(
            t(
                "The best of many tries flatters itself: some of its lead is luck that the interval does not count. "
                "Confirm it by a full run, which is judged on photos that no try has seen."
            )
        )
        use = st.button(
            t("Use the winner's recipe"),
            key="rupa-search-use",
            type="primary",
            icon=":material/school:",
            disabled=not access.presenter(),
        )
    if use and access.presenter():
        train_steps.take_over(search.recipe_of(run.folder, best.params))
        language.turn_to("train")


def table(run: Run, tried: Sequence[Tried]) -> None:
    names = search_tab_words.names()
    vary = [name for name in names if any(name in one.params for one in tried)]
    rows = [
        {
            "try": one.number + 1,
            "state": search_tab_words.state(one, at_work=run.state == "running"),
            "right": runs_words.with_interval(one.share.value, *one.share.interval) if one.share else None,
            "minutes": one.seconds / 60 if one.seconds is not None else None,
            **{
                name: search_tab_words.said(name, str(one.params[name]))
                for name in vary
                if name in one.params
            },
        }
        for one in tried
    ]
    st.dataframe(
        rows,
        hide_index=True,
        key="rupa-search-table",
        column_order=("try", "state", "right", *vary, "minutes"),
        column_config={
            "try": st.column_config.NumberColumn(t("No."), width="small"),
            "state": st.column_config.TextColumn(t("State")),
            "right": st.column_config.TextColumn(
                t("Checking photos right"),
                help=t(
                    "After the best epoch of the try. In brackets the interval, which counts chance in the photos."
                ),
            ),
            "minutes": st.column_config.NumberColumn(t("Minutes"), format="%.1f"),
            **{name: st.column_config.TextColumn(names[name]) for name in vary},
        },
        placeholder="–",
        alt=t("Every try, the recipe that the search began from first."),
    )
    failed = [one for one in tried if one.state == "failed"]
    for one in failed:
        st.caption(t("Try {n} failed: {why}", n=number(one.number + 1), why=search_tab_words.failed(one)))


def wide(drawn: Drawn, key: str) -> None:
    """A figure with many axes keeps its width; where the place is narrower, it scrolls."""
    place, least_px = f".st-key-wide-{key}", int(drawn.figure.layout.width)
    st.html(f"<style>{place}{{overflow-x:auto}}.st-key-chart-{key}{{min-width:{least_px}px}}</style>")
    with st.container(key=f"wide-{key}"), st.container(key=f"chart-{key}"):
        st.plotly_chart(
            drawn.figure,
            theme=None,
            key=key,
            width="content",
            config={"displayModeBar": False, "scrollZoom": False},
            alt=drawn.says,
        )


def _shown(one: Tried) -> list[tuple[str, object]]:
    names = search_tab_words.names()
    return [(name, one.params[name]) for name in names if name in one.params]


def _in_words(share: Estimate) -> str:
    return card_words.with_interval(share.value, *share.interval)
