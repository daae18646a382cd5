"""A new search: from which photos and which recipe, what may vary, how many tries, and the button that starts it."""

import streamlit as st

from pages.parts import (
    card_words,
    evaluation_photos,
    search_tab_words,
    train_recipe_words,
    train_run_buttons,
    train_steps,
)
from pages.parts.evaluate_words import literal
from training import jobs, search, search_space
from training.jobs import JobError
from training.recipe import ELSEWHERE, PRESETS, Recipe
from training.report_words import dataset_name
from training.search import SearchError, Settings
from training.search_space import NETWORK, VARIABLE
from ui import access, state
from ui.language import speech, t

CHOSEN = "search.run"  # the search that this visit looks at
_MINE = "mine"


def show() -> None:
    specs = _photos()
    base = _recipe()
    with st.container(horizontal=True):
        trials = _count(t("How many recipes are tried"), search.TRIALS, 10, 5, "trials")
        epochs = _count(t("At most so many epochs each"), search.EPOCHS, 3, 1, "epochs")
        photos = _count(
            t("Photos that each try learns from"),
            search.PHOTOS,
            1000,
            100,
            "photos",
            t(
                "It is checked by half as many others. Few photos are quick, and tell close recipes apart badly."
            ),
        )
    vary = _vary()
    networks = _networks(base) if NETWORK in vary else ()
    started = st.button(
        t("Start the search"),
        key="rupa-search-start",
        type="primary",
        icon=":material/travel_explore:",
        disabled=not access.presenter() or not specs or not vary,
    )
    access.explain()
    if not vary:
        st.caption(t(search.SENTENCES["nothing_varies"]))
    st.caption(
        t(
            "It goes on when you close this page or restart the app, and waits while another run is at work. Test "
            "photos are left alone, so that a full run can still say how good the winner is."
        )
    )
    if started and access.presenter():
        _start(specs, base, Settings(trials, photos, epochs, tuple(vary), networks))


def _start(specs: tuple[str, ...], base: Recipe, settings: Settings) -> None:
    try:
        run = search.begin(specs, base, settings, t("Search"))
        state.keep(CHOSEN, run.id)
        jobs.ensure_worker()
    except SearchError as error:
        st.warning(search_tab_words.refused(error), icon=":material/info:")
        return
    except JobError as error:
        train_run_buttons.tell(error)
    st.rerun()


def _count(
    name: str, ends: tuple[int, int], usual: int, step: int, key: str, help_: str | None = None
) -> int:
    least, most = ends
    return st.number_input(name, least, most, usual, step, key=f"rupa-search-{key}", help=help_)


def _photos() -> tuple[str, ...]:
    """What was chosen on the Train page, or one of the data sets that are here."""
    mine = train_steps.photos()
    here = [name for name in card_words.DATASETS if evaluation_photos.here(name)]
    options = ([_MINE] if mine else []) + here
    if not options:
        st.markdown(t("There are no photos to learn from yet. Choose some on the Train page first."))
        return ()
    chosen = st.selectbox(
        t("Photos"),
        options,
        format_func=lambda name: (
            t(
                "Those chosen on the Train page: {name}",
                name=literal(dataset_name(mine.name, speech()) or "…"),
            )
            if mine and name == _MINE
            else card_words.DATASETS[name]
        ),
        key="rupa-search-data",
    )
    return mine.data if mine and chosen == _MINE else (str(chosen),)


def _recipe() -> Recipe:
    mine = train_steps.choice()
    options = ([_MINE] if mine else []) + list(train_recipe_words.OFFERED)
    chosen = st.selectbox(
        t("The recipe to begin from"),
        options,
        format_func=lambda name: (
            t("The one chosen on the Train page") if name == _MINE else train_recipe_words.preset(name)
        ),
        key="rupa-search-base",
        help=t("It is tried first, so that the winner cannot do worse than it on the checking photos."),
    )
    return mine.recipe if mine and chosen == _MINE else PRESETS[str(chosen)]


def _vary() -> list[str]:
    names = search_tab_words.names()
    vary: list[str] = st.pills(
        t("What may vary"),
        VARIABLE,
        selection_mode="multi",
        default=VARIABLE,
        format_func=names.__getitem__,
        key="rupa-search-vary",
    )
    told = [f"**{names[one]}**: {search_tab_words.about(one)}" for one in vary]
    if told:
        st.caption(" · ".join(told))
    return vary


def _networks(base: Recipe) -> tuple[str, ...]:
    here = search_space.networks_here(base)
    usual = [one for one in here if one == here[0] or search_space.comes_taught(one)]
    chosen = tuple(
        st.multiselect(
            t("What it may begin from"),
            here,
            default=usual,
            format_func=search_tab_words.network,
            key=f"rupa-search-networks-{here[0]}",
            help=t("Only what is on this computer already."),
        )
    )
    if any(search_space.network_of(one)[1] not in ELSEWHERE for one in chosen):
        st.caption(
            t(
                "A finished model may have learnt from the very photos that it is checked by here; then it looks "
                "better than it is."
            )
        )
    return chosen
