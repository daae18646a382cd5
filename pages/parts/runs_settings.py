"""The settings of several runs side by side: what differs first, what is the same on demand."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.parts import runs_words, train_recipe_words, train_run_words
from training.backbone_facts import BACKBONES
from training.recipe import ALL_LAYERS, HEAD_ONLY, Recipe
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
            _table(names[:1] if len(runs) > 1 else names, {name: told[:1] for name, told in same.items()})


def _table(names: Sequence[str], rows: dict[str, list[str]]) -> None:
    heads = names if all(len(told) == len(names) for told in rows.values()) else names[:1]
    single = len(heads) == 1
    table = [
        {t("Setting"): name}
        | {t("Value") if single else head: one for head, one in zip(heads, told, strict=True)}
        for name, told in rows.items()
    ]
    st.dataframe(table, hide_index=True, height="content")


def _settings() -> dict[str, Callable[[Run], str]]:
    """Every setting by its name in words."""
    of_recipe: dict[str, Callable[[Recipe], str]] = {
        t("Backbone"): lambda r: BACKBONES[r.backbone].title if r.backbone in BACKBONES else r.backbone,
        t("Begins from"): lambda r: train_recipe_words.start(r.start),
        t("Picture size"): lambda r: f"{r.input_height} × {r.input_width}",
        t("Head"): lambda r: r.head,
        t("Dropout"): lambda r: _plain(r.dropout),
        t("Stages"): _stages,
        t("Photos at a time"): lambda r: number(r.batch),
        t("Optimizer"): lambda r: r.optimizer,
        t("Weight decay"): lambda r: _plain(r.weight_decay),
        t("Warm-up steps"): lambda r: number(r.warm_up_steps),
        t("Rate falls along a cosine"): lambda r: _yes(r.cosine),
        t("Label smoothing"): lambda r: _plain(r.label_smoothing),
        t("Averaging of weights"): lambda r: _plain(r.averaging),
        t("Disturbances of photos"): lambda r: r.augmentation,
        t("Rare label weighs more"): lambda r: _yes(r.class_weights),
        t("Ages and races learnt along"): lambda r: _plain(r.ages_and_races),
        t("Stops after epochs without gain"): lambda r: number(r.patience) if r.patience else "–",
        t("Looks at the mirror image too"): lambda r: _yes(r.mirror_average),
        t("Weights of the photos' sources"): lambda r: (
            ", ".join(f"{name} {_plain(weight)}" for name, weight in sorted(r.source_weights.items())) or "–"
        ),
        t("Teacher"): lambda r: r.teacher or "–",
        t("Teacher's share"): lambda r: _plain(r.teacher_share) if r.teacher else "–",
        t("Labels ruled out below"): lambda r: _plain(r.distrust_below) if r.teacher else "–",
        t("Seed"): lambda r: str(r.seed),
    }
    told: dict[str, Callable[[Run], str]] = {t("Photos"): runs_words.photos}
    for name, said in of_recipe.items():
        told[name] = lambda run, said=said: said(run.recipe)  # type: ignore[misc]
    return told


def _stages(recipe: Recipe) -> str:
    told = []
    for stage in recipe.stages:
        depth = (
            t("the head")
            if stage.depth == HEAD_ONLY
            else t("all layers")
            if stage.depth == ALL_LAYERS
            else tn("the last {n} layer", "the last {n} layers", stage.depth)
        )
        epochs = tn("{n} epoch", "{n} epochs", stage.epochs)
        told.append(t("{depth}: {epochs} at rate {rate}", depth=depth, epochs=epochs, rate=f"{stage.rate:g}"))
    return "; ".join(told)


def _plain(value: float) -> str:
    return f"{value:g}"


def _yes(on: bool) -> str:
    return t("yes") if on else t("no")
