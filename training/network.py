"""The network that is being taught: a backbone, the head that answers, and two helpers that only learn along."""

from collections.abc import Iterable

import keras
import numpy as np
from numpy.typing import NDArray

from model import registry
from model.card import KERAS
from training import backbones
from training.backbones import head_layers
from training.recipe import ALL_LAYERS, ELSEWHERE, Recipe
from training.table import AGE_BANDS

Floats = NDArray[np.float32]

GENDER, AGE, RACE = "gender", "age", "race"
RACES = ("White", "Black", "Asian", "Indian", "Other")


class Network:
    """`whole` goes from pixels to logits; `head` from the backbone's feature map to the same logits."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.backbone = _backbone(recipe)
        layers = head_layers(recipe.head, recipe.dropout)
        helpers = [keras.layers.Dense(len(AGE_BANDS), name=AGE), keras.layers.Dense(len(RACES), name=RACE)]
        if not recipe.ages_and_races:
            helpers = []
        self.whole = keras.Model(self.backbone.input, _outputs(self.backbone.output, layers, helpers))
        features = keras.Input(self.backbone.output.shape[1:], name="features")
        self.head = keras.Model(features, _outputs(features, layers, helpers))
        self._layers = layers
        if recipe.start not in ELSEWHERE and recipe.head == "gap":
            layers[-1].set_weights(_finished(recipe.start).get_layer("logits").get_weights())

    def let_learn(self, depth: int) -> None:
        """Only the head, the last `depth` layers of the backbone, or all of them.

        Normalisation keeps its statistics unless everything learns: few photos would spoil what many taught it.
        """
        layers = self.backbone.layers
        first = 0 if depth == ALL_LAYERS else len(layers) - depth
        for number, layer in enumerate(layers):
            normalises = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = number >= first and not (normalises and depth != ALL_LAYERS)

    def features(self, views: Iterable[Floats]) -> Floats:
        return np.concatenate([self.backbone.predict_on_batch(part) for part in views])

    def answer(self, features: Floats, at_once: int = 512) -> Floats:
        parts = [features[start : start + at_once] for start in range(0, len(features), at_once)]
        return np.concatenate([self.head.predict_on_batch(part)[GENDER] for part in parts])

    def logits(self, views: Iterable[Floats]) -> Floats:
        return np.concatenate([self.whole.predict_on_batch(part)[GENDER] for part in views])

    def weights(self) -> list[NDArray[np.float32]]:
        return [keras.ops.convert_to_numpy(variable) for variable in self.whole.weights]

    def set_weights(self, weights: list[NDArray[np.float32]]) -> None:
        self.whole.set_weights(weights)

    def without_helpers(self) -> keras.Model:
        """Pixels to two logits, as `model/export.py` wants it; with the mirror image where the recipe says so.

        A finished model is shown squares: one that wants 218 x 178 cuts the sides off itself, as in training.
        The feature maps of the face and of its mirror image are averaged before pooling, so that a face and its
        mirror image get the very same answer, and one feature map still explains it.
        """
        pixels, view = self.backbone.input, self.backbone.input
        features = self.backbone.output
        height, width = pixels.shape[1:3]
        if height != width:
            side = max(height, width)
            pixels = keras.Input((side, side, 3), name="square")
            view = keras.layers.Cropping2D((_both_ends(side - height), _both_ends(side - width)))(pixels)
            features = self.backbone(view)
        if self.recipe.mirror_average:
            mirrored = self.backbone(keras.ops.flip(view, axis=2))
            both = [self.backbone(view), keras.ops.flip(mirrored, axis=2)]
            features = keras.layers.Average(name="both_ways")(both)
        x = features
        for layer in self._layers:
            x = layer(x)
        return keras.Model(pixels, x, name=self.recipe.backbone)


def _both_ends(too_many: int) -> tuple[int, int]:
    """As `batches.views` cuts the middle out."""
    return too_many // 2, too_many - too_many // 2


def _outputs(
    features: keras.KerasTensor, layers: list[keras.Layer], helpers: list[keras.Layer]
) -> dict[str, keras.KerasTensor]:
    x = features
    for layer in layers[:-1]:
        x = layer(x)
    answers = {helper.name: helper(x) for helper in helpers}
    return {GENDER: layers[-1](x), **answers}


def _backbone(recipe: Recipe) -> keras.Model:
    shape = (recipe.input_height, recipe.input_width, 3)
    if recipe.start in ELSEWHERE:
        return backbones.build(recipe.backbone, shape, recipe.start)
    trained = _finished(recipe.start)
    inside = [layer for layer in trained.layers if isinstance(layer, keras.Model)]
    if len(inside) == 1:
        # It looks at a face and at its mirror image: taught on the face alone, half the work comes to the same.
        return keras.Model(inside[0].input, inside[0].output, name=recipe.backbone)
    return keras.Model(trained.input, trained.output["features"], name=recipe.backbone)


def _finished(name: str) -> keras.Model:
    return keras.models.load_model(registry.find(name).path(KERAS), safe_mode=True, compile=False)
