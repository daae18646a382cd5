"""The settings of a search in words: what may vary, what each try had, and why something cannot be done."""

import math
from collections.abc import Mapping

from pages.parts import train_recipe_words, train_run_words
from training import search, search_space
from training.backbone_facts import BACKBONES
from training.recipe import AUGMENTATIONS
from training.search import SearchError
from training.search_figures import Words
from training.search_space import AUGMENTATION, DEPTH, DROPOUT, NETWORK, RATE
from ui.language import number, t


def names() -> dict[str, str]:
    """What each setting that may vary is called."""
    return {
        RATE: t("Rate"),
        DEPTH: t("How deep"),
        DROPOUT: t("Dropout"),
        AUGMENTATION: t("Disturbances"),
        NETWORK: t("Begins from"),
    }


def about(setting: str) -> str:
    return {
        RATE: t("how large the steps are in which it learns"),
        DEPTH: t("how many layers learn"),
        DROPOUT: t("what share of what it sees is hidden while it learns"),
        AUGMENTATION: t("how much photos are turned, shifted and recoloured while it learns"),
        NETWORK: t("which network, and what it was taught before"),
    }[setting]


def said(setting: str, value: str) -> str:
    """A value of this setting, as a word or a number."""
    if setting == DEPTH:
        known = {
            search_space.HEAD: t("head"),
            search_space.PART: t("last layers"),
            search_space.ALL: t("all layers"),
        }
        return known.get(value, value)
    if setting == AUGMENTATION and value in AUGMENTATIONS:
        return train_recipe_words.augmentation(value)
    if setting == NETWORK and " " in value:
        return network(value)
    try:
        figure = float(value)
    except ValueError:
        return value
    # A rate is worth two digits, wherever they begin.
    digits = 1 - math.floor(math.log10(figure)) if setting == RATE and figure > 0 else 2
    return number(figure, max(0, digits))


def network(value: str) -> str:
    backbone, start = search_space.network_of(value)
    title = BACKBONES[backbone].title.partition(" (")[0] if backbone in BACKBONES else backbone
    known = {"faces": t("faces"), "imagenet": t("ImageNet"), "random": t("random")}
    return f"{title}, {known[start]}" if start in known else start


def words() -> Words:
    return Words(names(), said)


def state(one: search.Tried, *, at_work: bool) -> str:
    if one.state == "running":
        return t("at work") if at_work else t("rests")
    return {
        "done": t("done"),
        "pruned": t("given up"),
        "failed": t("failed"),
    }[one.state]


def refused(error: SearchError) -> str:
    facts: dict[str, object] = dict(error.facts)
    fields: Mapping[str, str] = {"trials": t("Tries"), "photos": t("Photos"), "epochs": t("Epochs")}
    if "name" in facts:
        facts["name"] = fields.get(str(facts["name"]), str(facts["name"]))
    return t(search.SENTENCES[error.code], **facts)


def failed(one: search.Tried) -> str:
    """Why a try failed."""
    known = train_run_words.SENTENCES.get(one.code or "")
    if one.code == "died":
        return t("The training process ended twice in this try.")
    return t(known) if known and "{" not in known else t("Its network or settings could not be trained here.")
