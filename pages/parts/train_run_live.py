"""A run as it stands: how far it is, its curves, what it takes whom for, and some faces that it gets wrong."""

import streamlit as st

from pages.parts import evaluate_charts, train_run_buttons, train_run_words
from training import jobs, mistakes
from training.answers import Counts
from training.mistakes import Mistake
from training.progress import counted
from training.run_state import Row, Run
from ui import access, charts, panels
from ui.language import number, percent, speech, t, tn

EVERY_S = 1.5


def follow(run: Run) -> None:
    """Draw it again and again while it is at work; its end shows the page anew."""
    st.fragment(_follow, run_every=EVERY_S)(run.id)


def show(run: Run, place: str) -> None:
    """As it stands now: what can be done with it, and what it has learnt."""
    train_run_buttons.show(run, place)
    if not run.history:
        return
    # Charts load tables and statistics, which whoever only chooses photos need not wait for.
    from training import figures, figures_curves

    cells = counted(run.history[-1])
    watched = int(cells.sum()) if cells is not None else None
    look, speaks = evaluate_charts.look(), speech()
    drawn = figures_curves.training_curves([_figures(row) for row in run.history], watched, look, speaks)
    left, right = st.columns([3, 2], gap="large") if cells is not None else (st.container(), None)
    if drawn:
        with left:
            st.markdown(t("**How it learns**"))
            charts.show(drawn.figure, says=drawn.says, key=f"{place}-curves")
            st.caption(drawn.says)
    if right is not None and cells is not None:
        with right:
            st.markdown(t("**What it took whom for, after epoch {n}**", n=number(len(run.history))))
            matrix = figures.confusion(Counts(cells[:, :, None]), look, speaks)
            charts.show(matrix.figure, says=matrix.says, key=f"{place}-matrix")
            st.caption(t("These are validation photos: it does not learn from them."))
    _strip(run, watched)


def _follow(id_: str) -> None:
    run = jobs.find(id_)
    if run is None or not jobs.active(run):
        st.rerun()
    if run.state != "running":
        train_run_buttons.go_on()
    st.progress(train_run_words.share(run), text=_told(run))
    show(run, "train")


def _told(run: Run) -> str:
    if run.state == "queued":
        ahead = jobs.ahead_of(run)
        if not ahead:
            return t("It begins in a moment.")
        return tn("It waits for {n} other run.", "It waits for {n} other runs.", ahead)
    if run.state != "running":
        return t("It was interrupted, and goes on in a moment.")
    told = train_run_words.progress(run)
    if run.wish == "pause":
        return t("It pauses after this step · {told}", told=told)
    if run.wish:
        return t("It stops after this step · {told}", told=told)
    return told


def _strip(run: Run, watched: int | None) -> None:
    found = mistakes.read(run.folder)
    if found is None:
        return
    epoch = number(found.epoch)
    if not found.count:
        st.markdown(t("After epoch {epoch} it gets every validation photo right.", epoch=epoch))
        return
    facts = {"n": number(found.count), "of": number(watched) if watched else "?", "epoch": epoch}
    if not access.presenter() or not found.faces:  # whose faces they are, only the presenter knows
        st.markdown(t("**{n} of {of} validation photos are wrong after epoch {epoch}.**", **facts))
        return
    st.markdown(
        t(
            "**{n} of {of} validation photos are wrong after epoch {epoch}.** These it was surest of:",
            **facts,
        )
    )
    with st.container(key="rupa-strip"):
        panels.photos([_photo(face) for face in found.faces])


def _photo(face: Mistake) -> panels.Photo:
    answers = (t("answers “female”"), t("answers “male”"))
    labels = (t("labelled female"), t("labelled male"))
    verdict = f"{answers[face.answer]}, {percent(face.confidence)}"
    return panels.Photo(face.address, False, verdict, labels[face.label])


def _figures(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, float)}
