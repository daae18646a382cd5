"""The four steps of the Train page: what this visit has chosen in each, which one is open, and how each is drawn.

A step that is done folds to one line. What is chosen lies in the session; runs lie in files, so that a visit that
begins anew finds the run that is at work.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from training import jobs
from training.recipe import Recipe, preset_of
from training.run_state import Run
from ui import state
from ui.language import t

PHOTOS, RECIPE, RUN, RESULT = 1, 2, 3, 4
_OPEN, _PHOTOS, _RECIPE, _RUN = "train.step", "train.photos", "train.recipe", "train.run"


@dataclass(frozen=True)
class Photos:
    """What is learnt from, as `open_dataset` takes each; how many `women` and `men`; what a person calls it."""

    data: tuple[str, ...]
    women: int
    men: int
    name: str = ""


@dataclass(frozen=True)
class Choice:
    """A recipe and the preset that it began from, where it still is that preset."""

    recipe: Recipe
    preset: str | None


@dataclass(frozen=True)
class Step:
    """`line` is what stands there when it is folded, None while there is nothing to say; `show` draws it open."""

    number: int
    title: str
    line: Callable[[], str | None]
    show: Callable[[], None]


def photos() -> Photos | None:
    found: Photos | None = st.session_state.get(state.PREFIX + _PHOTOS)
    return found


def choose_photos(photos: Photos) -> None:
    """Learn from these, and go on to how; what was watched so far is another run."""
    state.drop(_RUN)
    state.keep(_PHOTOS, photos)
    go(RECIPE)


def choice() -> Choice | None:
    found: Choice | None = st.session_state.get(state.PREFIX + _RECIPE)
    return found


def choose_recipe(choice: Choice) -> None:
    """Learn in this way, and go on to the run, which is a new one."""
    state.drop(_RUN)
    state.keep(_RECIPE, choice)
    go(RUN)


def take_over(recipe: Recipe) -> None:
    """Learn as another run did; from which photos, the visit has chosen or chooses first."""
    choose_recipe(Choice(recipe, preset_of(recipe)))
    go(RECIPE if photos() else PHOTOS)


def watch(run: Run) -> None:
    """Look at this run from here on."""
    watch_id(run.id)


def watch_id(id_: str) -> None:
    state.keep(_RUN, id_)


def watched() -> Run | None:
    """The run that this visit has chosen to look at."""
    chosen = st.session_state.get(state.PREFIX + _RUN)
    return jobs.find(str(chosen)) if chosen else None


def run() -> Run | None:
    """The run that this visit looks at; where it has chosen none, the one that is at work, whoever asked for it.

    Where none is, the newest if it was paused, so that it is found again. A search has a page of its own.
    """
    if found := watched():
        return found
    runs = [one for one in jobs.runs() if not one.trials]
    active = [one for one in runs if jobs.active(one)]
    resting = [one for one in runs[:1] if one.state == "paused"]
    return next((one for one in active if one.state == "running"), next(iter(active[-1:] or resting), None))


def go(step: int) -> None:
    """Open this step; the others fold."""
    state.keep(_OPEN, step)


def again() -> None:
    """Begin another run from the start; what was chosen stays to be changed."""
    state.drop(_RUN)
    go(PHOTOS)


def opened() -> int:
    """The step that is open: the one chosen, or the first one that is not done."""
    chosen = st.session_state.get(state.PREFIX + _OPEN)
    if chosen:
        return int(chosen)
    if now := run():
        return RESULT if now.state == "done" else RUN
    if photos() is None:
        return PHOTOS
    return RECIPE if choice() is None else RUN


def draw(steps: tuple[Step, ...]) -> None:
    now = opened()
    for step in steps:
        with st.container(border=True, key=f"rupa-step-{step.number}"):
            _head(step, is_open=step.number == now)
            if step.number == now:
                step.show()


def _head(step: Step, *, is_open: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{step.number} · {step.title}", anchor=False)
        line = step.line()
        if is_open:
            return
        if line:
            st.markdown(line)
        st.button(
            t("Open step {n}", n=step.number) if line is None else t("Change step {n}", n=step.number),
            key=f"rupa-open-{step.number}",
            type="tertiary",
            on_click=go,
            args=(step.number,),
        )
