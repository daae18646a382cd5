"""What a search may vary about a recipe, and the recipe that each try of it is. Light, so that a page may ask.

A try is a few plain words and numbers (`Params`); what does not vary stays as the recipe has it that the search begins
from. Its own settings are always among those that can be tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model import registry
from model.card import ModelError
from training import backbone_facts
from training.backbone_facts import BACKBONES
from training.recipe import ALL_LAYERS, ELSEWHERE, HEAD_ONLY, Recipe, Stage

RATE, DEPTH, DROPOUT, AUGMENTATION, NETWORK = "rate", "depth", "dropout", "augmentation", "network"
VARIABLE = (RATE, DEPTH, DROPOUT, AUGMENTATION, NETWORK)
HEAD, PART, ALL = "head", "part", "all"
RATE_WITHIN = 10.0  # times as slow or fast as the recipe that it begins from
MOST_DROPOUT = 0.6
_AUGMENTATIONS = ("none", "light", "everyday", "strong")
_FASTEST = 1.0

Params = Mapping[str, Any]
# Of a number: from, to, and whether steps count by their ratio.
Scale = tuple[float, float, bool]
Range = Scale | tuple[str, ...]


@dataclass(frozen=True)
class Space:
    """What varies, and within which range: a scale, or the words that it may be."""

    base: Recipe
    ranges: Mapping[str, Range]

    def begins(self) -> Params:
        """The settings of the recipe that the search begins from."""
        return {name: _SAID[name](self.base) for name in self.ranges}

    def recipe(self, params: Params) -> Recipe:
        """The recipe of this try; settings that do not vary are the first one's."""
        made = self.base
        if NETWORK in params:
            made = _on(made, str(params[NETWORK]))
        *before, last = made.stages
        if DEPTH in params:
            last = replace(last, depth=_layers(str(params[DEPTH]), made.backbone))
        elif NETWORK in params and last.depth == _usual(self.base.backbone):
            last = replace(last, depth=_usual(made.backbone))
        stages = (*before, last)
        if RATE in params:
            times = float(params[RATE]) / last.rate
            stages = tuple(replace(stage, rate=stage.rate * times) for stage in stages[:-1])
            stages += (replace(last, rate=float(params[RATE])),)
        return replace(
            made,
            stages=stages,
            dropout=float(params.get(DROPOUT, made.dropout)),
            augmentation=str(params.get(AUGMENTATION, made.augmentation)),
        )


def space(base: Recipe, vary: tuple[str, ...], networks: tuple[str, ...]) -> Space:
    """What can be tried; a setting that could only stay as it is does not vary."""
    rate = base.stages[-1].rate
    all_ranges: dict[str, Range] = {
        RATE: (rate / RATE_WITHIN, min(rate * RATE_WITHIN, _FASTEST), True),
        DEPTH: _with(_depth(base), (HEAD, PART, ALL)),
        DROPOUT: (0.0, max(MOST_DROPOUT, base.dropout), False),
        AUGMENTATION: _with(base.augmentation, _AUGMENTATIONS),
        NETWORK: _with(_network(base), networks),
    }
    return Space(
        base, {name: all_ranges[name] for name in VARIABLE if name in vary and _varies(all_ranges[name])}
    )


def networks_here(base: Recipe) -> tuple[str, ...]:
    """Everything to begin from that needs no network, the recipe's own first, each as `network_of` takes it."""
    found = [_network(base)]
    for name, known in BACKBONES.items():
        shape = (*_size(base, name), 3)
        if known.taught_by and backbone_facts.whereabouts(name, shape, known.taught_by) != "to_fetch":
            found.append(f"{name} {known.taught_by}")
    for model in registry.names():
        try:
            card = registry.find(model).card
        except ModelError:
            continue
        if card.backbone in BACKBONES:
            found.append(f"{card.backbone} {model}")
    return tuple(dict.fromkeys(found))


def network_of(said: str) -> tuple[str, str]:
    """The backbone, and what it starts from."""
    backbone, _, start = said.partition(" ")
    return backbone, start


def shortened(recipe: Recipe, most: int) -> Recipe:
    """With at most so many epochs in all; a head alone on undisturbed photos costs little, and keeps its own."""
    cheap = recipe.augmentation == "none" and all(stage.depth == HEAD_ONLY for stage in recipe.stages)
    if cheap or recipe.epochs <= most:
        return recipe
    *before, last = recipe.stages[-most:]
    kept: list[Stage] = []
    left = most - 1
    for stage in before:
        share = min(max(1, stage.epochs * most // recipe.epochs), left - (len(before) - len(kept) - 1))
        kept.append(replace(stage, epochs=share))
        left -= share
    return replace(recipe, stages=(*kept, replace(last, epochs=min(last.epochs, left + 1))))


def _with(own: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((own, *others)))


def _varies(range_: Range) -> bool:
    return len(range_) > 1 if isinstance(range_[0], str) else range_[0] < range_[1]


def _on(recipe: Recipe, network: str) -> Recipe:
    backbone, start = network_of(network)
    height, width = _size(recipe, backbone)
    return replace(recipe, backbone=backbone, start=start, input_height=height, input_width=width)


def _size(recipe: Recipe, backbone: str) -> tuple[int, int]:
    known = BACKBONES.get(backbone)
    if known is None or min(recipe.input_height, recipe.input_width) >= known.least_px:
        return recipe.input_height, recipe.input_width
    return known.input_px, known.input_px


def _usual(backbone: str) -> int:
    return BACKBONES[backbone].depth if backbone in BACKBONES else ALL_LAYERS


def _layers(depth: str, backbone: str) -> int:
    known = {HEAD: HEAD_ONLY, PART: _usual(backbone), ALL: ALL_LAYERS}
    return known[depth] if depth in known else int(depth)


def _depth(recipe: Recipe) -> str:
    layers = recipe.stages[-1].depth
    known = {HEAD_ONLY: HEAD, ALL_LAYERS: ALL, _usual(recipe.backbone): PART}
    return known.get(layers, str(layers))


def _network(recipe: Recipe) -> str:
    return f"{recipe.backbone} {recipe.start}"


def comes_taught(network: str) -> bool:
    """Whether it needs neither the Internet nor a run of somebody here."""
    backbone, start = network_of(network)
    known = BACKBONES.get(backbone)
    return known is not None and known.offline and start in ELSEWHERE and start == known.taught_by


_SAID = {
    RATE: lambda recipe: recipe.stages[-1].rate,
    DEPTH: _depth,
    DROPOUT: lambda recipe: recipe.dropout,
    AUGMENTATION: lambda recipe: recipe.augmentation,
    NETWORK: _network,
}
