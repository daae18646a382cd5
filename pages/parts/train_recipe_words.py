"""Recipes in words: presets, networks, where they begin, what is done to photos, and what cannot be followed."""

from collections.abc import Mapping

from model import registry
from model.card import ModelError
from model.sentences import SENTENCES as OF_MODELS
from pages.parts.evaluate_words import literal
from training import backbone_facts, recipe
from training.backbone_facts import BACKBONES, BackboneError
from training.recipe import ALL_LAYERS, ELSEWHERE, HEAD_ONLY, Recipe, RecipeError
from ui.language import number, t, tn

OFFERED = ("quick", "quick-faces", "quick-imagenet", "best")  # beside those of the student projects
STUDENTS = "seed-"


def preset(name: str | None) -> str:
    """Of a preset, or of a recipe of one's own."""
    if name is None:
        return t("Your own recipe")
    if name.startswith(STUDENTS):
        title = BACKBONES[recipe.PRESETS[name].backbone].title
        return t("As the student project did it: {network}", network=title)
    return {
        "quick": t("Quick"),
        "quick-faces": t("Quick, from faces"),
        "quick-imagenet": t("Quick, from everyday pictures"),
        "best": t("Best"),
    }[name]


def about(name: str) -> str:
    """One line of what a preset does."""
    return {
        "quick": t(
            "Keeps what the model sees and learns a new answer on top of it. About a minute for a class."
        ),
        "quick-faces": t(
            "Begins with a network that knows faces, but has never told women from men. Minutes, on three hundred "
            "photos or more; with fewer it ends before it has learnt much."
        ),
        "quick-imagenet": t("Begins with a small network that knows cats, cups and cars. Minutes."),
        "best": t("The recipe of the model that comes with Rupa. Thousands of photos and hours."),
        "students": t(
            "The same network, layers, rate and epochs as they wrote down. Hours, on thousands of photos."
        ),
    }[name]


def network(name: str) -> str:
    known = BACKBONES[name]
    return t("{network} · {size} million numbers", network=known.title, size=number(known.parameters_m, 1))


def speed(name: str) -> str:
    """Beside the shipped model, at the size that is usual for it."""
    known = BACKBONES[name]
    if known.effort < 0.95:
        return t(
            "At {px} pixels {times} times as fast as the model that comes with Rupa",
            px=known.input_px,
            times=number(1 / known.effort, 1),
        )
    return t(
        "At {px} pixels {times} times as slow as the model that comes with Rupa",
        px=known.input_px,
        times=number(known.effort, 0 if known.effort >= 10 else 1),
    )


def weights(of: Recipe) -> str:
    """Where the numbers that it begins with are, right now."""
    if of.start not in ELSEWHERE or of.backbone not in BACKBONES or of.start == "random":
        return t("Nothing has to be fetched.")
    shape = (of.input_height, of.input_width, 3)
    return {
        "comes_with": t("What it was taught comes with Rupa; nothing has to be fetched."),
        "here": t("What it was taught was fetched before; no network is needed."),
        "to_fetch": t(
            "What it was taught has to be fetched from Keras' home first; that needs the Internet."
        ),
    }[backbone_facts.whereabouts(of.backbone, shape, of.start)]


def start(name: str) -> str:
    known = {
        "faces": t("What many faces taught it"),
        "imagenet": t("What everyday pictures taught it (ImageNet)"),
        "random": t("Nothing: random numbers"),
    }
    return known.get(name) or t("The model {name}", name=name)


def depth(layers: int) -> str:
    if layers == HEAD_ONLY:
        return t("Only the head")
    if layers == ALL_LAYERS:
        return t("All layers")
    return tn("The head and the last layer", "The head and the last {n} layers", layers)


def head(kind: str) -> str:
    return {
        "gap": t("One layer"),
        "seed": t("Two hidden layers (student project)"),
    }[kind]


def optimizer(name: str) -> str:
    return {"adam": "Adam", "adamw": "AdamW"}[name]


def augmentation(name: str) -> str:
    return {
        "none": t("None"),
        "light": t("Gentle"),
        "seed": t("Student project"),
        "strong": t("Strong"),
        "everyday": t("Everyday"),
    }[name]


def field(name: str) -> str:
    """What a person calls a field of the recipe; as it stands in the file where the page has no word."""
    known: Mapping[str, str] = {
        "backbone": t("Network"),
        "start": t("It begins with"),
        "input_height": t("Height of the picture"),
        "input_width": t("Width of the picture"),
        "head": t("Head"),
        "dropout": t("Dropout"),
        "stages": t("Stages"),
        "batch": t("Photos at once"),
        "optimizer": t("Optimizer"),
        "weight_decay": t("Weight decay"),
        "warm_up_steps": t("Steps to warm up"),
        "cosine": t("Let the rate fall to the end"),
        "label_smoothing": t("Softened labels"),
        "averaging": t("Averaging"),
        "augmentation": t("How photos are changed at random while it learns"),
        "class_weights": t("Let women and men weigh the same, however many there are of each"),
        "ages_and_races": t("Ages and races"),
        "patience": t("Patience"),
        "mirror_average": t("Look at the mirror image too"),
        "source_weights": t("Weights of the photos' sources"),
        "teacher": t("Teacher"),
        "teacher_share": t("Teacher's share"),
        "distrust_below": t("Labels ruled out below"),
        "seed": t("Seed"),
    }
    return known.get(name) or literal(name)


def fault(of: Recipe) -> str | None:
    """One sentence if this recipe cannot be followed here."""
    try:
        if of.teacher:
            registry.find(of.teacher)
        if of.start in ELSEWHERE:
            backbone_facts.checked(of.backbone, (of.input_height, of.input_width, 3), of.start)
            return None
        card = registry.find(of.start).card
    except BackboneError as error:
        plain = {name: literal(one) if isinstance(one, str) else one for name, one in error.facts.items()}
        return t(backbone_facts.SENTENCES[error.code], **plain)
    except ModelError as error:
        return t(OF_MODELS[error.code], **error.facts)
    if card.backbone != of.backbone and card.backbone in BACKBONES:
        return t(
            "The model {model} is a {network}; choose that network, or another start.",
            model=literal(of.start),
            network=BACKBONES[card.backbone].title,
        )
    return None


def refused(error: RecipeError) -> str:
    """Why these settings, or this JSON, are no recipe."""
    plain = {name: literal(one) if isinstance(one, str) else one for name, one in error.facts.items()}
    if "name" in plain:
        plain["name"] = field(str(error.facts["name"]))
    if "kind" in plain:
        plain["kind"] = t(str(error.facts["kind"]))
    return t(recipe.SENTENCES[error.code], **plain)
