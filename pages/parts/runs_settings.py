"""The settings of several runs side by side: what differs first, what is the same on demand."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import streamlit as st

from model.card import ModelError
from pages.parts import runs_words, train_run_words
from pages.parts import train_recipe_words as words
from training.backbone_facts import BACKBONES
from training.recipe import Recipe, at_its_size
from training.run_state import Run
from ui.language import number, t, tn


def show(runs: Sequence[Run]) -> None:
    names = [f"{place + 1} · {train_run_words.name(run)}" for place, run in enumerate(runs)]
    rows = {name: [said(run) for run in runs] for name, said in _settings().items()}
    differ = {name: told for name, told in rows.items() if len(set(told)) > 1}
    if len(runs) > 1:
        st.markdown(t("**What differs in their settings**"))
        if differ:
            _table(names, differ)
        else:
            st.markdown(t("Nothing: they were asked to learn in the same way, from the same photos."))
    same = {name: told for name, told in rows.items() if name not in differ}
    title = t("All settings") if len(runs) == 1 else t("What is the same in all of them")
    if same:
        with st.expander(title):
            _table(names[:1], {name: told[:1] for name, told in same.items()})


def _table(names: Sequence[str], rows: dict[str, list[str]]) -> None:
    heads = names if len(names) > 1 else [t("Value")]
    table = [{t("Setting"): name} | dict(zip(heads, told, strict=True)) for name, told in rows.items()]
    st.dataframe(table, hide_index=True, height="content")


def _settings() -> dict[str, Callable[[Run], str]]:
    """Every setting by its name in words."""
    field = words.field
    of_recipe: dict[str, Callable[[Recipe], str]] = {
        field("backbone"): lambda r: BACKBONES[r.backbone].title if r.backbone in BACKBONES else r.backbone,
        field("start"): lambda r: words.start(r.start),
        t("Picture size"): _size,
        field("head"): lambda r: words.head(r.head),
        field("dropout"): lambda r: _exact(r.dropout),
        field("stages"): _stages,
        field("batch"): lambda r: number(r.batch),
        field("optimizer"): lambda r: words.optimizer(r.optimizer),
        field("weight_decay"): lambda r: _exact(r.weight_decay),
        field("warm_up_steps"): lambda r: number(r.warm_up_steps),
        field("cosine"): lambda r: _yes(r.cosine),
        field("label_smoothing"): lambda r: _exact(r.label_smoothing),
        field("averaging"): lambda r: _exact(r.averaging),
        field("augmentation"): lambda r: words.augmentation(r.augmentation),
        field("class_weights"): lambda r: _yes(r.class_weights),
        field("ages_and_races"): lambda r: _exact(r.ages_and_races),
        field("patience"): lambda r: number(r.patience) if r.patience else "–",
        field("mirror_average"): lambda r: _yes(r.mirror_average),
        field("source_weights"): lambda r: (
            ", ".join(f"{name} {_exact(weight)}" for name, weight in sorted(r.source_weights.items())) or "–"
        ),
        field("teacher"): lambda r: r.teacher or "–",
        field("teacher_share"): lambda r: _exact(r.teacher_share) if r.teacher else "–",
        field("distrust_below"): lambda r: _exact(r.distrust_below) if r.teacher else "–",
        field("seed"): lambda r: str(r.seed),
    }
    return {t("Photos"): runs_words.photos} | {name: _of(said) for name, said in of_recipe.items()}


def _of(said: Callable[[Recipe], str]) -> Callable[[Run], str]:
    return lambda run: said(run.recipe)


def _size(recipe: Recipe) -> str:
    """What it was shown: who goes on from a finished model, what that model sees."""
    try:
        shown = at_its_size(recipe)
    except ModelError:
        return "–"
    return f"{shown.input_height} × {shown.input_width}"


def _stages(recipe: Recipe) -> str:
    told = []
    for stage in recipe.stages:
        epochs = tn("{n} epoch", "{n} epochs", stage.epochs)
        depth = words.depth(stage.depth)
        told.append(
            t("{depth}: {epochs} at rate {rate}", depth=depth, epochs=epochs, rate=_exact(stage.rate))
        )
    return "; ".join(told)


def _exact(value: float) -> str:
    """With the digits that it was asked for."""
    exponent = Decimal(f"{value:.6g}").normalize().as_tuple().exponent
    return number(value, max(0, -int(exponent)))


def _yes(on: bool) -> str:
    return t("yes") if on else t("no")
