"""May this model take the place of the one that answers? `gate` compares them on the same photos and says why.

The photos are those that the candidate was judged on, which its run kept aside; where a model before it has seen some
of them all the same (`learnt.py`), that is said, and does not speak for it. It may answer where it is better by more
than luck, and where no group, and not how sure it may be, is worse by more than luck. Who asks about twenty groups
finds one by luck alone, so their p-values are corrected together (Holm 1979).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from model import registry
from model.card import KERAS
from model.registry import Artifact
from training import answers, comparison, evaluations, learnt, prediction_table, statistics
from training.attributes import ALPHA
from training.comparison import Change, Comparison
from training.gate_words import DATASET, Group, Line
from training.groups import COLUMNS, ENOUGH
from training.learnt import Met
from training.page_asked import Judge
from training.prediction_table import About, EvaluationError
from training.statistics import Estimate

Answer = Literal["promote", "keep", "unclear"]
# A percentage that is off by less than one more point changes nothing for anybody, even if it is no luck.
OFF_ITS_WORD = 0.01


@dataclass(frozen=True)
class GroupChange:
    """`column` is looks, dataset, race or age."""

    column: str
    group: str
    change: Change


@dataclass(frozen=True)
class Verdict:
    """`lines` say why. `needed` is what must be evaluated before anything can be said; `vetoes` lost too much.

    `comparison` has the flips and everything else, the active model first; `sure` are the shares of active and
    candidate that are sure, `sure_change` their paired difference. `files` are the evaluations that were compared, pair
    by pair, the active model's first.
    """

    answer: Answer
    candidate: str
    active: str
    lines: tuple[Line, ...]
    needed: tuple[Judge, ...] = ()
    vetoes: tuple[GroupChange, ...] = ()
    comparison: Comparison | None = None
    sure: tuple[Estimate, Estimate] | None = None
    sure_change: Change | None = None
    files: tuple[tuple[Path, Path], ...] = ()


def gate(candidate: str, active: str, home: Path | None = None) -> Verdict:
    """Compare the candidate with the active model, both by name, by the evaluations that there are."""
    if candidate == active:
        return Verdict("unclear", candidate, active, (Line("same"),))
    new, old = registry.find(candidate), registry.find(active)
    judged = [(path, *prediction_table.read(path, embeddings=False)) for path in _judged_on(new)]
    if not judged:
        return Verdict("unclear", candidate, active, (Line("never_judged", {"model": candidate}),))
    there = list(_of(old, home))
    pairs = [(_matching(table, about, there), table, about) for _, table, about in judged]
    if any(before is None for before, _, _ in pairs):
        photos = sum(len(table) for before, table, _ in pairs if before is None)
        line = Line("not_examined", {"model": active, "photos": photos})
        return Verdict("unclear", candidate, active, (line,), (Judge(active, candidate),))
    one = _joined((before[1], about) for before, _, about in pairs if before is not None)
    two = _joined((table, about) for _, table, about in pairs)
    columns = COLUMNS if len(pairs) == 1 else (DATASET, *COLUMNS)
    compared = comparison.compare(one, two, columns=columns)
    found = decide(candidate, active, compared, one, two, (old.card.sure_at, new.card.sure_at))
    files = [
        (before[0], path)
        for (before, _, _), (path, _, _) in zip(pairs, judged, strict=True)
        if before is not None
    ]
    abouts = [about for _, _, about in judged]
    flattered = tuple(began(new, abouts))
    lines = (*found.lines, *flattered, *_unfair(new, active, abouts))
    answer = found.answer
    if (
        answer == "promote"
        and learnt.begun_from(new) != active
        and any(one.code == "start_saw" for one in flattered)
    ):
        answer = "unclear"  # what it knows by heart speaks for nobody, unless the other knows it as well
    return replace(found, answer=answer, lines=lines, files=tuple(files))


def began(new: Artifact, judged_on: Iterable[About] | None = None) -> Iterable[Line]:
    """Says where a model looks better than it is, because the one that it went on from saw photos of its test."""
    start = learnt.begun_from(new)
    if start is None:
        return
    abouts = [prediction_table.about(path) for path in _judged_paths(new)] if judged_on is None else judged_on
    if met := learnt.met(start, new.name, abouts):
        yield _line("start", met, {"start": start, "model": new.name})


def _unfair(new: Artifact, active: str, judged_on: Iterable[About]) -> Iterable[Line]:
    if active != learnt.begun_from(new) and (met := learnt.met(active, new.name, judged_on)):
        yield _line("active", met, {"model": active})


def _line(who: str, met: Met, facts: dict[str, Any]) -> Line:
    if met.seen is None:
        return Line(f"{who}_may", facts)
    return Line(f"{who}_saw", {**facts, "seen": met.seen, "n": met.of})


def state(candidate: str, active: str, home: Path | None = None) -> str:
    """Another word as soon as the gate might say something else: another model, or another evaluation."""
    new, old = registry.find(candidate), registry.find(active)
    files = {
        *_judged_paths(new),
        *_judged_paths(old),
        *evaluations.folder(active, home).glob(evaluations.PATTERN),
    }
    stats = ((path, path.stat()) for path in sorted(files) if path.is_file())
    seen = [f"{path}-{stat.st_mtime_ns}-{stat.st_size}" for path, stat in stats]
    return " ".join([*(one.card.files[KERAS] for one in (new, old)), *seen])


def decide(
    candidate: str,
    active: str,
    compared: Comparison,
    one: pd.DataFrame,
    two: pd.DataFrame,
    sure_at: tuple[float, float],
) -> Verdict:
    """The verdict on a comparison of these two tables, the active model's first."""
    change = compared.change
    if change.n < ENOUGH:
        line = Line("too_few", {"n": change.n, "enough": ENOUGH})
        return Verdict("unclear", candidate, active, (line,), comparison=compared)
    lines = [Line("alike", {"n": change.n})]
    if change.gained or change.lost:
        luck = {"better": "better", "worse": "worse", "unclear": "luck"}[compared.verdict]
        lines = [Line("flips", {"gained": change.gained, "lost": change.lost, "n": change.n}), Line(luck)]
    vetoes = tuple(_vetoes(compared))
    for veto in vetoes:
        facts = {"gained": veto.change.gained, "lost": veto.change.lost, "n": veto.change.n}
        lines.append(Line("group_lost", {"group": Group(veto.column, veto.group), **facts}))
    if not vetoes:
        lines.append(Line("no_group_lost"))
    miscalibrated = compared.ece is not None and compared.ece.low > 0 and compared.ece.value > OFF_ITS_WORD
    if miscalibrated:
        lines.append(Line("calibration_worse"))
    sure, sure_change = _sureness(one, two, sure_at)
    less_sure = sure_change.verdict == "worse"
    lines.append(
        Line("less_sure" if less_sure else "sure", {"before": sure[0].value, "share": sure[1].value})
    )
    answer: Answer = "promote"
    if compared.verdict == "worse" or vetoes or miscalibrated:
        answer = "keep"
    elif compared.verdict == "unclear" or less_sure:
        answer = "unclear"
    return Verdict(
        answer, candidate, active, tuple(lines), (), vetoes, compared, sure, sure_change
    )  # fmt: skip


