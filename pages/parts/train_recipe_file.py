"""A recipe as JSON: to take home, and to open again."""

import json

import streamlit as st

from pages.parts import train_recipe_draft as drafts
from pages.parts import train_recipe_words as words
from training import recipe
from training.recipe import Recipe, RecipeError
from ui import state
from ui.language import t

MOST_CHARACTERS = 20_000
_TYPED, _FAULT = "rupa-recipe-json", "train.recipe.fault"


def show(now: Recipe, *, disabled: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            t("Download this recipe"),
            json.dumps(now.as_json(), indent=1),
            file_name="rupa-recipe.json",
            mime="application/json",
            key="rupa-recipe-download",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.popover(t("Open a recipe"), icon=":material/file_open:", disabled=disabled):
            st.text_area(
                t("The JSON of a recipe, pasted here"), key=_TYPED, max_chars=MOST_CHARACTERS, height=160
            )
            st.button(t("Open it"), key="rupa-recipe-open", on_click=_open)
            if fault := st.session_state.get(state.PREFIX + _FAULT):
                st.warning(words.refused(fault), icon=":material/info:")


def _open() -> None:
    typed = str(st.session_state.get(_TYPED, "")).strip()
    state.drop(_FAULT)
    try:
        found = recipe.read(typed)
    except RecipeError as error:
        state.keep(_FAULT, error.with_traceback(None))
        return
    drafts.load(found, recipe.preset_of(found))
