"""The verdict in a sentence, and below it both models side by side with the difference between them."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import streamlit as st

from pages.parts.compare_pair import Pair
from training.comparison import Change
from training.figures import span
from training.statistics import Estimate
from ui.language import number, percent, speech, t, tn

_STYLE = Path(__file__).resolve().parents[2] / "ui" / "assets" / "compare.css"


@dataclass(frozen=True)
class Row:
    """One figure of both models. `better` is 1 where more is better and -1 where less is; `brief` are the main ones.

    `apart` is why two figures that are known have no difference.
    """

    name: str
    note: str
    first: Estimate | None
    second: Estimate | None
    difference: Estimate | None
    better: int = 1
    brief: bool = True
    apart: str = ""


def begin() -> None:
    st.html(f"<style>{_style()}</style>")


def show(pair: Pair) -> None:
    change = pair.found.change
    says, more = verdict(change, pair.found.verdict, *pair.names), _what_it_means(pair)
    st.html(f'<p class="compare-verdict">{html.escape(says)}<small>{html.escape(more)}</small></p>')
    sides(pair, rows(pair))


def sides(pair: Pair, found: Sequence[Row]) -> None:
    """The table of these rows: A, the difference, B."""
    reach = max((abs(end) for row in found if row.difference for end in row.difference.interval), default=1)
    head = "".join(
        f'<th scope="col"><b>{letter}</b><span>{html.escape(name)}</span></th>'
        for letter, name in zip("AB", pair.names, strict=True)
    )
    first, second = head.split("</th>")[:2]
    middle = (
        f'<th scope="col"><span class="compare-ways"><span>{html.escape(t("← A better"))}</span>'
        f"<span>{html.escape(t('B better →'))}</span></span></th>"
    )
    body = "".join(_row(row, reach) for row in found)
    caption = html.escape(t("Both models side by side, with the difference between them"))
    st.html(
        f'<table class="compare-sides"><caption>{caption}</caption>'
        f"<thead><tr><td></td>{first}</th>{middle}{second}</th></tr></thead><tbody>{body}</tbody></table>"
    )
    st.caption(
        t(
            "Under each figure is the range in which the true one lies in 95 of 100 cases. In the middle stands B "
            "minus A in points of a hundred, with its range; where the range crosses the line, the difference may "
            "be luck. Of few faces a range is only rough: where it and a sentence on this page disagree, the sentence "
            "counts."
        )
    )


def said(words: str) -> None:
    """A sentence that may hold a model's name, which is no markup, and no Markdown either."""
    st.html(f'<p class="compare-said">{html.escape(words)}</p>')


def verdict(change: Change, verdict: str, first: str, second: str) -> str:
    """The sentence that the page is for."""
    turned = {"gained": number(change.gained), "lost": number(change.lost)}
    if change.gained == change.lost == 0:
        return t("They answer alike: on every face both are right, or both are wrong.")
    if verdict == "unclear":
        return t(
            "Nobody can tell which is better: {second} turned {gained} faces right and {lost} wrong ({p}).",
            second=second,
            p=chance(change.p),
            **turned,
        )
    if verdict == "better":
        return t(
            "{second} is better than {first}: {gained} faces turned right, {lost} turned wrong ({p}).",
            first=first,
            second=second,
            p=chance(change.p),
            **turned,
        )
    return t(
        "{first} is better than {second}, which turned {lost} faces wrong and only {gained} right ({p}).",
        first=first,
        second=second,
        p=chance(change.p),
        **turned,
    )


def chance(p: float | None) -> str:
    if p is None:
        return t("p unknown")
    return f"p < {number(0.001, 3)}" if p < 0.0005 else f"p = {number(p, 3 if p < 0.1 else 2)}"


