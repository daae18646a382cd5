"""For whom the model errs, from its card: bars with intervals for ages, race labels, and women and men."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from training.report_words import group_name
from ui import charts, theme
from ui.charts import Bar
from ui.language import speech, t, tn

# Below this many faces a share says little, and its bar is drawn faint.
FEW = 100

Result = Mapping[str, Any]


def show(result: Result) -> None:
    """Side by side where there is room: ages and labels of race, the worst first; below, women and men."""
    left, right = st.columns(2, gap="large")
    with left:
        _chart(t("By age"), by_group(result, "age"), "age")
    with right:
        _chart(t("By race, as the photos were labelled"), by_group(result, "race"), "race")
        _chart(t("Women and men"), by_label(result), "label")
    st.caption(
        t(
            "Each bar is the share that the model got right. The thin line is the range in which the true share lies "
            "in 95 of 100 cases; where two lines overlap widely, the difference may be luck. A pale bar rests on "
            "fewer than {few} faces.",
            few=FEW,
        )
    )


def by_group(result: Result, column: str) -> list[Bar]:
    """The groups of one column, the one with the smallest share first."""
    groups = result.get("groups", {}).get(column, {})
    bars = [
        _bar(group_name(name, speech()), found["accuracy"], found["accuracy_interval"], found["n"])
        for name, found in groups.items()
        if found.get("accuracy") is not None and found.get("accuracy_interval")
    ]
    return sorted(bars, key=lambda bar: bar.share)


def by_label(result: Result) -> list[Bar]:
    """Women and men as the photos are labelled, each in the colour of the answer that is right for them."""
    colours, names = theme.palette(), {"female": t("Women"), "male": t("Men")}
    shares, ends = result.get("recall", {}), result.get("recall_interval", {})
    bars = []
    for label, name in names.items():
        if shares.get(label) is None or not ends.get(label):
            continue
        n = sum(result.get("confusion", {}).get(label, {}).values())
        bars.append(_bar(name, shares[label], ends[label], n, colours.of(label)))
    return sorted(bars, key=lambda bar: bar.share)


def _chart(title: str, bars: list[Bar], key: str) -> None:
    if not bars:
        return
    st.subheader(title, anchor=False)
    charts.show(charts.bars_with_intervals(bars), says=charts.in_words(bars), key=f"about-{key}")


def _bar(name: str, share: float, interval: Sequence[float], n: int, colour: str | None = None) -> Bar:
    low, high = interval
    faces = tn("{n:,} face", "{n:,} faces", n)
    return Bar(name, share, low, high, note=faces, colour=colour, faint=n < FEW)
