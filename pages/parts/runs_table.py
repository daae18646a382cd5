"""All runs in one table, to sort and to choose from."""

import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import streamlit as st

from pages.parts import runs_words, train_run_words
from training.run_state import Run
from training.statistics import Estimate
from ui.language import percent, t


def choose(runs: Sequence[Run]) -> list[Run]:
    """Draw the table; the runs whose rows are chosen."""
    # What is chosen are places in the table: with another list of runs they would be other runs.
    listed = sha256("\n".join(run.id for run in runs).encode()).hexdigest()[:12]
    columns = {
        "name": st.column_config.TextColumn(t("Name"), width="medium"),
        "when": st.column_config.DatetimeColumn(t("Asked for"), format="YYYY-MM-DD HH:mm"),
        "photos": st.column_config.TextColumn(t("Photos")),
        "recipe": st.column_config.TextColumn(t("Recipe"), width="medium"),
        "state": st.column_config.TextColumn(t("State")),
        "best": st.column_config.TextColumn(
            t("Validation photos right"),
            help=t("After its best epoch; these photos chose that epoch, so the figure flatters a little."),
        ),
        "judged": st.column_config.TextColumn(
            t("Test photos right"), help=t("Of photos that it never saw, as its model's card says.")
        ),
        "took": st.column_config.NumberColumn(t("Minutes"), format="%.1f"),
    }
    found = st.dataframe(
        [_row(run) for run in runs],
        column_config=columns,
        hide_index=True,
        key=f"rupa-runs-{listed}",
        column_order=("name", "state", "judged", "best", "recipe", "photos", "when", "took"),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder="–",
        alt=t("All runs, the newest first; choose rows to see more of them."),
    )
    chosen = found["selection"]["rows"]
    return [runs[place] for place in chosen if 0 <= place < len(runs)]


def _row(run: Run) -> dict[str, object]:
    best = runs_words.best(run)
    return {
        "name": train_run_words.name(run),
        "when": datetime.fromtimestamp(run.asked),
        "photos": runs_words.photos(run),
        "recipe": runs_words.recipe(run.recipe)
        if not run.trials
        else t("Search from: {recipe}", recipe=runs_words.recipe(run.recipe)),
        "state": train_run_words.state(run),
        "best": _best(best) if best else None,
        "judged": runs_words.judged(run),
        "took": _minutes(run),
    }


def _minutes(run: Run) -> float | None:
    """From its beginning to its end, or until now."""
    ended = time.time() if run.state == "running" else run.ended
    return max(0.0, ended - run.started) / 60 if run.started and ended else None


def _best(found: tuple[float, Estimate | None]) -> str:
    share, estimate = found
    if estimate is None:
        return f" {percent(share, 1)}"
    return runs_words.with_interval(share, *estimate.interval)
