"""The groups of an evaluation as a plotly figure, in the manner of `figures.py`."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from training import groups as grouping
from training.answers import Counts
from training.figures import Drawn, Look, escaped, intervals, mixed, plain, share_axis, span
from training.groups import Groups
from training.statistics import Estimate
from words.speech import Speech

ROW_PX = 36
_CLICKS_A_ROW = 24


def groups(
    found: Groups,
    whole: Counts,
    look: Look,
    speech: Speech,
    *,
    names: Mapping[str, str] | None = None,
) -> Drawn:
    """A dot with its interval for each group, the worst first; a click on a row gives the group's name.

    Groups of too few faces stand last and faint. The dotted line is the accuracy on all of them together.
    """
    t, names = speech.t, names or {}
    ranked = grouping.ranked(found)
    rows = [*ranked, *(name for name in found if name not in ranked)]
    known = [(name, estimate) for name in rows if (estimate := found[name].accuracy)]
    if not known:
        return Drawn(plain(look, height_px=60), t("No group of these faces is known."))
    figure = plain(look, height_px=ROW_PX * len(known) + 46)
    left = max(0.0, np.floor((min(estimate.low for _, estimate in known) - 0.02) * 10) / 10)
    for faint in (False, True):
        part = [
            (row, name, estimate)
            for row, (name, estimate) in enumerate(known)
            if (name not in ranked) is faint
        ]
        if part:
            figure.add_trace(_dots(part, found, look, speech, names, faint))
    figure.add_trace(_click_targets([name for name, _ in known], left, look))
    if whole.accuracy:
        figure.add_vline(x=whole.accuracy.value, line={"color": look.ink, "width": 1.2, "dash": "dot"})
    beside = [
        {
            "x": 1,
            "xref": "paper",
            "y": row,
            "xanchor": "left",
            "xshift": 12,
            "text": f"<b>{escaped(speech.percent(estimate.value))}</b> {escaped(span(estimate, speech))}",
            "showarrow": False,
        }
        for row, (_, estimate) in enumerate(known)
    ]
    # One by one, plotly would check all of them anew each time.
    figure.update_layout(margin_r=142, annotations=beside)
    ticks = [
        f"{escaped(names.get(name, name))} "
        f'<span style="font-size:12px;color:{look.muted}">{speech.number(found[name].n)}</span>'
        for name, _ in known
    ]
    figure.update_yaxes(
        range=[len(known) - 0.5, -0.5], tickvals=list(range(len(known))), ticktext=ticks, ticklabelstandoff=8
    )
    share_axis(figure.update_xaxes, left, 1.012, speech, each=2, gridcolor=look.line, showgrid=True)
    said = "; ".join(
        f"{names.get(name, name)}: {speech.percent(one.value)} {span(one, speech)}" for name, one in known
    )
    return Drawn(figure, t("How often each group was right, the worst first. {groups}.", groups=said))


def _dots(
    part: Sequence[tuple[int, str, Estimate]],
    found: Groups,
    look: Look,
    speech: Speech,
    names: Mapping[str, str],
    faint: bool,
) -> go.Scatter:
    colour = mixed(look.muted, look.paper, 0.45) if faint else look.accent
    return go.Scatter(
        x=[one.value for _, _, one in part],
        y=[row for row, _, _ in part],
        mode="markers",
        marker={"size": 11, "color": look.paper if faint else colour, "line": {"color": colour, "width": 2}},
        error_x=intervals(
            [one.value for _, _, one in part],
            [one.low for _, _, one in part],
            [one.high for _, _, one in part],
            colour,
        ),
        customdata=[name for _, name, _ in part],
        text=[
            speech.t(
                "{group}: {right} of {n} right",
                group=escaped(names.get(name, name)),
                right=speech.number(found[name].right),
                n=speech.number(found[name].n),
            )
            for _, name, _ in part
        ],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _click_targets(names: Sequence[str], left: float, look: Look) -> go.Scatter:
    """The whole row can be clicked, not only its dot."""
    places = np.linspace(left, 1, _CLICKS_A_ROW)
    return go.Scatter(
        x=np.tile(places, len(names)).tolist(),
        y=np.repeat(np.arange(len(names)), len(places)).tolist(),
        mode="markers",
        marker={"symbol": "square", "size": ROW_PX - 4, "color": look.accent, "opacity": 0.004},
        customdata=np.repeat(np.array(names, dtype=object), len(places)).tolist(),
        hoverinfo="none",
        selected={"marker": {"opacity": 0.004}},
        unselected={"marker": {"opacity": 0.004}},
    )
