"""Everything needed to train again, as a small JSON; and the recipes that come with Rupa."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from model import registry

ALL_LAYERS = -1
HEAD_ONLY = 0
ELSEWHERE = ("random", "imagenet", "faces")  # starts that are no finished model
HEADS = ("gap", "seed")
OPTIMIZERS = ("adam", "adamw")
AUGMENTATIONS = ("none", "light", "seed", "strong", "everyday")
MOST_STAGES, MOST_EPOCHS = 12, 1000
_MOST_CHARACTERS = 20_000

SENTENCES = {
    "out_of_range": "{name} is {value}; it has to lie between {least} and {most}.",
    "bad_stages": "A recipe needs stages, each with at least one epoch, a rate and a depth from -1 up.",
    "too_long": "A recipe may have at most {stages} stages of at most {epochs} epochs.",
    "unknown_word": '{name} is "{value}"; it has to be {known}.',
    "unknown_field": 'A recipe has no field "{name}".',
    "wrong_kind": "{name} is {value}; it has to be {kind}.",
    "unknown_preset": 'There is no preset "{name}"; there are {known}.',
    "not_a_recipe": "This is not the JSON of a recipe.",
    "run_exists": "There is a run in {folder} already; go on with it, or choose another folder.",
}
_RANGES: Mapping[str, tuple[float, float]] = {
    "input_height": (32, 640),
    "input_width": (32, 640),
    "dropout": (0, 0.9),
    "batch": (1, 1024),
    "weight_decay": (0, 1),
    "warm_up_steps": (0, 100_000),
    "label_smoothing": (0, 0.5),
    "averaging": (0, 0.99999),
    "ages_and_races": (0, 10),
    "patience": (0, MOST_EPOCHS),
    "teacher_share": (0, 1),
    "distrust_below": (0, 0.5),
    "seed": (0, 2**31 - 1),
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "head": HEADS,
    "optimizer": OPTIMIZERS,
    "augmentation": AUGMENTATIONS,
}
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", tuple: "a list"}


class RecipeError(ValueError):
    """A recipe cannot be followed; the text says which part, and what it may be."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, Any] = facts


@dataclass(frozen=True)
class Stage:
    """A run of epochs in which only the head (0), the last `depth` layers, or all (-1) learn."""

    depth: int
    epochs: int
    rate: float


@dataclass(frozen=True)
class Recipe:
    """`start` is "random", what the backbone was taught elsewhere ("imagenet", "faces"), or a model's name."""

    backbone: str = "face_resnet"
    start: str = "faces"
    input_height: int = 128
    input_width: int = 128
    head: str = "gap"
    dropout: float = 0.3
    stages: tuple[Stage, ...] = (Stage(ALL_LAYERS, 7, 4e-4),)
    batch: int = 64
    optimizer: str = "adamw"
    weight_decay: float = 0.02
    warm_up_steps: int = 200
    cosine: bool = True
    label_smoothing: float = 0.03
    averaging: float = 0.998  # momentum of the moving average of the weights; 0 keeps none
    augmentation: str = "everyday"
    class_weights: bool = False
    ages_and_races: float = 0.2  # weight of the two helpers that only learn along; 0 leaves them out
    patience: int = 0  # epochs without a better validation until it stops; 0 never stops
    mirror_average: bool = True  # the finished model looks at the face and at its mirror image
    source_weights: Mapping[str, float] = field(default_factory=dict)
    teacher: str = ""  # a finished model that softens the labels by its answers; nobody by default
    teacher_share: float = 0.4  # of the softened label; the rest is the photo's own label
    distrust_below: float = 0.03  # labels that the teacher finds less probable than this are not learnt
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise RecipeError(
                    "out_of_range", name=name, value=getattr(self, name), least=least, most=most
                )
        if not self.stages or any(s.epochs < 1 or not 0 < s.rate < 10 or s.depth < -1 for s in self.stages):
            raise RecipeError("bad_stages")
        if len(self.stages) > MOST_STAGES or any(stage.epochs > MOST_EPOCHS for stage in self.stages):
            raise RecipeError("too_long", stages=MOST_STAGES, epochs=MOST_EPOCHS)
        for name, known in _WORDS.items():
            if getattr(self, name) not in known:
                raise RecipeError(
                    "unknown_word", name=name, value=getattr(self, name), known=", ".join(known)
                )
        for name, weight in self.source_weights.items():
            if not 0 < weight <= 100:
                raise RecipeError("out_of_range", name=name, value=weight, least=0, most=100)

    @property
    def side(self) -> int:
        """Of the square that the finished model is shown; a narrow input is cut out of its middle."""
        return max(self.input_height, self.input_width)

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def quick_look(self) -> "Recipe":
        """The same in one epoch a stage, to see that everything works."""
        return replace(self, stages=tuple(replace(stage, epochs=1) for stage in self.stages))