def rows(pair: Pair) -> list[Row]:
    """What the table shows, in its order."""
    one, other = pair.first.at(), pair.second.at()
    counts = one.counts(), other.counts()
    found = pair.found
    sure = Change(len(one), int((~one.sure & other.sure).sum()), int((one.sure & ~other.sure).sum()))
    recalls = [count.recall for count in counts]
    areas = [view.roc.area if view.roc else None for view in (pair.first, pair.second)]
    return [
        Row(
            t("Right"),
            tn("of {n:,} face", "of {n:,} faces", len(one)),
            counts[0].accuracy,
            counts[1].accuracy,
            found.change.difference,
        ),
        Row(
            t("Women recognised"),
            _of(one.labels, 0),
            recalls[0]["female"],
            recalls[1]["female"],
            found.recall["female"].difference,
        ),
        Row(
            t("Men recognised"),
            _of(one.labels, 1),
            recalls[0]["male"],
            recalls[1]["male"],
            found.recall["male"].difference,
        ),
        Row(
            t("Sure enough to answer"),
            t("each by its own bar"),
            counts[0].answered,
            counts[1].answered,
            sure.difference,
        ),
        Row(
            t("Right when it answers"),
            t("each on its own faces"),
            counts[0].accuracy_when_sure,
            counts[1].accuracy_when_sure,
            None,
            brief=False,
            apart=t("not comparable: other faces"),
        ),
        Row(
            t("Pairs in the right order"),
            t("a woman and a man, AUC"),
            areas[0],
            areas[1],
            found.auc,
            brief=False,
            apart=_same_order(areas),
        ),
        Row(
            t("How far its percentages are off"),
            t("calibration error, less is better"),
            pair.first.ece,
            pair.second.ece,
            found.ece,
            -1,
            apart=t("too few faces to tell"),
        ),
    ]


def signed(points: float, digits: int = 1) -> str:
    """Points of a hundred with a true minus sign; what rounds to nothing has none."""
    text = number(abs(points), digits)
    sign = "" if not text.strip("0.,") else "+" if points > 0 else "−"
    return sign + text


def in_points(difference: Estimate) -> str:
    return t(
        "{points} points ({low} to {high})",
        points=signed(difference.value * 100),
        low=signed(difference.low * 100),
        high=signed(difference.high * 100),
    )


def told(difference: Estimate) -> bool:
    """Whether it can be told from nothing."""
    return difference.low > 0 or difference.high < 0


def _what_it_means(pair: Pair) -> str:
    change = pair.found.change
    same = change.n - change.gained - change.lost
    parts = [
        tn(
            "Both were shown the same {n:,} face.",
            "Both were shown the same {n:,} faces. On {same} of them both were right or both wrong; only the "
            "others can tell them apart.",
            change.n,
            same=number(same),
        )
    ]
    if change.gained + change.lost:
        parts.append(t("p is how often luck alone would be so lopsided (McNemar's exact test)."))
    if missed := pair.only_first + pair.only_second:
        parts.append(
            tn(
                "{n:,} more face was found for one of them only and is left out.",
                "{n:,} more faces were found for one of them only and are left out.",
                missed,
            )
        )
    return " ".join(parts)


def _same_order(areas: Sequence[Estimate | None]) -> str:
    """Why two orders have no difference: there is none to be seen, or too few women or men are there to see it."""
    first, second = (area and area.value for area in areas)
    return t("no difference to be seen") if first == second else t("too few faces to tell")


def _of(labels: np.ndarray, label: int) -> str:
    return tn("of {n:,} face", "of {n:,} faces", int((labels == label).sum()))


def _row(row: Row, reach: float) -> str:
    return (
        f'<tr><th scope="row">{html.escape(row.name)}<small>{html.escape(row.note)}</small></th>'
        f"<td>{figure(row.first)}</td><td>{_difference(row, reach)}</td><td>{figure(row.second)}</td></tr>"
    )


def figure(estimate: Estimate | None) -> str:
    if estimate is None:
        return f"<small>{html.escape(t('cannot be said'))}</small>"
    within = html.escape(span(estimate, speech(), 1))
    return f"<strong>{html.escape(percent(estimate.value, 1))}</strong><small>{within}</small>"


def _difference(row: Row, reach: float) -> str:
    found = row.difference
    if found is None:
        why = row.apart if row.first and row.second else t("cannot be said")
        return f'<small class="compare-none">{html.escape(why)}</small>'
    ends = sorted(50 + 50 * row.better * end / reach for end in found.interval)
    at = 50 + 50 * row.better * found.value / reach
    return (
        f'<div class="compare-scale {"told" if told(found) else "open"}" aria-hidden="true">'
        f'<i style="left:{ends[0]:.2f}%;width:{ends[1] - ends[0]:.2f}%"></i><b style="left:{at:.2f}%"></b></div>'
        f"<small>{html.escape(in_points(found))}</small>"
    )


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
