"""Curves of an evaluation as plotly figures, as in `figures.py`: ROC, precision-recall, calibration, training."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from training import statistics
from training.answers import Answers
from training.curves import Curve
from training.figures import Drawn, Look, above, escaped, intervals, plain, share_axis, span
from training.groups import ENOUGH
from training.statistics import Estimate, Reliability
from training.view import View
from words.speech import Speech

MOST_POINTS = 500


def roc(view: View, answers: Answers, look: Look, speech: Speech) -> Drawn | None:
    """Men recognised against women taken for men, at every threshold, and where the present one stands.

    None without both women and men.
    """
    t, curve = speech.t, view.roc
    if curve is None:
        return None
    cells = answers.counts().confusion
    at = (cells[0, 1] / cells[0].sum(), cells[1, 1] / cells[1].sum())
    figure = plain(look, height_px=360)
    figure.add_trace(_chance([0, 1], [0, 1], look))
    figure.add_trace(_line(curve, look.accent, t("at every threshold"), "solid"))
    figure.add_trace(_here(*at, look.accent, t("at this threshold"), look))
    _axes(figure, t("Women taken for men"), t("Men recognised"), 0.0, look, speech)
    says = t(
        "Men recognised against women taken for men, at every threshold. The area below the curve is {area} of 1 "
        "({low} to {high}). At this threshold {recall} of the men are recognised and {alarms} of the women taken "
        "for men.",
        **_area(curve, speech),
        recall=speech.percent(at[1], 1),
        alarms=speech.percent(at[0], 1),
    )
    return Drawn(figure, says)


def precision_recall(view: View, answers: Answers, look: Look, speech: Speech) -> Drawn | None:
    """For women and for men: how many are recognised, and how often the model is right when it says so."""
    t = speech.t
    found = {name: curve for name, curve in view.precision_recall.items() if curve is not None}
    if not found:
        return None
    counts = answers.counts()
    figure = plain(look, height_px=360)
    names = {"female": t("answers “female”"), "male": t("answers “male”")}
    said, lowest = [], 1.0
    for name, curve in found.items():
        colour, dash = (look.female, "solid") if name == "female" else (look.male, "dash")
        figure.add_trace(_line(curve, colour, names[name], dash))
        lowest = min(lowest, float(curve.y.min()))
        recall, precision = counts.recall[name], counts.precision[name]
        said.append(f"{names[name]}: " + t("area {area} of 1 ({low} to {high})", **_area(curve, speech)))
        if recall and precision:
            mark = "circle" if name == "female" else "square"
            figure.add_trace(_here(recall.value, precision.value, colour, names[name], look, mark))
    _axes(
        figure,
        t("How many of them it recognises"),
        t("How often it is right saying so"),
        lowest,
        look,
        speech,
    )
    says = t(
        "How many are recognised, and how often the model is right when it says so; {curves}.",
        curves="; ".join(said),
    )
    return Drawn(figure, says)


def reliability(found: Reliability, ece: Estimate | None, look: Look, speech: Speech) -> Drawn:
    """How often the model was right when it was so sure, with intervals; on the diagonal it keeps its word."""
    t = speech.t
    full = found.counts > 0
    figure = plain(look, height_px=360)
    figure.add_trace(
        go.Scatter(
            x=[0.5, 1],
            y=[0.5, 1],
            mode="lines",
            line={"color": look.muted, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        )
    )
    share, low, high, n = (values[full] for values in (found.accuracy, found.lows, found.highs, found.counts))
    figure.add_trace(
        go.Scatter(
            x=found.confidence[full].tolist(),
            y=share.tolist(),
            mode="markers",
            marker={
                "size": (8 + 14 * np.sqrt(n / n.max())).tolist() if len(n) else 8,
                "color": look.accent,
                "line": {"color": look.paper, "width": 1},
            },
            error_y=intervals(share, low, high, look.ink, line_px=1.5, ends_px=4),
            text=[
                t(
                    "{share} right ({low} to {high}) of {n} faces",
                    share=escaped(speech.percent(s)),
                    low=escaped(speech.of_100(a)),
                    high=escaped(speech.of_100(b)),
                    n=speech.number(count),
                )
                for s, a, b, count in zip(share, low, high, n, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    bottom = min(0.5, float(low.min())) if len(low) else 0.5
    sureness_axes(figure, bottom, look, speech)
    says = t("How often the model was right, by how sure it was; larger dots are more faces.")
    if ece:
        says += " " + _apart(ece, int(found.counts.sum()), speech)
    return Drawn(figure, says)


def _apart(ece: Estimate, faces: int, speech: Speech) -> str:
    """Chance alone sets the two apart, the further the fewer the faces."""
    t = speech.t
    if faces < ENOUGH:
        return t("With fewer than {few} faces, nobody can say how far the two are apart.", few=ENOUGH)
    said = t(
        "On average the two are {ece} points apart ({low} to {high}).",
        ece=speech.number(ece.value * 100, 1),
        low=speech.number(ece.low * 100, 1),
        high=speech.number(ece.high * 100, 1),
    )
    if ece.low > 0:
        return said
    keeps = t(
        "On so many photos a model that keeps its word may look as far apart; whether this one keeps it cannot be told."
    )
    return f"{said} {keeps}"


def sureness_axes(figure: go.Figure, lowest: float, look: Look, speech: Speech) -> None:
    """How sure against how often right, down to the `lowest` share."""
    figure.update_layout(margin_b=44)
    share_axis(figure.update_xaxes, 0.49, 1.012, speech, title_text=speech.t("How sure the model was"))
    share_axis(
        figure.update_yaxes,
        lowest - 0.03,
        1.03,
        speech,
        title_text=speech.t("How often it was right"),
        gridcolor=look.line,
        showgrid=True,
    )


def training_curves(
    history: Sequence[Mapping[str, float]], watched: int | None, look: Look, speech: Speech
) -> Drawn | None:
    """What the run wrote after each epoch: how many of the `watched` faces it got right, and the loss.

    None where it wrote nothing.
    """
    t = speech.t
    rows = [row for row in history if {"epoch", "val_accuracy", "loss", "val_loss"} <= set(row)]
    if not rows:
        return None
    epochs = [int(row["epoch"]) for row in rows]
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12, figure=plain(look, height_px=320))
    for key, name, colour, dash, column in (
        ("val_accuracy", t("right on the validation photos"), look.ink, "solid", 1),
        ("val_recall_female", t("women recognised"), look.female, "dot", 1),
        ("val_recall_male", t("men recognised"), look.male, "dash", 1),
        ("loss", t("loss while learning"), look.muted, "dot", 2),
        ("val_loss", t("loss on the validation photos"), look.accent, "solid", 2),
    ):
        values = [float(row[key]) if key in row else None for row in rows]
        line = {"color": colour, "dash": dash, "width": 2.5}
        figure.add_trace(
            go.Scatter(x=epochs, y=values, mode="lines+markers", name=name, line=line, marker_size=6),
            row=1,
            col=column,
        )
    best = max(rows, key=lambda row: row["val_accuracy"])
    figure.add_vline(x=int(best["epoch"]), line={"color": look.ink, "width": 1, "dash": "dot"}, col=1, row=1)
    axis = {"fixedrange": True, "automargin": True, "zeroline": False, "showgrid": False}
    figure.update_xaxes(title_text=t("Epoch"), dtick=max(1, len(rows) // 8), color=look.muted, **axis)
    figure.update_yaxes(color=look.muted, **axis, gridcolor=look.line)
    low = min(float(row[key]) for row in rows for key in row if key.startswith(("val_acc", "val_rec")))
    share_axis(figure.update_yaxes, max(0.0, low - 0.03), 1.01, speech, col=1)
    above(figure)
    figure.update_layout(margin_t=56, margin_b=44)
    said = t("There was one epoch.")
    if len(rows) > 1:
        epochs_said = {"n": speech.number(len(rows)), "best": speech.number(best["epoch"])}
        said = t("The best of {n} epochs was epoch {best}.", **epochs_said)
    watched = watched or 0
    found = statistics.proportion(round(best["val_accuracy"] * watched), watched)
    if found is None:
        return Drawn(figure, said)
    right = t(
        "After it, {share} {range} of {faces} validation photos were right.",
        share=speech.percent(found.value, 1),
        range=span(found, speech, 1),
        faces=speech.number(watched),
    )
    if len(rows) > 1:
        right += " " + t("These photos chose that epoch, so the figure flatters a little.")
    return Drawn(figure, f"{said} {right}")


def thinned(curve: Curve, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """The places of at most so many of its points, even along the way that the curve goes."""
    steps = np.hypot(np.diff(curve.x), np.diff(curve.y))
    way = np.append(0, np.cumsum(steps))
    if len(way) <= most:
        return np.arange(len(way))
    wanted = np.linspace(0, way[-1], most)
    return np.unique(np.clip(np.searchsorted(way, wanted), 0, len(way) - 1))


def _line(curve: Curve, colour: str, name: str, dash: str) -> go.Scatter:
    places = thinned(curve)
    line = {"color": colour, "width": 2.5, "dash": dash}
    x, y = curve.x[places].tolist(), curve.y[places].tolist()
    return go.Scatter(x=x, y=y, mode="lines", name=name, line=line, hoverinfo="skip")


def _here(x: float, y: float, colour: str, name: str, look: Look, mark: str = "circle") -> go.Scatter:
    edge = {"color": look.ink, "width": 2}
    return go.Scatter(
        x=[x],
        y=[y],
        mode="markers",
        name=name,
        marker={"size": 14, "color": colour, "symbol": mark, "line": edge},
        showlegend=False,
        hovertemplate="%{x:.1%} · %{y:.1%}<extra></extra>",
    )


def _chance(x: Sequence[float], y: Sequence[float], look: Look) -> go.Scatter:
    line = {"color": look.muted, "dash": "dot", "width": 1.5}
    return go.Scatter(x=list(x), y=list(y), mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _axes(figure: go.Figure, x: str, y: str, lowest: float, look: Look, speech: Speech) -> None:
    figure.update_layout(margin_b=44, margin_t=34)
    above(figure)
    share_axis(figure.update_xaxes, -0.02, 1.02, speech, title_text=x)
    bottom = max(0.0, lowest - 0.03) if lowest else -0.02
    share_axis(figure.update_yaxes, bottom, 1.02, speech, title_text=y, gridcolor=look.line, showgrid=True)


def _area(curve: Curve, speech: Speech) -> dict[str, str]:
    area = curve.area
    return {
        name: speech.number(value, 3)
        for name, value in (("area", area.value), ("low", area.low), ("high", area.high))
    }
