"""Eight variants of one photo, as training would see it: made beside the page, kept in memory, switched at once."""

import streamlit as st

from pages.parts import train_recipe_words as words
from pages.parts import train_steps
from training import preview
from training.preview import Order, Variants
from training.recipe import AUGMENTATIONS
from ui import samples
from ui.language import t

EVERY_S = 1.0
WIDTH_PX = 88
_SAMPLE = "astronaut.jpg"


def show(augmentation: str) -> None:
    """Of the first photo that was chosen; of a sample where none is, or where none of them shows a face."""
    order = _order()
    if not order.ready.is_set():
        st.fragment(_wait, run_every=EVERY_S)(order)
    elif order.variants is None:
        st.caption(t("The examples could not be made; the recipe works all the same."))
    else:
        _draw(order.variants, augmentation)


def _order() -> Order:
    photos = train_steps.photos()
    if photos is not None:
        order = preview.of_data(photos.data)
        if not order.ready.is_set() or order.variants is not None:
            return order
    return preview.of_photo(samples.FOLDER / _SAMPLE)


def _wait(order: Order) -> None:
    if order.ready.is_set():
        st.rerun()
    if train_steps.photos() is None:
        st.image((samples.FOLDER / _SAMPLE).read_bytes(), width=WIDTH_PX, alt=t("The photo, as it was taken"))
    st.caption(t("Making examples of how each photo is changed …"))


def _draw(variants: Variants, augmentation: str) -> None:
    if augmentation == AUGMENTATIONS[0]:
        st.image(variants.original, width=WIDTH_PX, alt=t("The photo, as it was taken"))
        st.caption(t("Every photo stays as it is."))
        return
    name = words.augmentation(augmentation)
    with st.container(horizontal=True, gap="xsmall", key="rupa-recipe-variants"):
        for number, picture in enumerate(variants.of[augmentation], start=1):
            alt = t(
                "{augmentation}, example {n} of {count}", augmentation=name, n=number, count=preview.COUNT
            )
            st.image(picture, width=WIDTH_PX, alt=alt)
    st.caption(t("One photo, eight times, as the network would see it. Nothing of this is written to disk."))
