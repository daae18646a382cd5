"""The step "recipe" of the Train page: a preset or one's own settings, and how long that takes on this computer."""

import streamlit as st

from pages.parts import train_recipe_change as form
from pages.parts import train_recipe_draft as drafts
from pages.parts import train_recipe_estimate as estimates
from pages.parts import train_recipe_file as file
from pages.parts import train_recipe_words as words
from pages.parts import train_steps
from pages.parts.evaluate_words import literal
from pages.parts.train_recipe_draft import Draft
from training.recipe import PRESETS
from ui import access
from ui.language import t

_OWN, _STUDENTS = "own", "students"
_THEIRS = tuple(name for name in PRESETS if name.startswith(words.STUDENTS))
_OPEN = "rupa-recipe-change"


def line() -> str | None:
    choice = train_steps.choice()
    if choice is None:
        return None
    return " · ".join(filter(None, [words.preset(choice.preset), estimates.line()]))


def show() -> None:
    draft, disabled = drafts.now(), not access.presenter()
    if draft.base != draft.recipe and f"{draft.prefix}-backbone" not in st.session_state:
        drafts.load(draft.recipe, draft.preset)
        draft = drafts.now()
    _presets(draft, disabled)
    below = st.container()
    box = st.expander(t("Change the recipe"), icon=":material/tune:", key=_OPEN, on_change="rerun")
    with box:
        made, fault = form.show(draft, examples=bool(box.open) and not disabled, disabled=disabled)
        if made is not None:
            file.show(made, disabled=disabled)
    if made is not None and made != draft.recipe:
        drafts.change(draft, made)
        st.rerun()
    with below:
        _settle(draft, fault, disabled)


def _presets(draft: Draft, disabled: bool) -> None:
    theirs = draft.preset in _THEIRS
    now = _OWN if draft.preset is None else _STUDENTS if theirs else draft.preset
    options = [*words.OFFERED, _STUDENTS, *([_OWN] if drafts.own() else [])]
    key = f"{draft.prefix}-preset-{now}"
    st.radio(
        t("How it learns"),
        options,
        index=options.index(now),
        format_func=lambda name: _titles().get(name) or words.preset(name),
        captions=[_own(draft) if name == _OWN else words.about(name) for name in options],
        key=key,
        on_change=_take,
        args=(key,),
        disabled=disabled,
        label_visibility="collapsed",
    )
    if theirs:
        which = f"{draft.prefix}-student"
        st.selectbox(
            t("Which student project"),
            _THEIRS,
            index=_THEIRS.index(str(draft.preset)),
            format_func=words.preset,
            key=which,
            on_change=_take,
            args=(which,),
            disabled=disabled,
        )


def _titles() -> dict[str, str]:
    return {_STUDENTS: t("As the student projects did it"), _OWN: t("Your own recipe")}


def _own(draft: Draft) -> str:
    mine = drafts.own() or draft.recipe
    # Somebody else's recipe may name anything, and a caption draws links and pictures.
    return " · ".join([literal(words.start(mine.start)), words.depth(mine.stages[-1].depth)])


def _take(key: str) -> None:
    chosen = st.session_state.get(key)
    if chosen == _OWN and (mine := drafts.own()):
        drafts.load(mine, None)
    elif chosen == _STUDENTS:
        drafts.load(PRESETS[_THEIRS[0]], _THEIRS[0])
    elif chosen in PRESETS:
        drafts.load(PRESETS[chosen], chosen)


def _settle(draft: Draft, fault: str | None, disabled: bool) -> None:
    trouble = estimates.trouble()
    for sentence in filter(None, (fault, None if fault else trouble)):
        st.warning(sentence, icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("Use this recipe"),
            key="rupa-recipe-use",
            type="primary",
            disabled=disabled or fault is not None,
            on_click=drafts.use,
            args=(draft,),
        )
        known = train_steps.choice()
        if known and known.recipe == draft.recipe and (said := estimates.line()):
            st.caption(said)
        elif train_steps.photos() is None:
            st.caption(t("Once photos are chosen too, the time it takes here is measured."))
