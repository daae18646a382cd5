"""The charts of a comparison: how much each group changed, and how often each model was right when it was so sure."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from training.figures import Drawn, Look, above, escaped, intervals, mixed, plain
from training.figures_curves import sureness_axes
from training.statistics import Estimate, Reliability
from words.speech import Speech

ROW_PX = 36


@dataclass(frozen=True)
class Difference:
    """What one group gained or lost, in few `words` and in full. `told` after correction; a `faint` one rests on too
    few faces to be judged."""

    name: str
    n: int
    estimate: Estimate
    words: str
    full: str
    told: bool
    faint: bool


def differences(rows: Sequence[Difference], look: Look, speech: Speech) -> Drawn:
    """A dot with its interval for each group, left of the line where A is better and right of it where B is."""
    figure = plain(look, height_px=ROW_PX * len(rows) + 58)
    pale = mixed(look.muted, look.paper, 0.45)
    for row, one in enumerate(rows):
        colour = pale if one.faint else look.accent if one.told else look.muted
        value, low, high = (end * 100 for end in (one.estimate.value, *one.estimate.interval))
        figure.add_trace(
            go.Scatter(
                x=[value],
                y=[row],
                mode="markers",
                marker={
                    "size": 11,
                    "symbol": "square" if one.told else "circle",
                    "color": colour if one.told else look.paper,
                    "line": {"color": colour, "width": 2},
                },
                error_x=intervals([value], [low], [high], colour, line_px=3 if one.told else 2),
                hovertemplate=f"{escaped(one.name)}: {escaped(one.full)}<extra></extra>",
            )
        )
        figure.add_annotation(
            x=1,
            xref="paper",
            y=row,
            xanchor="left",
            xshift=12,
            text=f"<b>{escaped(one.words)}</b>" if one.told else escaped(one.words),
            font_color=look.muted if one.faint else look.ink,
            showarrow=False,
        )
    figure.add_vline(x=0, line={"color": look.ink, "width": 1.4})
    ticks = [
        f'{escaped(one.name)} <span style="font-size:12px;color:{look.muted}">{speech.number(one.n)}</span>'
        for one in rows
    ]
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))), ticktext=ticks, ticklabelstandoff=8
    )
    # A group of five would make the axis so wide that nobody sees the others.
    ends = [abs(end) for one in rows if not one.faint for end in one.estimate.interval]
    reach = max(0.02, *ends) * 108 if ends else 100.0
    figure.update_xaxes(
        range=[-reach, reach],
        title={"text": speech.t("Points of a hundred: ← A better · B better →"), "font": {"size": 13}},
        nticks=6,
        showgrid=True,
        gridcolor=look.line,
    )
    figure.update_layout(margin_r=24 + 8 * max((len(one.words) for one in rows), default=0), margin_b=48)
    said = "; ".join(f"{one.name}: {one.full}" for one in rows)
    return Drawn(
        figure,
        speech.t("How many more points of a hundred B got right in each group. {groups}.", groups=said),
    )


def calibrations(named: Sequence[tuple[str, Reliability]], look: Look, speech: Speech) -> Drawn:
    """Both models' reliability in one figure: A hollow circles on a dotted line, B filled squares on a solid one."""
    t = speech.t
    figure = plain(look, height_px=380)
    diagonal = {"color": look.muted, "dash": "dot", "width": 1.5}
    figure.add_trace(
        go.Scatter(x=[0.5, 1], y=[0.5, 1], mode="lines", line=diagonal, hoverinfo="skip", showlegend=False)
    )
    lowest, ways = 0.5, ((look.ink, "dash", "circle-open", -1), (look.accent, "solid", "square", 1))
    for (name, found), (colour, dash, symbol, side) in zip(named, ways, strict=False):
        full = found.counts > 0
        share, low, high = found.accuracy[full], found.lows[full], found.highs[full]
        lowest = min(lowest, float(low.min())) if len(low) else lowest
        figure.add_trace(
            go.Scatter(
                # Side by side, so that no interval hides the other's.
                x=(found.confidence[full] + 0.003 * side).tolist(),
                y=share.tolist(),
                mode="markers+lines",
                name=escaped(name),
                line={"color": colour, "dash": dash, "width": 1.8},
                marker={"symbol": symbol, "size": 10, "color": colour, "line": {"color": colour, "width": 2}},
                error_y=intervals(share, low, high, colour, line_px=1.5, ends_px=4),
                text=[
                    t("{share} right of {n} faces", share=speech.percent(s), n=speech.number(count))
                    for s, count in zip(share, found.counts[full], strict=True)
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    above(figure)
    figure.update_layout(margin_t=34)
    sureness_axes(figure, lowest, look, speech)
    return Drawn(
        figure, t("How often each model was right, by how sure it was. On the diagonal it keeps its word.")
    )
