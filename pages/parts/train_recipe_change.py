"""The form behind "Change the recipe": every setting of a recipe, each with a word of what it does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from model import registry
from model.card import Card, ModelError
from pages.parts import train_recipe_preview as preview
from pages.parts import train_recipe_words as words
from pages.parts.train_recipe_draft import Draft
from training.backbone_facts import BACKBONES
from training.recipe import (
    ALL_LAYERS,
    AUGMENTATIONS,
    ELSEWHERE,
    HEAD_ONLY,
    HEADS,
    MOST_EPOCHS,
    OPTIMIZERS,
    Recipe,
    RecipeError,
    Stage,
)
from ui.language import t

_LAST = 1  # the choice "the last layers"; how many is asked beside it


def show(draft: Draft, *, examples: bool, disabled: bool) -> tuple[Recipe | None, str | None]:
    """The recipe that the form says, or the sentence why it is none. `examples` are made only for whoever looks."""
    base, key = draft.base, draft.prefix
    backbone = _network(base, key, disabled)
    start = _start(base, backbone, key, disabled)
    height, width = _size(base, backbone, start, key, disabled)
    stages = tuple(
        _stage(stage, backbone, f"{key}-{at}", disabled, at + 1 if len(base.stages) > 1 else None)
        for at, stage in enumerate(base.stages)
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        head = st.selectbox(
            words.field("head"),
            HEADS,
            index=HEADS.index(base.head),
            format_func=words.head,
            key=f"{key}-head",
            help=t("What turns the features that the network sees into an answer."),
            disabled=disabled,
            width=300,
        )
        batch = _whole(
            words.field("batch"),
            1,
            1024,
            base.batch,
            f"{key}-batch",
            t("How many are looked at before each step."),
            disabled,
        )
        dropout = _fraction(
            words.field("dropout"), 0.0, 0.9, base.dropout, f"{key}-dropout",
            t("The share of features hidden at random, so that none is relied upon alone."), disabled, 0.05, "%.2f",
        )  # fmt: skip
        patience = _whole(
            words.field("patience"), 0, MOST_EPOCHS, base.patience, f"{key}-patience",
            t("Epochs without a gain after which it ends; 0 goes on to the end."), disabled,
        )  # fmt: skip
    class_weights = st.toggle(
        words.field("class_weights"),
        base.class_weights,
        key=f"{key}-class-weights",
        disabled=disabled,
    )
    augmentation = _augmentation(base, key, examples, disabled)
    settings: dict[str, Any] = {
        "backbone": backbone,
        "start": start,
        "input_height": height,
        "input_width": width,
        "stages": stages,
        "head": head,
        "batch": batch,
        "dropout": dropout,
        "patience": patience,
        "class_weights": class_weights,
        "augmentation": augmentation,
        **_finer(base, key, disabled),
    }
    try:
        made = replace(base, **settings)
    except RecipeError as error:
        return None, words.refused(error)
    return made, words.fault(made)


def _network(base: Recipe, key: str, disabled: bool) -> str:
    names = list(BACKBONES) if base.backbone in BACKBONES else [base.backbone, *BACKBONES]
    chosen = st.selectbox(
        words.field("backbone"),
        names,
        index=names.index(base.backbone),
        format_func=lambda name: words.network(name) if name in BACKBONES else name,
        key=f"{key}-backbone",
        help=t("Its build: how many numbers it has, and in what order a picture passes them."),
        disabled=disabled,
    )
    known = BACKBONES.get(chosen)
    if known:
        st.caption(f"{words.speed(chosen)} · {known.licence}")
    return chosen


def _start(base: Recipe, backbone: str, key: str, disabled: bool) -> str:
    known = BACKBONES.get(backbone)
    own = [name for name in registry.names() if (card := _card(name)) and card.backbone == backbone]
    starts = [*own, *(known.starts if known else ())]
    if backbone == base.backbone and base.start not in starts:
        starts.append(base.start)
    chosen = st.selectbox(
        words.field("start"),
        starts,
        index=starts.index(base.start) if base.start in starts else 0,
        format_func=words.start,
        key=f"{key}-start-{backbone}",
        disabled=disabled,
    )
    if chosen in ELSEWHERE and known:
        st.caption(words.weights(Recipe(backbone=backbone, start=chosen)))
    return chosen


def _card(name: str) -> Card | None:
    try:
        return registry.find(name).card
    except ModelError:
        return None


def _size(base: Recipe, backbone: str, start: str, key: str, disabled: bool) -> tuple[int, int]:
    card = _card(start) if start not in ELSEWHERE else None
    if card:
        st.caption(
            t(
                "Its pictures have {px} × {px} pixels, as those of the model that it begins with.",
                px=card.input_size,
            )
        )
        return base.input_height, base.input_width
    usual = BACKBONES[backbone].input_px if backbone in BACKBONES else base.input_height
    mine = backbone == base.backbone
    explained = t("Larger pictures show more, and take longer.")
    with st.container(horizontal=True, gap="medium"):
        height = _whole(
            words.field("input_height"), 32, 640, base.input_height if mine else usual,
            f"{key}-height-{backbone}", explained, disabled,
        )  # fmt: skip
        width = _whole(
            words.field("input_width"), 32, 640, base.input_width if mine else usual,
            f"{key}-width-{backbone}", explained, disabled,
        )  # fmt: skip
    return height, width


def _stage(base: Stage, backbone: str, key: str, disabled: bool, number_of: int | None) -> Stage:
    if number_of:
        st.markdown(f"**{t('Stage {n}', n=number_of)}**")
    kinds = [HEAD_ONLY, _LAST, ALL_LAYERS]
    depth_of = {
        HEAD_ONLY: t("Only the head"),
        _LAST: t("The head and the last layers"),
        ALL_LAYERS: t("All layers"),
    }
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        kind = st.selectbox(
            t("What learns"),
            kinds,
            index=kinds.index(min(base.depth, _LAST)),
            format_func=depth_of.__getitem__,
            key=f"{key}-depth",
            help=t(
                "The head is the answer; the layers before it are what is seen. More layers need more photos."
            ),
            disabled=disabled,
            width=300,
        )
        depth = kind
        if kind == _LAST:
            usual = BACKBONES[backbone].depth if backbone in BACKBONES else 20
            depth = _whole(
                t("How many layers"), 1, 1000, base.depth if base.depth > 0 else usual,
                f"{key}-layers-{backbone}", t("Counted from the end."), disabled,
            )  # fmt: skip
        epochs = _whole(
            t("Epochs"),
            1,
            MOST_EPOCHS,
            base.epochs,
            f"{key}-epochs",
            t("How often all photos are seen."),
            disabled,
        )
        rate = _fraction(
            t("Rate"), 1e-6, 1.0, base.rate, f"{key}-rate",
            t("How far each step goes: too small learns slowly, too large not at all."), disabled, 1e-4, "%.5f",
        )  # fmt: skip
    return Stage(depth, epochs, rate)


def _augmentation(base: Recipe, key: str, examples: bool, disabled: bool) -> str:
    chosen = st.radio(
        words.field("augmentation"),
        AUGMENTATIONS,
        index=AUGMENTATIONS.index(base.augmentation),
        format_func=words.augmentation,
        key=f"{key}-augmentation",
        help=t(
            "So that the network does not learn one photo by heart. Photos that check it are never changed."
        ),
        horizontal=True,
        disabled=disabled,
    )
    if examples:
        preview.show(chosen)
    return chosen


def _finer(base: Recipe, key: str, disabled: bool) -> dict[str, Any]:
    """Settings that seldom matter."""
    with (
        st.expander(t("Finer settings")),
        st.container(horizontal=True, gap="medium", vertical_alignment="bottom"),
    ):
        optimizer = st.selectbox(
            words.field("optimizer"),
            OPTIMIZERS,
            index=OPTIMIZERS.index(base.optimizer),
            format_func=words.optimizer,
            key=f"{key}-optimizer",
            help=t("The rule by which each step follows from the last ones."),
            disabled=disabled,
            width=160,
        )
        fractions: list[tuple[str, float, float, str]] = [
            ("weight_decay", 1.0, 0.01, t("Pulls all numbers towards zero a little.")),
            ("label_smoothing", 0.5, 0.01, t("So that no answer is learnt as entirely certain.")),
            ("averaging", 0.99999, 0.01, t("Keeps a slow mean of the numbers; 0 keeps none.")),
            ("ages_and_races", 10.0, 0.1, t("Lets it guess these too as it learns; 0 does not.")),
        ]  # fmt: skip
        made: dict[str, Any] = {
            name: _fraction(
                words.field(name),
                0.0,
                most,
                getattr(base, name),
                f"{key}-{name}",
                why,
                disabled,
                step,
                "%.3f",
            )
            for name, most, step, why in fractions
        }
        warm_up = _whole(
            words.field("warm_up_steps"), 0, 100_000, base.warm_up_steps, f"{key}-warm-up",
            t("The rate grows from zero over so many steps."), disabled,
        )  # fmt: skip
        cosine = st.toggle(words.field("cosine"), base.cosine, key=f"{key}-cosine", disabled=disabled)
        mirror = st.toggle(
            words.field("mirror_average"), base.mirror_average, key=f"{key}-mirror", disabled=disabled
        )
    return {
        **made,
        "optimizer": optimizer,
        "warm_up_steps": warm_up,
        "cosine": cosine,
        "mirror_average": mirror,
    }


def _whole(label: str, least: int, most: int, now: int, key: str, why: str, disabled: bool) -> int:
    return int(
        st.number_input(
            label, least, most, min(max(now, least), most), 1, key=key, help=why, disabled=disabled, width=160
        )
    )


def _fraction(
    label: str,
    least: float,
    most: float,
    now: float,
    key: str,
    why: str,
    disabled: bool,
    step: float,
    shown: str,
) -> float:
    # What lies outside, or between the digits that are shown, came from a file, and stays as it is until it is changed.
    asked: Callable[..., float] = st.number_input
    return float(
        asked(
            label,
            min(least, now),
            max(most, now),
            now,
            step,
            shown,
            key=key,
            help=why,
            disabled=disabled,
            width=160,
        )
    )