def _vetoes(compared: Comparison) -> Iterable[GroupChange]:
    asked = {"looks": compared.recall, **compared.groups}
    for (column, group), p in comparison.corrected(asked).items():
        change = asked[column][group]
        if p < ALPHA and change.lost > change.gained:
            yield GroupChange(column, group, change)


def _sureness(
    one: pd.DataFrame, two: pd.DataFrame, sure_at: tuple[float, float]
) -> tuple[tuple[Estimate, Estimate], Change]:
    """How many faces each model is sure of, by its own card, and how many it gained and lost."""
    first, second, _, _ = comparison.matched(one, two)
    before, after = (
        answers.read(table, sure_at=at).sure for table, at in zip((first, second), sure_at, strict=True)
    )
    shares = [statistics.proportion(int(sure.sum()), len(sure)) for sure in (before, after)]
    assert shares[0] is not None
    assert shares[1] is not None
    return (shares[0], shares[1]), Change(
        len(before), int((after & ~before).sum()), int((before & ~after).sum())
    )


def _judged_on(artifact: Artifact) -> list[Path]:
    """The evaluations that came with the model: its card vouches for them."""
    return [artifact.path(path.name) for path in _judged_paths(artifact)]


def _judged_paths(artifact: Artifact) -> list[Path]:
    return [
        artifact.folder / name
        for name in sorted(artifact.card.files)
        if name.startswith("evaluation-") and name.endswith(".parquet")
    ]


def _of(artifact: Artifact, home: Path | None) -> Iterable[tuple[Path, About]]:
    """The evaluations of this very model that can be read."""
    made = evaluations.folder(artifact.name, home)
    for path in (*sorted(made.glob(evaluations.PATTERN)), *_judged_on(artifact)):
        try:
            about = prediction_table.about(path)
        except EvaluationError:
            continue
        if about.model_hash == artifact.card.files[KERAS]:
            yield path, about


def _matching(
    table: pd.DataFrame, about: About, there: list[tuple[Path, About]]
) -> tuple[Path, pd.DataFrame] | None:
    """What the other model said of all of these photos, looked at in the same way; None where nobody asked it."""
    for path, other in there:
        if (other.dataset, other.spec, other.source) != (about.dataset, about.spec, about.source):
            continue
        try:
            found, _ = prediction_table.read(path, embeddings=False)
        except EvaluationError:
            continue
        place = pd.Index(found["id"]).get_indexer(pd.Index(table["id"]))
        if (place < 0).any():
            continue
        found = found.iloc[place].reset_index(drop=True)
        if np.array_equal(found["label"].to_numpy(), table["label"].to_numpy()):
            return path, found
    return None


def _joined(parts: Iterable[tuple[pd.DataFrame, About]]) -> pd.DataFrame:
    """Several evaluations as one; ids carry their photos' name, so that none meets another's."""
    named = [
        table.assign(id=about.dataset + "/" + table["id"], **{DATASET: about.dataset})
        for table, about in parts
    ]
    return pd.concat(named, ignore_index=True)
