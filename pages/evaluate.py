"""How good a model is, and for whom: every number with its range, and each opens onto the faces behind it."""

import streamlit as st

from pages.parts import (
    chosen_evaluation,
    evaluate_audit,
    evaluate_charts,
    evaluate_chips,
    evaluate_faces,
    evaluate_fetch,
    evaluate_groups,
    evaluate_headline,
    evaluate_lessons,
    evaluate_matrix,
    evaluate_run,
    evaluate_sliders,
    evaluate_stress,
    report_download,
)
from pages.parts.evaluate_seen import Seen, see
from training.prediction_table import SENTENCES, EvaluationError
from ui import panels
from ui.language import plain_error, t


def main() -> None:
    panels.begin()
    evaluate_charts.begin()
    title, tools = st.columns([3, 1], vertical_alignment="center")
    with title:
        st.title(t("How good is it, and for whom?"), anchor=False)
    with tools:
        evaluate_run.show()
    kept = chosen_evaluation.choose()
    if kept is None:
        st.info(
            t(
                "Nobody has examined a model here yet. Once one has been shown photos that it did not learn from, its "
                "answers are counted on this page."
            )
        )
        return
    try:
        whole = chosen_evaluation.open_view(kept)
    except EvaluationError as error:
        st.error(plain_error(error, SENTENCES), icon=":material/build:")
        return
    if not len(whole.rows):
        st.info(
            t(
                "In none of these {n:,} photos a face was found, so there is nothing to count.",
                n=len(whole.table),
            )
        )
        evaluate_fetch.show(kept)
        return
    with tools:
        report_download.show(kept)
    headline = st.container()
    threshold, sure_at = evaluate_sliders.show(kept.about)
    seen = see(kept, whole, evaluate_chips.groups(whole), threshold, sure_at)
    evaluate_chips.show(seen)
    with headline:
        evaluate_headline.show(seen)
        evaluate_lessons.lopsided(seen)
        evaluate_lessons.noise(seen)
    if seen.counts.n:
        _counted(seen)
    evaluate_audit.show(kept, whole)
    evaluate_lessons.strangers(seen)
    evaluate_stress.show(kept)


def _counted(seen: Seen) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        evaluate_matrix.matrix(seen)
        evaluate_lessons.shuffled(seen)
    with right:
        evaluate_matrix.curves(seen)
    evaluate_faces.show(seen)
    evaluate_fetch.show(seen.kept)
    evaluate_groups.show(seen)


main()
