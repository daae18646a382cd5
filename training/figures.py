"""The charts of an evaluation as plotly figures: for a page and for a report alike, in the colours and words given.

Each comes with the sentence that says what it shows, for whoever does not see it. Colour is never the only sign: women
are unbroken lines and plain bars, men dashed and hatched ones. `figures_groups.py` has the groups, `figures_curves.py`
has ROC, precision-recall, calibration and training.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from training.answers import Answers, Counts
from training.statistics import Estimate
from words.speech import Speech

_BINS = 40
_CELL_PX = 132


@dataclass(frozen=True)
class Look:
    """Colours and letters; `LIGHT` is that of paper."""

    paper: str = "#FBFAF7"
    surface: str = "#F1EFE9"
    line: str = "#DAD7CE"
    ink: str = "#1D2433"
    muted: str = "#586070"
    accent: str = "#0F766E"
    female: str = "#4C5FD5"
    male: str = "#A35304"
    unsure: str = "#556070"
    font: str = "Plus Jakarta Sans, sans-serif"


LIGHT = Look()


@dataclass(frozen=True)
class Drawn:
    """A figure, and what it shows in a sentence."""

    figure: go.Figure
    says: str


def confusion(counts: Counts, look: Look, speech: Speech, *, chosen: tuple[int, int] | None = None) -> Drawn:
    """What the labels say, row by row, and what the model answered; a click on a cell gives (label, answer)."""
    t, cells = speech.t, counts.confusion
    totals = cells.sum(axis=1)
    shares = [[cells[i, j] / totals[i] if totals[i] else 0.0 for j in (0, 1)] for i in (0, 1)]
    answers = [t("answered<br>“female”"), t("answered<br>“male”")]
    labels = [t("Labelled<br>women"), t("Labelled<br>men")]
    figure = plain(look, height_px=320)
    tint = mixed(look.accent, look.paper, 0.42)
    figure.add_trace(
        go.Heatmap(
            x=[0, 1],
            y=[0, 1],
            z=shares,
            zmin=0,
            zmax=1,
            colorscale=[[0, look.surface], [1, tint]],
            showscale=False,
            xgap=6,
            ygap=6,
            hoverinfo="skip",
        )
    )
    places = [(i, j) for i in (0, 1) for j in (0, 1)]
    for i, j in places:
        text = f"<b>{speech.number(cells[i, j])}</b>"
        share = speech.percent(shares[i][j], 1) if totals[i] else t("nobody")
        figure.add_annotation(x=j, y=i, text=text, showarrow=False, font_size=30, yshift=12)
        figure.add_annotation(x=j, y=i, text=share, showarrow=False, font_size=15, yshift=-20)
    if chosen is not None:
        i, j = chosen
        edge = {"color": look.ink, "width": 3}
        figure.add_shape(type="rect", x0=j - 0.47, x1=j + 0.47, y0=i - 0.47, y1=i + 0.47, line=edge)
    said = [_cell_words(i, j, speech) for i, j in places]
    figure.add_trace(
        # A heatmap gives no click away in Streamlit; squares that nobody sees do.
        go.Scatter(
            x=[j for _, j in places],
            y=[i for i, _ in places],
            mode="markers",
            marker={"symbol": "square", "size": _CELL_PX, "color": look.accent, "opacity": 0.004},
            customdata=[[i, j] for i, j in places],
            text=said,
            hovertemplate="%{text}<extra></extra>",
            selected={"marker": {"opacity": 0.01}},
            unselected={"marker": {"opacity": 0.01}},
        )
    )
    figure.update_xaxes(
        range=[-0.5, 1.5],
        tickvals=[0, 1],
        ticktext=answers,
        side="top",
        ticks="",
        tickangle=0,
        color=look.ink,
    )
    figure.update_yaxes(range=[1.5, -0.5], tickvals=[0, 1], ticktext=labels, ticks="")
    figure.update_layout(margin_b=4)
    listed = "; ".join(
        f"{words}: {speech.number(cells[i, j])}" for (i, j), words in zip(places, said, strict=True)
    )
    return Drawn(figure, t("What the labels say and what the model answered. {cells}.", cells=listed))


def _cell_words(label: int, predicted: int, speech: Speech) -> str:
    return cell_names(speech)[label, predicted]


def cell_names(speech: Speech) -> dict[tuple[int, int], str]:
    """Each cell of the matrix by (label, answer)."""
    t = speech.t
    return {
        (0, 0): t("women taken for women"),
        (0, 1): t("women taken for men"),
        (1, 0): t("men taken for women"),
        (1, 1): t("men taken for men"),
    }


def histograms(answers: Answers, threshold: float, sure_at: float, look: Look, speech: Speech) -> Drawn:
    """How likely the model held "male": women above the line, men below it, and where it says what."""
    t = speech.t
    edges = np.linspace(0, 1, _BINS + 1)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    figure = plain(look, height_px=340)
    low, high = min(1 - sure_at, threshold), max(sure_at, threshold)
    figure.add_vrect(x0=low, x1=high, fillcolor=look.unsure, opacity=0.13, line_width=0, layer="below")
    figure.add_vline(x=threshold, line={"color": look.ink, "width": 2, "dash": "dot"})
    tallest = 1.0
    for label, way, name in ((0, 1, t("Labelled women")), (1, -1, t("Labelled men"))):
        counts = np.histogram(answers.p_male[answers.labels == label], bins=edges)[0]
        tallest = max(tallest, float(counts.max()))
        colour = look.male if label else look.female
        pattern = (
            {"shape": "/", "bgcolor": colour, "fgcolor": look.paper, "size": 6, "solidity": 0.2}
            if label
            else {}
        )
        figure.add_trace(
            # Most scores stand at the two ends: at the counts' own height nobody would see the doubtful ones.
            go.Bar(
                x=middles,
                y=(way * np.sqrt(counts)).tolist(),
                name=name,
                marker={"color": colour, "line": {"width": 0}, "pattern": pattern},
                customdata=counts.tolist(),
                hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
            )
        )
    ticks = _root_ticks(tallest)
    figure.update_layout(barmode="overlay", bargap=0.12, showlegend=True, margin_b=44, margin_t=34)
    above(figure)
    figure.update_yaxes(
        title_text=t("Faces (root scale)"),
        tickvals=[*(-np.sqrt(ticks)).tolist(), 0, *np.sqrt(ticks).tolist()],
        ticktext=[speech.number(count) for count in (*ticks, 0, *ticks)],
        color=look.muted,
        zeroline=True,
        zerolinecolor=look.ink,
    )
    share_axis(figure.update_xaxes, 0.0, 1.0, speech, title_text=t("How likely the model held “male”"))
    wrong = answers.labels != answers.predicted
    says = t(
        "How likely the model held “male” for women and for men. Above {threshold} it answers male; between {low} "
        "and {high} it is not sure. {wrong} of {n} faces stand on the wrong side.",
        threshold=speech.percent(threshold),
        low=speech.percent(low),
        high=speech.percent(high),
        wrong=speech.number(int(wrong.sum())),
        n=speech.number(len(answers)),
    )
    return Drawn(figure, says)


def plain(look: Look, height_px: int) -> go.Figure:
    """The template of every chart here."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height_px,
        margin={"l": 4, "r": 24, "t": 6, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": look.font, "size": 14, "color": look.ink},
        hoverlabel={"bgcolor": look.surface, "bordercolor": look.line, "font_color": look.ink},
        hoverlabel_font_family=look.font,
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True, color=look.muted)
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True, color=look.ink)
    figure.update_yaxes(title_standoff=14)
    return figure


