"""What the Evaluate page counts: the chosen faces, and what the model answers where the sliders stand."""

from dataclasses import dataclass, replace
from functools import cached_property

from training.answers import Answers, Counts
from training.evaluations import Kept
from training.view import Column, Selection, View
from ui import state

Pair = tuple[str, str]
_NARROWED = "evaluate.narrowed"


@dataclass(frozen=True)
class Seen:
    """`view` has the faces of the chosen groups only, `whole` all of them."""

    kept: Kept
    whole: View
    view: View
    groups: tuple[Pair, ...]
    threshold: float
    sure_at: float

    @cached_property
    def answers(self) -> Answers:
        return self.view.at(self.threshold, self.sure_at)

    @cached_property
    def counts(self) -> Counts:
        return self.answers.counts()


def see(kept: Kept, whole: View, groups: tuple[Pair, ...], threshold: float, sure_at: float) -> Seen:
    return Seen(kept, whole, _narrowed(kept, whole, groups), groups, threshold, sure_at)


def narrowed(view: View, groups: tuple[Pair, ...]) -> View:
    """The same evaluation of the faces that are of all these groups."""
    if not groups:
        return view
    chosen = view.where(view.at(), Selection(groups=groups))
    columns = {name: Column(one.codes[chosen], one.names) for name, one in view.columns.items()}
    return replace(
        view,
        rows=view.rows[chosen],
        labels=view.labels[chosen],
        p_male=view.p_male[chosen],
        columns=columns,
    )


def _narrowed(kept: Kept, whole: View, groups: tuple[Pair, ...]) -> View:
    """The last one is remembered, with the curves that were drawn of it."""
    if not groups:
        return whole
    of = (str(kept.path), kept.state, groups)
    last: tuple[object, View] | None = state.kept(_NARROWED, lambda: None)
    if last is None or last[0] != of:
        last = (of, narrowed(whole, groups))
        state.keep(_NARROWED, last)
    return last[1]
