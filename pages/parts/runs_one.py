"""One run of the history: look at it, use its recipe again, see how its model does, delete it; its log."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.parts import chosen_evaluation, runs_delete, train_run_buttons, train_run_words, train_steps
from training import jobs, places
from training.run_state import Run
from ui import access, language
from ui.language import t

LOG_LINES = 200
_MAX_LOG_BYTES = 64_000


def show(run: Run) -> None:
    st.subheader(train_run_words.title(run), anchor=False)
    if not jobs.active(run) and run.code:
        st.markdown(train_run_words.why(run))
    elif run.state == "running":
        st.markdown(train_run_words.progress(run))
    if run.trials:
        st.markdown(t("What it has tried stands under “Search for a recipe”."))
    with st.container(horizontal=True, gap="small"):
        if not run.trials and st.button(
            t("Look at it"), key="rupa-runs-look", type="primary", icon=":material/visibility:"
        ):
            _look(run)
        if st.button(t("Use its recipe again"), key="rupa-runs-clone", icon=":material/content_copy:"):
            train_steps.take_over(run.recipe)
            language.turn_to("train")
        if made := _evaluation(run):
            words = {"evaluate": t("Evaluate"), "errors": t("Errors"), "compare": t("Compare")}
            for page, name in words.items():
                if st.button(name, key=f"rupa-runs-{page}", type="tertiary"):
                    chosen_evaluation.turn_to(str(made))
                    language.turn_to(page)
    with st.container(horizontal=True, gap="small"):
        train_run_buttons.show(run, "runs")
        runs_delete.show(
            run,
            "runs",
            t(
                "Delete **{name}** with its model, its figures and its faces? Nobody can bring it back.",
                name=train_run_words.title(run),
            ),
        )
    if access.presenter():  # it names paths of this computer
        with st.expander(t("Log")):
            st.caption(t("The last {n} lines.", n=LOG_LINES))
            st.code(_log(run.folder), language=None, height=320)


def tensorboard(runs: Sequence[Run]) -> None:
    """The command that opens these runs there; it names paths of this computer too."""
    if not access.presenter():
        return
    with st.expander(t("Open in TensorBoard")):
        st.markdown(
            t(
                "Each run keeps its figures as TensorBoard reads them. It is a program of its own "
                "(`pip install tensorboard`); this command shows the chosen runs in it:"
            )
        )
        named = ",".join(f"{run.id}:{(run.folder / 'tensorboard').absolute()}" for run in runs)
        st.code(f"tensorboard --logdir_spec {shlex.quote(named)}", language="bash", wrap_lines=True)


def _look(run: Run) -> None:
    train_steps.watch(run)
    train_steps.go(train_steps.RESULT if run.state == "done" else train_steps.RUN)
    language.turn_to("train")


def _evaluation(run: Run) -> Path | None:
    """What its model answered on photos that nobody learnt from."""
    for folder in (run.folder / "model", places.evaluations(run.id)):
        if found := sorted(folder.glob("evaluation-*.parquet")):
            return found[0]
    return None


def _log(folder: Path) -> str:
    """Its end."""
    try:
        with (folder / "log.txt").open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _MAX_LOG_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return "–"
    return "\n".join(text.splitlines()[-LOG_LINES:]) or "–"