def share_axis(
    update: Callable[..., object], low: float, high: float, speech: Speech, *, each: int = 1, **options: Any
) -> None:
    """An axis (`figure.update_xaxes`) of shares: percentages at round places.

    Only `each` so many of them have their number written, the highest always: on a phone more would run together.
    """
    step = 0.1 if high - low < 0.45 else 0.25 if high - low > 0.6 else 0.2
    first = np.ceil(round(max(0.0, low) / step, 6)) * step
    ticks = [round(float(x), 6) for x in np.arange(first, min(1.0, high) + 1e-9, step)]
    written = [
        speech.percent(x) if (len(ticks) - place) % each == 0 else "" for place, x in enumerate(ticks, 1)
    ]
    update(range=[low, high], tickangle=0, tickvals=ticks, ticktext=written, **options)


def intervals(
    values: ArrayLike, lows: ArrayLike, highs: ArrayLike, colour: str, *, line_px: float = 2, ends_px: int = 5
) -> dict[str, Any]:
    """A trace's `error_x` or `error_y`: from each low to its high."""
    return {
        "type": "data",
        "symmetric": False,
        "array": np.subtract(highs, values).tolist(),
        "arrayminus": np.subtract(values, lows).tolist(),
        "color": colour,
        "thickness": line_px,
        "width": ends_px,
    }


def above(figure: go.Figure) -> None:
    """The legend in one line above the figure."""
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
    )


def span(estimate: Estimate, speech: Speech, digits: int = 0) -> str:
    """The interval of a share, in percent."""
    low, high = (speech.of_100(end, digits) for end in estimate.interval)
    return speech.t("({low} to {high})", low=low, high=high)


def mixed(colour: str, ground: str, share: float) -> str:
    """So much of the colour on that ground."""
    over, under = (tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for code in (colour, ground))
    parts = (round(share * a + (1 - share) * b) for a, b in zip(over, under, strict=True))
    return "#" + "".join(f"{part:02X}" for part in parts)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _root_ticks(tallest: float) -> list[int]:
    """A few round counts up to the tallest bar, well apart on a scale of roots."""
    ticks = [n for n in (1, 10, 50, 200, 1_000, 5_000, 20_000, 100_000) if n <= tallest]
    return [n for n in ticks[-3:] if n >= 0.04 * tallest] or [1]
