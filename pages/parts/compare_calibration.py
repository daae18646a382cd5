"""Whether each of two models is right as often as it says it will be."""

import streamlit as st

from pages.parts import compare_figures, evaluate_charts
from pages.parts.compare_headline import said, told
from pages.parts.compare_pair import Pair
from ui import charts
from ui.language import number, speech, t


def show(pair: Pair) -> None:
    views = (pair.first, pair.second)
    known = [
        (name, view.reliability) for name, view in zip(pair.names, views, strict=True) if view.reliability
    ]
    if len(known) < 2:
        st.markdown(t("With these photos nobody can say how well they keep their word."))
        return
    said(_sentence(pair))
    named = [(f"{letter} · {name}", found) for letter, (name, found) in zip("AB", known, strict=True)]
    drawn = compare_figures.calibrations(named, evaluate_charts.look(), speech())
    charts.show(drawn.figure, says=drawn.says, key="compare-calibration")


def _sentence(pair: Pair) -> str:
    found = pair.found.ece
    rule = t("A model keeps its word where, of the faces it is 90% sure of, nine in ten are right.")
    if found is None:
        return rule
    if not told(found):
        return f"{rule} " + t("Which of the two keeps it better cannot be told from these photos.")
    better = pair.names[1 if found.value < 0 else 0]
    ends = sorted((abs(found.low), abs(found.high)))
    points, low, high = (number(100 * end, 1) for end in (abs(found.value), *ends))
    return f"{rule} " + t(
        "{model} keeps it better: it is {points} points closer ({low} to {high}).",
        model=better,
        points=points,
        low=low,
        high=high,
    )
