"""For whom the second model is better or worse than the first: every group's change with its interval."""

from collections.abc import Mapping

import streamlit as st

from pages.parts import compare_figures, evaluate_charts
from pages.parts.compare_figures import Difference
from pages.parts.compare_headline import in_points, said, signed
from pages.parts.compare_pair import Pair
from training.attributes import ALPHA
from training.comparison import Change, corrected
from training.groups import ENOUGH
from training.report_words import column_name, group_name
from ui import charts
from ui.language import number, speech, t


def show(pair: Pair) -> None:
    asked = corrected(pair.found.groups)
    if not any(pair.found.groups.values()):
        st.markdown(
            t("Neither age nor race is known of these photos, so nobody can say for whom it changed.")
        )
        return
    said(sentence(pair, asked))
    known = [(name, found) for name, found in pair.found.groups.items() if found]
    for place, (column, changes) in zip(st.columns(len(known), gap="large"), known, strict=True):
        with place:
            st.subheader(column_name(column, speech()), anchor=False)
            rows = [_row(column, name, change, asked) for name, change in changes.items()]
            drawn = compare_figures.differences(
                [row for row in rows if row], evaluate_charts.look(), speech()
            )
            charts.show(drawn.figure, says=drawn.says, key=f"compare-groups-{column}")
    st.caption(
        t(
            "A filled square can be told from luck also after correcting for asking {count} questions at once "
            "(Holm); an open circle cannot. The lines are ranges of 95 in 100, each for itself. Groups of fewer "
            "than {enough} faces are pale and are not judged. With so many looks at the same photos, take it as a "
            "hint where to look next.",
            count=number(len(asked)),
            enough=number(ENOUGH),
        )
    )


def sentence(pair: Pair, asked: Mapping[tuple[str, str], float]) -> str:
    """Which groups the model certainly lost or gained."""
    sure = [key for key, p in asked.items() if p < ALPHA]
    lost, gained = (
        ", ".join(
            group_name(name, speech())
            for column, name in sure
            if (change := pair.found.groups[column][name]).gained * way > change.lost * way
        )
        for way in (-1, 1)
    )
    if gained and lost:
        return t(
            "{model} is better for: {gained}. It is worse for: {lost}.",
            model=pair.names[1],
            gained=gained,
            lost=lost,
        )
    if gained:
        return t(
            "{model} is better for: {gained}. For no group is it worse beyond luck.",
            model=pair.names[1],
            gained=gained,
        )
    if lost:
        return t("{model} is worse for: {lost}.", model=pair.names[1], lost=lost)
    return t("In no single group can the difference be told from luck.")


def _row(column: str, name: str, change: Change, asked: Mapping[tuple[str, str], float]) -> Difference | None:
    found = change.difference
    if found is None:
        return None
    p = asked.get((column, name))
    counts = {"gained": number(change.gained), "lost": number(change.lost)}
    words, turned = (
        t("+{gained} −{lost}", **counts),
        t("{gained} turned right, {lost} turned wrong", **counts),
    )
    return Difference(
        name=group_name(name, speech()),
        n=change.n,
        estimate=found,
        words=f"{signed(found.value * 100)} ({words})",
        full=f"{in_points(found)} · {turned}",
        told=p is not None and p < ALPHA,
        faint=change.n < ENOUGH,
    )
