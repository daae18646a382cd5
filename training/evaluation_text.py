"""An evaluation in plain words for a terminal: `as_text(summary, about)`, from the same JSON that programs read."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from model.card import LABELS
from training.groups import ENOUGH
from training.prediction_table import About
from words.speech import Speech

Json = Mapping[str, Any]

_WOMEN_AND_MEN = dict(zip(LABELS, ("women", "men"), strict=True))
_ENGLISH = Speech("en")


def as_text(summary: Json, about: About) -> str:
    """What a person would want to know first, first."""
    lines = [f"{about.model} on {about.dataset}, {about.split}, from {_way(about.source)}", ""]
    lines += _headline(summary)
    if summary["n"]:
        lines += ["", *_confusion(summary), "", *_calibration(summary)]
        for column, groups in summary["groups"].items():
            lines += ["", *_groups(column, groups, summary)]
        if summary["groups"]:
            lines += ["", *_worst(summary["worst_group"])]
    lines += ["", "In brackets: the interval in which the true figure lies, 95 times in 100."]
    return "\n".join(lines)


def _headline(summary: Json) -> list[str]:
    found, all_photos = summary["n"], summary["photos"]
    lines = [f"{all_photos:,} photos, a face found in {found:,}; not in {summary['not_found']:,}"]
    if summary["unreadable"]:
        lines[0] += f", of which {summary['unreadable']:,} could not be read"
    if not found:
        return [*lines, "Without a face nothing can be counted."]
    constant = summary["constant_answer"]
    recalls = ", ".join(
        f"{_WOMEN_AND_MEN[label]} {_share(summary['recall'], summary['recall_interval'], label)}"
        for label in LABELS
    )
    sure = "" if summary["sure_at"] > 0.5 else " (this model is never unsure)"
    return [
        *lines,
        f"right            {_share(summary, summary, 'accuracy')}",
        f"   always saying {constant['label']} would get {_percent(constant['accuracy'])}",
        f"recognised       {recalls}",
        f"sure of          {_share(summary, summary, 'answered')}{sure}",
        f"   right when sure  {_share(summary, summary, 'accuracy_when_sure')}",
    ]


def _confusion(summary: Json) -> list[str]:
    cells = summary["confusion"]
    lines = ["                 said female     said male"]
    for label in LABELS:
        row = "".join(f"{cells[label][said]:>14,}" for said in LABELS)
        lines.append(f"labelled {label:<6}{row}")
    return lines


def _calibration(summary: Json) -> list[str]:
    f1 = ", ".join(f"{label} {_number(summary['f1'], summary['f1_interval'], label)}" for label in LABELS)
    return [
        f"F1               {f1}",
        f"area under ROC   {_number(summary, summary, 'auc')}",
        f"calibration ECE  {_ece(summary)}",
        f"Brier score      {_number(summary, summary, 'brier')}",
    ]


def _ece(summary: Json) -> str:
    """Chance alone makes it large where faces are few."""
    if summary["n"] < ENOUGH:
        return f"cannot be told of fewer than {ENOUGH} faces"
    keeps = "" if summary["ece_interval"][0] > 0 else "; a model that keeps its word may look as far off"
    return _number(summary, summary, "ece") + keeps


def _groups(column: str, groups: Json, summary: Json) -> list[str]:
    width = max(len(name) for name in groups)
    lines = [f"by {column}, right, sure of, right when sure"]
    for name, group in groups.items():
        few = "" if group["n"] >= ENOUGH else "  too few to tell"
        lines.append(
            f"   {name:<{width}} {group['n']:>7,}  {_share(group, group, 'accuracy'):<24}"
            f" {_percent(group['answered']):>6} {_percent(group['accuracy_when_sure']):>7}{few}"
        )
    if column == "age" and summary["adults"] and summary["adults"]["n"]:
        adults = summary["adults"]
        lines.append(
            f"   20 years and over: {_share(adults, adults, 'accuracy')} of {adults['n']:,}, "
            f"sure of {_percent(adults['answered'])}"
        )
    gap = summary["gaps"][column]
    if gap:
        p = gap["p_all_alike"]
        luck = "p below 0.001" if p < 0.001 else f"p = {p:.3f}"
        lines.append(f"   largest gap, {gap['best']} to {gap['worst']}: {_gap(gap, groups)}")
        lines.append(f"      if all groups were alike: {luck}")
    return lines


def _gap(gap: Json, groups: Json) -> str:
    """Its interval is widened, as it was picked as the largest among all pairs of groups."""
    value, low, high = (f"{100 * part:z.1f}" for part in (gap["difference"], *gap["difference_interval"]))
    pairs = math.comb(sum(group["n"] >= ENOUGH for group in groups.values()), 2)
    widened = f", widened for {pairs} pairs" if pairs > 1 else ""
    return f"{value} points ({low} to {high}{widened})"


def _worst(group: Json | None) -> list[str]:
    if group is None:
        return [f"No group has the {ENOUGH} faces that it takes to call one the worst."]
    return [
        f"worst group      {group['column']} {group['group']}: {_share(group, group, 'accuracy')} of {group['n']:,}, "
        f"among groups of at least {ENOUGH}"
    ]


def _way(source: str) -> str:
    return "whole photos" if source == "raw" else "training crops"


def _share(values: Json, intervals: Json, name: str) -> str:
    value, interval = values[name], _interval(intervals, name)
    if value is None or interval is None:
        return "cannot be told"
    low, high = (_ENGLISH.of_100(end, 1) for end in interval)
    return f"{_percent(value)} ({low} to {high})"


def _number(values: Json, intervals: Json, name: str) -> str:
    value, interval = values[name], _interval(intervals, name)
    if value is None or interval is None:
        return "cannot be told"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _interval(intervals: Json, name: str) -> Sequence[float] | None:
    found: Sequence[float] | None = intervals.get(f"{name}_interval", intervals.get(name))
    return found


def _percent(share: float | None) -> str:
    return "--" if share is None else _ENGLISH.percent(share, 1)
