"""Several runs in one figure: how many validation photos each had right after each epoch, and its loss."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from training import statistics
from training.figures import Drawn, Look, above, escaped, plain, share_axis, span
from training.progress import counted
from words.speech import Speech

MOST = 6
_DASHES = ("solid", "dash", "dot")
_MARKS = ("circle", "square", "diamond")
_SHOWN = {"val_accuracy", "val_loss"}

History = Sequence[Mapping[str, float | str]]


def compared(runs: Mapping[str, History], look: Look, speech: Speech) -> Drawn | None:
    """A line for each name, at most `MOST`; None where no run has come so far. It says the best epoch of each."""
    t, drawable = speech.t, begun(runs)
    if not drawable:
        return None
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12, figure=plain(look, height_px=340))
    lowest, longest, said = 1.0, 1.0, []
    for place, (name, rows) in enumerate(list(drawable.items())[:MOST]):
        colour = (look.accent, look.ink)[place % 2]
        line = {"color": colour, "dash": _DASHES[place // 2], "width": 2.5}
        mark = {"size": 6, "symbol": _MARKS[place % len(_MARKS)]}
        epochs = [int(row["epoch"]) for row in rows]
        for column, key in ((1, "val_accuracy"), (2, "val_loss")):
            figure.add_trace(
                go.Scatter(
                    x=epochs,
                    y=[row[key] for row in rows],
                    mode="lines+markers",
                    name=escaped(name),
                    legendgroup=str(place),
                    showlegend=column == 1,
                    line=line,
                    marker=mark,
                ),
                row=1,
                col=column,
            )
        best = max(rows, key=lambda row: row["val_accuracy"])
        lowest = min(lowest, *(row["val_accuracy"] for row in rows))
        longest = max(longest, *(row["epoch"] for row in rows))
        said.append(
            t(
                "{name}: {share} at best, after epoch {epoch}",
                name=name,
                share=_share(best, speech),
                epoch=speech.number(best["epoch"]),
            )
        )
    axis = {"fixedrange": True, "automargin": True, "zeroline": False}
    step = max(1, int(longest) // 8)
    figure.update_xaxes(title_text=t("Epoch"), dtick=step, color=look.muted, showgrid=False, **axis)
    figure.update_yaxes(color=look.muted, showgrid=True, gridcolor=look.line, **axis)
    share_axis(
        figure.update_yaxes,
        max(0.0, lowest - 0.03),
        1.01,
        speech,
        title_text=t("right on the validation photos"),
        col=1,
    )
    figure.update_yaxes(title_text=t("loss on the validation photos"), rangemode="tozero", col=2)
    above(figure)
    figure.update_layout(margin_t=56, margin_b=44)
    return Drawn(figure, "; ".join(said) + ".")


def begun(runs: Mapping[str, History]) -> dict[str, list[dict[str, float]]]:
    """Those of them that have something to draw."""
    return {name: rows for name, history in runs.items() if (rows := _whole(history))}


def _share(row: Mapping[str, float], speech: Speech) -> str:
    """With its interval, where the photos were counted."""
    cells = counted(row)
    found = statistics.proportion(int(cells.trace()), int(cells.sum())) if cells is not None else None
    share = speech.percent(float(row["val_accuracy"]), 1)
    return f"{share} {span(found, speech, 1)}" if found else share


def _whole(history: History) -> list[dict[str, float]]:
    """The rows that say what is drawn, in numbers; an older run may say less."""
    rows = [{key: value for key, value in row.items() if isinstance(value, float)} for row in history]
    return [row for row in rows if _SHOWN | {"epoch"} <= set(row)]
