"""Weights that half precision can hold, so that a file of half the size answers exactly as the large one.

The converter multiplies a convolution by the normalisation behind it before it rounds; so that product is
rounded here, and the normalisation keeps the factor 1. Nothing else changes: in training too, each layer
gives what it gave.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

    from model.classifier import Floats


def round_weights(layers: "Iterable[keras.Layer]") -> None:
    """Round the weights of these layers, in place."""
    import keras

    layers = list(layers)
    makers = {id(layer.output): layer for layer in layers if isinstance(layer, keras.layers.Layer)}
    done: set[int] = set()
    for layer in layers:
        if isinstance(layer, keras.layers.Rescaling):
            layer.scale = half(np.asarray(layer.scale, np.float32)).tolist()
            layer.offset = half(np.asarray(layer.offset, np.float32)).tolist()
        if isinstance(layer, keras.layers.BatchNormalization):
            before = makers.get(id(layer.input))
            if isinstance(before, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
                _round_pair(before, layer)
                done |= {id(before), id(layer)}
    for layer in layers:
        if id(layer) not in done and not hasattr(layer, "layers") and getattr(layer, "weights", None):
            layer.set_weights([half(weight) for weight in layer.get_weights()])


def half(weight: "Floats") -> "Floats":
    """What half precision makes of it; beyond its range the number stays, and the comparison will say so."""
    with np.errstate(over="ignore"):
        rounded = weight.astype(np.float16).astype(np.float32)
    return np.where(np.isfinite(rounded), rounded, weight)


def _round_pair(convolution: "keras.Layer", normalisation: "keras.Layer") -> None:
    """Give the convolution the normalisation's factor, and the normalisation the deviation that goes with it."""
    import keras

    kernel, *bias = convolution.get_weights()
    parts = dict(zip(_names(normalisation), normalisation.get_weights(), strict=True))
    epsilon = normalisation.epsilon
    gamma = parts.get("gamma", np.ones_like(parts["mean"]))
    factor = gamma / np.sqrt(parts["variance"] + epsilon)
    depthwise = isinstance(convolution, keras.layers.DepthwiseConv2D)
    kernel = half(kernel * (factor.reshape(kernel.shape[2:]) if depthwise else factor))
    bias = [part * factor for part in bias]
    start = parts.get("beta", 0) + (bias[0] if bias else 0)
    parts["mean"] = start - half(start - parts["mean"] * factor)
    if "gamma" in parts:
        parts["gamma"] = np.maximum(np.abs(gamma), np.sqrt(2 * epsilon))  # a variance is above zero
    parts["variance"] = parts.get("gamma", np.ones_like(gamma)) ** 2 - epsilon
    convolution.set_weights([kernel, *bias])
    normalisation.set_weights(list(parts.values()))


def _names(normalisation: "keras.Layer") -> list[str]:
    scale, center = normalisation.scale, normalisation.center
    return ["gamma"] * scale + ["beta"] * center + ["mean", "variance"]
