"""The recipe that is being thought about in step 2, before it is used: it survives that the step folds and opens.

Streamlit forgets what widgets hold as soon as they are not drawn, so that each time the form appears anew it begins
with the draft.
"""

from dataclasses import dataclass, replace

import streamlit as st

from pages.parts import train_steps
from training.recipe import PRESETS, Recipe, preset_of
from ui import state

FIRST = "quick"
_DRAFT, _SEEN, _OWN = "train.draft", "train.draft.seen", "train.draft.own"


@dataclass(frozen=True)
class Draft:
    """`base` is what the form began with, in its `turn`-th appearance; `preset` is None once something was changed."""

    recipe: Recipe
    preset: str | None
    base: Recipe
    turn: int

    @property
    def prefix(self) -> str:
        """Of the keys of the form's widgets."""
        return f"rupa-recipe-{self.turn}"


def now() -> Draft:
    """The draft; what was chosen elsewhere, such as a run's recipe to be used again, takes its place."""
    choice = train_steps.choice()
    if choice is not None and choice != st.session_state.get(state.PREFIX + _SEEN):
        state.keep(_SEEN, choice)
        load(choice.recipe, choice.preset)
    return state.kept(_DRAFT, lambda: Draft(PRESETS[FIRST], FIRST, PRESETS[FIRST], 0))


def load(recipe: Recipe, preset: str | None) -> None:
    """Think about this one from here on; the form begins with it."""
    before: Draft | None = st.session_state.get(state.PREFIX + _DRAFT)
    state.keep(_DRAFT, Draft(recipe, preset, recipe, before.turn + 1 if before else 0))
    if preset is None:
        state.keep(_OWN, recipe)


def change(draft: Draft, recipe: Recipe) -> None:
    """The form says this now; it is a preset again where nothing is left that differs."""
    preset = preset_of(recipe)
    state.keep(_DRAFT, replace(draft, recipe=recipe, preset=preset))
    if preset is None:
        state.keep(_OWN, recipe)


def own() -> Recipe | None:
    """The last one that was no preset."""
    found: Recipe | None = st.session_state.get(state.PREFIX + _OWN)
    return found


def use(draft: Draft) -> None:
    """Settle it, and go on."""
    choice = train_steps.Choice(draft.recipe, draft.preset)
    state.keep(_SEEN, choice)
    train_steps.choose_recipe(choice)
