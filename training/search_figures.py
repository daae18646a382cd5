"""What a search has tried as plotly figures: try by try, which setting mattered, and which settings went together.

Optuna says what is in them; they look and speak as those of `figures.py`. Whoever shows them brings the words.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go

from training import search
from training.figures import Drawn, Look, above, escaped, intervals, mixed, plain, share_axis
from training.search import Tried
from words.speech import Speech

ENOUGH = 4  # tries that came to their end, before anything is said of which setting mattered
_ROW_PX, _AXIS_PX = 40, 180
_RIGHT = "value"


@dataclass(frozen=True)
class Words:
    """What each setting is called, and how its values are said."""

    names: Mapping[str, str]
    said: Callable[[str, str], str]


def history(tried: Sequence[Tried], look: Look, speech: Speech) -> Drawn | None:
    """Each try's share of the checking photos with its interval, and the best one so far."""
    t = speech.t
    counted = [(one.number + 1, one.state == "done", one.share) for one in tried if one.share]
    known = [(number, done, share) for number, done, share in counted if share is not None]
    if not known:
        return None
    figure = plain(look, height_px=300)
    kinds = ((True, t("tried to its end"), look.accent, "circle"), (False, t("given up"), look.muted, "x"))
    for done, name, colour, mark in kinds:
        mine = [(number, share) for number, ended, share in known if ended == done]
        if mine:
            figure.add_trace(
                go.Scatter(
                    x=[number for number, _ in mine],
                    y=[share.value for _, share in mine],
                    error_y=intervals(
                        [share.value for _, share in mine],
                        [share.interval[0] for _, share in mine],
                        [share.interval[1] for _, share in mine],
                        colour,
                        line_px=1.4,
                        ends_px=4,
                    ),
                    mode="markers",
                    marker={"size": 9, "color": colour, "symbol": mark},
                    name=name,
                )
            )
    ends = [(number, share.value) for number, done, share in known if done]
    best = [max(value for _, value in ends[: place + 1]) for place in range(len(ends))]
    if ends:
        line = {"color": look.ink, "width": 1.6, "shape": "hv", "dash": "dot"}
        figure.add_trace(
            go.Scatter(
                x=[number for number, _ in ends], y=best, mode="lines", line=line, name=t("best so far")
            )
        )
    lowest = min(share.interval[0] for _, _, share in known)
    figure.update_xaxes(
        title_text=t("tries, one after the other"),
        dtick=max(1, len(known) // 10),
        range=[0.5, max(n for n, _, _ in known) + 0.5],
    )
    share_axis(
        figure.update_yaxes,
        math.floor(lowest * 20) / 20,
        1.01,
        speech,
        title_text=t("checking photos right"),
        gridcolor=look.line,
        showgrid=True,
    )
    above(figure)
    figure.update_layout(margin_t=48, margin_b=44)
    said = t("No try has come to its end yet.")
    if ends:
        said = t("The best of {n} tries got {share} right.", n=len(ends), share=speech.percent(best[-1], 1))
    return Drawn(figure, said)


def importance(folder: Path, words: Words, look: Look, speech: Speech) -> Drawn | None:
    """How much of the difference between tries each setting explains; None while there are too few tries."""
    from optuna.importance import FanovaImportanceEvaluator
    from optuna.visualization import plot_param_importances

    if len(_ended(folder)) < ENOUGH:
        return None
    with search.study(folder) as study:
        try:
            drawn = plot_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
        except (ValueError, RuntimeError):
            return None  # all tries came to the same
    [bars] = drawn.data
    names = [words.names.get(str(name), str(name)) for name in bars.y]
    shares = [float(share) for share in bars.x]
    if not shares or not all(map(math.isfinite, shares)) or not max(shares):
        return None
    figure = plain(look, height_px=_ROW_PX * len(names) + 40)
    figure.add_trace(
        go.Bar(
            x=shares,
            y=[escaped(name) for name in names],
            orientation="h",
            width=0.5,
            marker_color=look.accent,
            text=[speech.percent(share) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    share_axis(figure.update_xaxes, 0.0, max(shares) * 1.15, speech)
    figure.update_yaxes(ticklabelstandoff=8)
    ranked = sorted(zip(shares, names, strict=True), reverse=True)
    return Drawn(figure, "; ".join(f"{name}: {speech.percent(share)}" for share, name in ranked) + ".")


def together(folder: Path, words: Words, look: Look, speech: Speech) -> Drawn | None:
    """Each try as a line through its settings to what it got right; the best one is the thickest."""
    from optuna.visualization import plot_parallel_coordinate

    ended = _ended(folder)
    if len(ended) < 2:
        return None
    with search.study(folder) as study:
        figure = plot_parallel_coordinate(study, target_name=_RIGHT)
    axes = [str(name) for name in figure.layout.xaxis.ticktext]
    titles = [speech.t("right") if name == _RIGHT else words.names.get(name, name) for name in axes]
    figure.data = [line for line in figure.data if line.mode == "lines"]
    shares = [one.share.value if one.share else 0.0 for one in ended]
    best = max(float(line.y[axes.index(_RIGHT)]) for line in figure.data)
    for line in figure.data:
        height = float(line.y[axes.index(_RIGHT)])
        line.line.color = look.accent if height == best else mixed(look.muted, look.paper, 0.3 + 0.5 * height)
        line.line.width = 3.5 if height == best else 1.4
        line.opacity = 1.0
        line.hoverinfo, line.hovertemplate = "skip", None
    for tick in figure.layout.annotations:
        name = axes[round(float(tick.x))]
        said = _percent(tick.text, speech) if name == _RIGHT else words.said(name, tick.text)
        tick.update(text=escaped(said), font={"color": look.ink, "size": 12}, bgcolor=look.paper, opacity=0.9)
    for axis in figure.layout.shapes:
        axis.line.color = look.line
    base = plain(look, height_px=380)
    base.update_layout(shapes=figure.layout.shapes, annotations=figure.layout.annotations, showlegend=False)
    base.add_traces(figure.data)
    base.update_xaxes(
        tickvals=list(range(len(axes))),
        ticktext=[escaped(title) for title in titles],
        range=[-0.5, len(axes) - 0.8],
        side="top",
        tickangle=0,
        color=look.ink,
    )
    base.update_yaxes(visible=False, range=[-0.06, 1.06])
    base.update_layout(margin={"l": 4, "r": 24, "t": 34, "b": 8}, width=_AXIS_PX * len(axes) + 80)
    says = speech.tn(
        "One try, from {low} to {high} right.",
        "{n} tries, from {low} to {high} right.",
        len(ended),
        low=speech.percent(min(shares), 1),
        high=speech.percent(max(shares), 1),
    )
    return Drawn(base, says)


def _ended(folder: Path) -> list[Tried]:
    return [one for one in search.tried(folder) if one.state == "done" and one.share]


def _percent(text: str, speech: Speech) -> str:
    try:
        return speech.percent(float(text), 1)
    except ValueError:
        return text
