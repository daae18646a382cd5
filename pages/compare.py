"""Two models on the same photos: which is better, on which faces they differ, for whom, and at what cost."""

import streamlit as st

from pages.parts import (
    chosen_evaluation,
    compare_calibration,
    compare_cost,
    compare_empty,
    compare_flips,
    compare_groups,
    compare_headline,
    compare_models,
    compare_pair,
    compare_quoted,
)
from training import evaluations, prediction_table
from training.evaluations import Kept
from training.prediction_table import EvaluationError
from ui import panels
from ui.language import plain_error, t


def main() -> None:
    panels.begin()
    compare_headline.begin()
    st.title(t("Which of two models is better?"), anchor=False)
    wide, narrow = st.columns([2, 1])
    with wide:
        chosen = chosen_evaluation.choose()
    rivals = compare_pair.rivals(evaluations.kept(), chosen) if chosen else []
    if chosen and rivals:
        with narrow:
            second = compare_pair.choose_second(rivals, chosen)
        _compared(chosen, second, rivals)
    else:
        compare_empty.show(chosen)
    st.header(t("What others published"), anchor=False)
    compare_quoted.show()


def _compared(first: Kept, second: Kept, rivals: list[Kept]) -> None:
    try:
        pair = compare_pair.opened(first, second)
    except EvaluationError as error:
        st.error(plain_error(error, prediction_table.SENTENCES), icon=":material/build:")
        return
    compare_headline.show(pair)
    st.header(t("Which faces turned?"), anchor=False)
    compare_flips.show(pair)
    st.header(t("For whom did it change?"), anchor=False)
    compare_groups.show(pair)
    st.header(t("Does each keep its word?"), anchor=False)
    compare_calibration.show(pair)
    st.header(t("What does each cost?"), anchor=False)
    compare_cost.show(pair, first, second)
    if len(rivals) > 1:
        st.header(t("All models on these photos"), anchor=False)
        compare_models.show(first, rivals)


main()
