"""For whom the model is worse: each group with its interval, and what may be said of the gaps between them."""

import html
from itertools import combinations

import streamlit as st

from pages.parts import evaluate_charts, evaluate_chips
from pages.parts.evaluate_seen import Seen
from training import figures_groups, gap_words, verdicts
from training import groups as grouping
from training.groups import ENOUGH, Groups
from training.report_words import AND, group_name
from training.verdicts import Verdict
from ui import panels
from ui.language import number, speech, t, tn

_MANY = 14


def show(seen: Seen) -> None:
    st.header(t("For whom is it worse?"), anchor=False)
    columns = seen.view.group_columns
    if not columns:
        st.markdown(
            t(
                "Nothing is known of these faces but what they are labelled, so there are no groups to compare."
            )
        )
        return
    choices = [*((name,) for name in columns), *combinations(columns, 2)]
    chosen = st.pills(
        t("Groups"),
        range(len(choices)),
        default=min(1, len(choices) - 1),
        required=True,
        format_func=lambda place: AND.join(_column(name) for name in choices[place]),
        key=f"rupa.evaluate.by.{'.'.join(columns)}",
        label_visibility="collapsed",
    )
    by = choices[chosen or 0]
    found = seen.view.groups(seen.answers, *by)
    if not found:
        st.markdown(t("Of the chosen faces none has a known group."))
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        _chart(seen, by, found)
    with right:
        _said(found)


def _chart(seen: Seen, by: tuple[str, ...], found: Groups) -> None:
    shown, small = found, len(found) - len(grouping.ranked(found))
    if small and len(found) > _MANY:
        words = tn(
            "Show the {n} group of fewer than {few} faces",
            "Show the {n} groups of fewer than {few} faces",
            small,
            few=ENOUGH,
        )
        if not st.toggle(words, key=f"rupa.evaluate.small.{'.'.join(by)}"):
            shown = {name: found[name] for name in grouping.ranked(found)}
    names = {name: group_name(name, speech()) for name in shown}
    drawn = figures_groups.groups(shown, seen.counts, evaluate_charts.look(), speech(), names=names)
    key = f"groups-{'-'.join(by)}-{len(shown)}-{evaluate_chips.turn()}"
    evaluate_charts.show_clickable(drawn, key, lambda mark: evaluate_chips.choose_group(by, mark))
    st.caption(
        t(
            "The share right, with its interval; beside the name the number of faces; dotted, all together. Groups of "
            "fewer than {few} faces are pale and not ranked. Click on one to see only its faces.",
            few=ENOUGH,
        )
    )


def _said(found: Groups) -> None:
    gap = grouping.largest_gap(found)
    if gap is None:
        panels.said(
            t("There are not two groups of at least {few} faces, so there is no gap to speak of.", few=ENOUGH)
        )
        return
    told = gap_words.verdict(verdicts.of_gap(gap, found), speech())
    panels.said(gap_words.largest(gap, found, speech()), told)
    st.html(_list(verdicts.of_each(found)))
    if odds := grouping.equalised_odds(found):
        st.markdown(gap_words.equalised_odds(odds, speech()))
    st.caption(
        t(
            "A group is compared with all other faces. The more groups, the likelier one of them looks bad by luck; "
            "the intervals of these gaps are widened for that. “More photos” are as many as would tell in four of "
            "five cases."
        )
    )


def _list(each: dict[str, Verdict]) -> str:
    """The verdicts, the real gaps first."""
    heads = {
        "real": t("Real"),
        "more": t("More photos needed"),
        "unclear": t("Unclear"),
    }
    rows = ""
    for kind, head in heads.items():
        words = [_one(name, verdict) for name, verdict in each.items() if verdict.kind == kind]
        if words:
            items = "".join(f"<li>{html.escape(word)}</li>" for word in words)
            rows += f'<div class="{kind}"><dt>{html.escape(head)}</dt><dd><ul>{items}</ul></dd></div>'
    return f'<dl class="evaluate-verdicts">{rows}</dl>'


def _one(name: str, verdict: Verdict) -> str:
    group = group_name(name, speech())
    if verdict.kind == "more" and verdict.photos:
        n = number(gap_words.rounded(verdict.photos))
        return t("{group}: need about {n} more photos", group=group, n=n)
    points = gap_words.points(verdict.difference, speech())
    return t("{group}: {value} points ({low} to {high})", group=group, **points)


def _column(name: str) -> str:
    return {"race": t("Race"), "age": t("Age")}.get(name, name)
