"""The search for a better recipe, on the Runs page: begin one, watch it, hold it, and take its winner."""

from pathlib import Path

import streamlit as st

from pages.parts import (
    evaluate_charts,
    runs_delete,
    search_tab_begin,
    search_tab_found,
    search_tab_words,
    train_run_buttons,
    train_run_words,
)
from training import jobs, search, search_figures
from training.figures import Drawn, Look
from training.run_state import Run
from training.search import SearchError, Tried
from ui import charts, state
from ui.language import Language, Speech, number, speech, t, tn

EVERY_S = 3.0


def show() -> None:
    train_run_buttons.fault()
    searches = [run for run in jobs.runs() if run.trials]
    st.markdown(
        t(
            "Which settings teach best? A search tries many recipes on few photos, gives up early what is clearly "
            "behind, and looks closer where it went well."
        )
    )
    with st.expander(t("Begin a search"), icon=":material/travel_explore:", expanded=not searches):
        search_tab_begin.show()
    if not searches:
        st.caption(
            t("Here every try will stand with its settings and what it got right. None was begun yet.")
        )
        return
    run = _chosen(searches)
    if jobs.active(run):
        st.fragment(_follow, run_every=EVERY_S)(run.id)
    else:
        _drawn(run)


def _chosen(searches: list[Run]) -> Run:
    """The one that this visit began or chose; else the newest."""
    by_id = {run.id: run for run in searches}
    wanted = st.session_state.get(f"{state.PREFIX}{search_tab_begin.CHOSEN}")
    now = wanted if wanted in by_id else searches[0].id
    if len(searches) == 1:
        return by_id[now]
    key = f"rupa-search-{now}"
    st.selectbox(
        t("Search"),
        list(by_id),
        index=list(by_id).index(now),
        format_func=lambda id_: f"{by_id[id_].name} · {id_[:15]}" if id_ in by_id else "–",
        key=key,
        on_change=_choose,
        args=(key,),
    )
    return by_id[now]


def _choose(key: str) -> None:
    state.keep(search_tab_begin.CHOSEN, st.session_state[key])


def _follow(id_: str) -> None:
    run = jobs.find(id_)
    if run is None or not jobs.active(run):
        st.rerun()
    if run.state != "running":
        train_run_buttons.go_on()
    _drawn(run)


def _drawn(run: Run) -> None:
    how_far = st.container()
    with st.container(horizontal=True, gap="small"):
        train_run_buttons.show(run, "search")
        runs_delete.show(
            run, "search", t("Delete this search with all that it tried? Nobody can bring it back.")
        )
    try:
        tried = search.tried(run.folder)
        with how_far:
            _how_far(run, tried)
        if not tried:
            return
        search_tab_found.winner(run, tried)
        search_tab_found.table(run, tried)
        _figures(run, tried)
    except SearchError as error:
        st.error(search_tab_words.refused(error), icon=":material/error:")


def _how_far(run: Run, tried: tuple[Tried, ...]) -> None:
    over = sum(one.state != "running" for one in tried)
    told = t("{n} of {of} tried", n=number(over), of=number(run.epochs))
    if run.state == "queued":
        ahead = jobs.ahead_of(run)
        waits = tn("It waits for {n} other run.", "It waits for {n} other runs.", ahead)
        st.progress(over / run.epochs, text=waits if ahead else t("It begins in a moment."))
    elif run.state == "running":
        parts = [told, train_run_words.stage(run)]
        if run.steps and run.stage == "trying":
            parts.append(t("step {done} of {of}", done=number(run.step), of=number(run.steps)))
        if run.eta_s:
            parts.append(train_run_words.left(run.eta_s))
        st.progress(min(1.0, over / run.epochs), text=" · ".join(parts))
    else:
        st.markdown(f"**{train_run_words.state(run)}** · {told}")
        if run.code:
            st.warning(train_run_words.why(run), icon=":material/info:")


def _figures(run: Run, tried: tuple[Tried, ...]) -> None:
    look, speaks = evaluate_charts.look(), speech()
    drawn = search_figures.history(tried, look, speaks)
    if drawn is None:
        return
    st.markdown(t("**Try by try**"))
    charts.show(drawn.figure, says=drawn.says, key="search-history")
    ended = sum(one.state == "done" for one in tried)
    matters, lines = _of_all(run.folder, ended, speaks.language, look)
    if matters:
        st.markdown(t("**Which setting mattered**"))
        charts.show(matters.figure, says=matters.says, key="search-importance")
        st.caption(
            t(
                "How much of the difference between the tries each setting explains. With so few tries this is a rough "
                "guess: it says where to look, not what is so."
            )
        )
    if lines:
        st.markdown(t("**Which settings went together**"))
        search_tab_found.wide(lines, "search-together")
        st.caption(t("Each line is a try that came to its end; the thick one got most right."))


@st.cache_resource(show_spinner=False, max_entries=32)
def _of_all(folder: Path, ended: int, spoken: Language, look: Look) -> tuple[Drawn | None, Drawn | None]:
    """Which setting mattered, and which went together: a forest is fitted for it, once after each try that `ended`."""
    del ended
    words, speaks = search_tab_words.words(), Speech(spoken)
    return (
        search_figures.importance(folder, words, look, speaks),
        search_figures.together(folder, words, look, speaks),
    )
