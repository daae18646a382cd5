"""A stress test as a plotly figure, in the manner of `figures.py`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from model.card import LABELS
from training import stress_words
from training.figures import Drawn, Look, above, escaped, intervals, plain, share_axis, span
from training.statistics import Estimate
from training.stress_result import Condition, StressTest
from words.speech import Speech

ROW_PX = 66
# In rows, from the middle of a row: its name stands above its marks, which leaves a phone's width to the marks.
_NAME, _PLACES = -0.34, {"female": -0.02, "male": 0.24}
_SYMBOLS = {"female": "circle", "male": "square"}


def conditions(test: StressTest, look: Look, speech: Speech) -> Drawn:
    """How many women and men are right in each condition, the worst first; the photos as they are stand last."""
    rows = [*test.redrawn, test.plain]
    shown = {label: [one.counts.recall[label] for one in rows] for label in LABELS}
    lows = [one.low for side in shown.values() for one in side if one]
    left = max(0.0, float(np.floor((min(lows) - 0.02) * 10) / 10))
    figure = plain(look, height_px=ROW_PX * len(rows) + 64)
    words = {"female": speech.t("women"), "male": speech.t("men")}
    for label, away in _PLACES.items():
        colour = look.female if label == "female" else look.male
        figure.add_trace(_dots(shown[label], away, colour, _SYMBOLS[label], words[label]))
        if at_plain := shown[label][-1]:
            figure.add_vline(
                x=at_plain.value, line={"color": colour, "width": 1.2, "dash": "dot"}, opacity=0.7
            )
    figure.add_hline(y=len(rows) - 1.5, line={"color": look.line, "width": 1})
    above(figure)
    figure.update_layout(margin_r=124, margin_t=30)
    names = stress_words.condition_names(speech)
    # One after the other, plotly takes as long for them as for all the rest of the page.
    titles = [
        {
            "x": 0,
            "xref": "paper",
            "y": row + _NAME,
            "xanchor": "left",
            "text": names[one.name],
            "showarrow": False,
        }
        for row, one in enumerate(rows)
    ]
    figure.update_layout(
        annotations=titles
        + [note for label, away in _PLACES.items() for note in _written(shown[label], away, speech)]
    )
    figure.update_yaxes(range=[len(rows) - 0.5, -0.6], showticklabels=False)
    share_axis(figure.update_xaxes, left, 1.006, speech, each=2, gridcolor=look.line, showgrid=True)
    said = "; ".join(_said(one, names, words, speech) for one in rows)
    return Drawn(
        figure,
        speech.t("How many women and men are right in each condition, the worst first. {rows}.", rows=said),
    )


def _dots(side: Sequence[Estimate | None], away: float, colour: str, symbol: str, name: str) -> go.Scatter:
    known = [(row, one) for row, one in enumerate(side) if one]
    return go.Scatter(
        x=[one.value for _, one in known],
        y=[row + away for row, _ in known],
        mode="markers",
        name=name,
        marker={"size": 11, "symbol": symbol, "color": colour},
        error_x=intervals(
            [one.value for _, one in known],
            [one.low for _, one in known],
            [one.high for _, one in known],
            colour,
        ),
        hoverinfo="skip",
    )


def _written(side: Sequence[Estimate | None], away: float, speech: Speech) -> list[dict[str, Any]]:
    return [
        {
            "x": 1,
            "xref": "paper",
            "y": row + away,
            "xanchor": "left",
            "xshift": 12,
            "text": _in_figures(one, speech) if one else speech.t("nobody"),
            "showarrow": False,
            "font": {"size": 13},
        }
        for row, one in enumerate(side)
    ]


def _in_figures(one: Estimate, speech: Speech) -> str:
    return f"<b>{escaped(speech.percent(one.value))}</b> {escaped(span(one, speech))}"


def _said(one: Condition, names: dict[str, str], words: dict[str, str], speech: Speech) -> str:
    parts = [
        f"{words[label]} {speech.percent(share.value)} {span(share, speech)}"
        for label, share in one.counts.recall.items()
        if share
    ]
    return f"{names[one.name]}: {', '.join(parts)}"