def parse(raw: Mapping[str, Any]) -> Recipe:
    """The recipe that this JSON object describes; unknown or mistyped fields are refused."""
    values = _typed(raw, Recipe())
    if "stages" in values:
        if not all(isinstance(stage, Mapping) for stage in values["stages"]):
            raise RecipeError("bad_stages")
        stages = [_typed(stage, Stage(0, 1, 1e-3)) for stage in values["stages"]]
        if any(set(stage) != {"depth", "epochs", "rate"} for stage in stages):
            raise RecipeError("bad_stages")
        values["stages"] = tuple(Stage(**stage) for stage in stages)
    if "source_weights" in values:
        weights = values["source_weights"].items()
        values["source_weights"] = {str(name): _as(1.0, str(name), one) for name, one in weights}
    return Recipe(**values)


def _typed(raw: Mapping[str, Any], like: Recipe | Stage) -> dict[str, Any]:
    """The fields, each of the kind that it has in `like`."""
    known = {f.name for f in fields(like)}
    unknown = sorted(str(name) for name in set(raw) - known)
    if unknown:
        raise RecipeError("unknown_field", name=unknown[0][:40])
    return {name: _as(getattr(like, name), name, value) for name, value in raw.items()}


def _as(example: Any, name: str, value: Any) -> Any:
    kind = type(example)
    if kind is tuple and isinstance(value, list | tuple):
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) < 2**53 else value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise RecipeError(
            "wrong_kind", name=name[:40], value=repr(value)[:40], kind=_KINDS.get(kind, kind.__name__)
        )
    return value


def at_its_size(recipe: Recipe) -> Recipe:
    """Who goes on from a finished model sees what that model sees."""
    if recipe.start in ELSEWHERE:
        return recipe
    card = registry.find(recipe.start).card
    height, width = card.recipe.get("input_height"), card.recipe.get("input_width")
    if not (isinstance(height, int) and isinstance(width, int) and max(height, width) == card.input_size):
        height = width = card.input_size
    return replace(recipe, input_height=height, input_width=width)


def _seed_project(backbone: str, depth: int) -> Recipe:
    """As the student project wrote it down: 20 epochs of Adam at 1e-4, their head, their augmentation."""
    return Recipe(
        backbone=backbone,
        start="imagenet",
        input_height=218,
        input_width=178,
        head="seed",
        dropout=0.5,
        stages=(Stage(depth, 20, 1e-4),),
        batch=32,
        optimizer="adam",
        weight_decay=0.0,
        warm_up_steps=0,
        cosine=False,
        label_smoothing=0.0,
        averaging=0.0,
        augmentation="seed",
        ages_and_races=0.0,
        mirror_average=False,
    )


_QUICK_TUNING = Recipe(
    stages=(Stage(ALL_LAYERS, 2, 1e-3),),
    backbone="efficientnet_lite0",
    start="imagenet",
    batch=32,
    warm_up_steps=60,
    averaging=0.98,
    augmentation="light",
    ages_and_races=0.0,
    mirror_average=False,
    dropout=0.2,
)

PRESETS: dict[str, Recipe] = {
    # A new head on what the shipped model already sees: seconds, because each photo is looked at only once.
    "quick": Recipe(
        start="rupa-1",
        stages=(Stage(HEAD_ONLY, 30, 1e-3),),
        augmentation="none",
        ages_and_races=0.0,
        averaging=0.0,
        warm_up_steps=0,
        label_smoothing=0.02,
        dropout=0.2,
    ),
    "quick-imagenet": _QUICK_TUNING,
    # On CelebA, 118 other faces: 55% right after 69 photos, which are 6 steps; 87% after 303, which are 27.
    "quick-faces": replace(
        _QUICK_TUNING, backbone="face_resnet", start="faces", stages=(Stage(-1, 3, 4e-4),)
    ),
    "best": Recipe(
        stages=(Stage(ALL_LAYERS, 12, 4e-4),),
        input_height=160,
        input_width=160,
        source_weights={"celeba": 2.0},
    ),
    "seed-inceptionv3": _seed_project("inception_v3", 40),
    "seed-resnet50v2": _seed_project("resnet50_v2", 52),
    "seed-xception": _seed_project("xception", 30),
    "seed-vgg16": _seed_project("vgg16", 4),
    "seed-resnet50": _seed_project("resnet50", 33),
}


def preset_of(recipe: Recipe) -> str | None:
    """The name of the preset that it is."""
    return next((name for name, known in PRESETS.items() if known == recipe), None)


def read(text: str) -> Recipe:
    """A preset's name, or the JSON of a recipe."""
    if text in PRESETS:
        return PRESETS[text]
    if not text.lstrip().startswith("{"):
        raise RecipeError("unknown_preset", name=text[:40], known=", ".join(PRESETS))
    try:
        raw = json.loads(text) if len(text) <= _MOST_CHARACTERS else None
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise RecipeError("not_a_recipe")
    return parse(raw)
