"""Every chart of Rupa: plotly in one template, readable without colour, with its words for those who cannot see it."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from ui import theme
from ui.language import of_100, percent, t

FONT = "Plus Jakarta Sans, sans-serif"
_ROW_PX = 34


@dataclass(frozen=True)
class Bar:
    """A share with its interval. `note` stands in small type; a `faint` one rests on too few to be sure of."""

    name: str
    share: float
    low: float
    high: float
    note: str = ""
    colour: str | None = None
    faint: bool = False


@dataclass(frozen=True)
class Part:
    """A piece of a whole."""

    name: str
    share: float
    colour: str


def bars_with_intervals(bars: Sequence[Bar]) -> go.Figure:
    """One row a bar in the order given, from nothing to all, with its interval drawn and written."""
    colours = theme.palette()
    figure = _figure(height_px=_ROW_PX * len(bars) + 34)
    figure.add_trace(
        go.Bar(
            x=[bar.share for bar in bars],
            y=[_row_name(bar, colours) for bar in bars],
            orientation="h",
            width=0.46,
            marker_color=[bar.colour or colours.accent for bar in bars],
            marker_opacity=[0.45 if bar.faint else 1 for bar in bars],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [bar.high - bar.share for bar in bars],
                "arrayminus": [bar.share - bar.low for bar in bars],
                "color": colours.ink,
                "thickness": 1.6,
                "width": 5,
            },
            customdata=[_escaped(_in_words(bar)) for bar in bars],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    for row, bar in enumerate(bars):
        figure.add_annotation(
            x=1,
            xref="paper",
            y=row,
            xanchor="left",
            xshift=10,
            text=_span(bar),
            showarrow=False,
            font_color=colours.ink,
        )
    figure.update_layout(margin_r=118)
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=8)
    figure.update_xaxes(range=[0, 1.005], tickvals=[0, 0.5, 1], ticktext=[percent(x) for x in (0, 0.5, 1)])
    return figure


def histogram(values: Sequence[float], *, name: str, amount: str, bins: int = 20) -> go.Figure:
    """How often each share from 0 to 1 occurs; `name` stands below the values, `amount` beside the counts."""
    figure = _figure(height_px=240)
    low = 0.5 if values and min(values) >= 0.5 else 0.0
    steps = {"start": low, "end": 1.0001, "size": (1 - low) / bins}
    figure.add_trace(
        go.Histogram(x=list(values), xbins=steps, autobinx=False, marker_color=theme.palette().accent)
    )
    figure.update_layout(bargap=0.08)
    ticks = [low + (1 - low) * i / 5 for i in range(6)]
    figure.update_xaxes(title_text=name, range=[low, 1], tickvals=ticks, ticktext=[percent(x) for x in ticks])
    figure.update_yaxes(title_text=amount, gridcolor=theme.palette().line, rangemode="tozero")
    return figure


def share_bar(parts: Sequence[Part]) -> go.Figure:
    """A whole cut into its parts, each with its name and share."""
    figure = _figure(height_px=124)
    for part in parts:
        text = f"{part.name} {percent(part.share)}"
        figure.add_trace(
            go.Bar(
                x=[part.share],
                y=[""],
                orientation="h",
                marker={"color": part.colour, "line": {"color": theme.palette().paper, "width": 2}},
                name=text,
                hovertemplate=f"{text}<extra></extra>",
            )
        )
    figure.update_layout(
        barmode="stack",
        showlegend=True,
        legend={"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "traceorder": "normal"},
        margin_b=66,  # on a phone the names need two rows
    )
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False)
    return figure


def show(figure: go.Figure, *, says: str, key: str) -> None:
    """Draw the figure as wide as its place; `says` is what it shows, for a screen reader."""
    with st.container(key=f"chart-{key}"):
        st.html(f'<p class="rupa-unseen">{_escaped(says)}</p>')
        st.plotly_chart(figure, theme=None, key=key, config={"displayModeBar": False, "scrollZoom": False})


def in_words(bars: Sequence[Bar]) -> str:
    """The rows of `bars_with_intervals` as one text."""
    return "; ".join(_in_words(bar) for bar in bars)


def _figure(height_px: int) -> go.Figure:
    colours = theme.palette()
    figure = go.Figure()
    figure.update_layout(
        template="none",
        height=height_px,
        margin={"l": 4, "r": 4, "t": 4, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 14, "color": colours.ink},
        hoverlabel={"bgcolor": colours.surface, "bordercolor": colours.line, "font_color": colours.ink},
        hoverlabel_font_family=FONT,
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True, color=colours.muted)
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, automargin=True, color=colours.ink)
    return figure


def _row_name(bar: Bar, colours: theme.Palette) -> str:
    small = (
        f' <span style="font-size:12px;color:{colours.muted}">{_escaped(bar.note)}</span>' if bar.note else ""
    )
    return _escaped(bar.name) + small


def _span(bar: Bar) -> str:
    return f"<b>{_escaped(percent(bar.share))}</b> {_escaped(t('({low} to {high})', **_ends(bar)))}"


def _in_words(bar: Bar) -> str:
    share = t("{share}, between {low} and {high}", share=percent(bar.share), **_ends(bar))
    return f"{bar.name}: {share}" + (f" ({bar.note})" if bar.note else "")


def _ends(bar: Bar) -> dict[str, str]:
    return {"low": of_100(bar.low), "high": of_100(bar.high)}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
