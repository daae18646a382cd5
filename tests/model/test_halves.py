"""Rounded weights give what the exact ones gave, answering and learning, and a converter finds them whole."""

from typing import Any

import numpy as np
import pytest

from model import halves, quiet


def _network(**options: Any) -> Any:
    """Convolution, depthwise convolution and a lone one, with normalisations as a training leaves them."""
    quiet.tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    pixels = keras.Input((16, 16, 3))
    x = layers.Rescaling(1 / 127.5, offset=-0.9812345)(pixels)
    x = layers.Conv2D(8, 3, use_bias=True, name="conv")(x)
    x = layers.ReLU()(layers.BatchNormalization(**options)(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, name="depthwise")(x)
    x = layers.ReLU()(layers.BatchNormalization(**options)(x))
    x = layers.Conv2D(4, 1, name="lone")(x)
    network = keras.Model(pixels, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    random = np.random.default_rng(4)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            values = [random.uniform(0.2, 2, weight.shape) for weight in layer.weights]
            if layer.scale:
                values[0] *= np.where(np.arange(len(values[0])) % 2, 1, -1)  # a factor may be negative
            layer.set_weights(values)
    return network


OPTIONS: list[dict[str, Any]] = [{}, {"scale": False}, {"center": False}, {"epsilon": 1e-5}]


@pytest.mark.parametrize("options", OPTIONS, ids=["usual", "no scale", "no shift", "small epsilon"])
def test_the_rounded_network_answers_as_before(options: dict[str, Any]) -> None:
    network = _network(**options)
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 3)).astype(np.float32)
    before = np.asarray(network(pixels))

    halves.round_weights(network.layers)

    after = np.asarray(network(pixels))
    assert 0 < np.abs(after - before).max() < 2e-3 * np.abs(before).max()


def test_the_rounded_network_learns_on_as_before() -> None:
    """With the statistics of the batch, as while training."""
    network = _network()
    pixels = np.random.default_rng(0).uniform(0, 255, (8, 16, 16, 3)).astype(np.float32)
    before = np.asarray(network(pixels, training=True))
    network = _network()

    halves.round_weights(network.layers)

    np.testing.assert_allclose(
        np.asarray(network(pixels, training=True)), before, atol=5e-3 * np.abs(before).max()
    )


@pytest.mark.parametrize("options", OPTIONS, ids=["usual", "no scale", "no shift", "small epsilon"])
def test_what_a_converter_multiplies_out_is_a_half_already(options: dict[str, Any]) -> None:
    network = _network(**options)

    halves.round_weights(network.layers)

    layers = {layer.name: layer for layer in network.layers}
    normalisations = [layer for layer in network.layers if hasattr(layer, "moving_variance")]
    for name, normalisation in zip(("conv", "depthwise"), normalisations, strict=True):
        variance = np.asarray(normalisation.moving_variance)
        gamma = np.asarray(normalisation.gamma) if normalisation.scale else np.ones_like(variance)
        factor = gamma / np.sqrt(variance + np.float32(normalisation.epsilon))
        np.testing.assert_allclose(factor, 1, atol=1e-6)
        assert _is_half(layers[name].get_weights()[0])
        bias = layers[name].get_weights()[1] if name == "conv" else np.zeros_like(factor)
        beta = np.asarray(normalisation.beta) if normalisation.center else np.zeros_like(factor)
        shift = beta + (bias - np.asarray(normalisation.moving_mean))
        np.testing.assert_allclose(shift, halves.half(shift), atol=1e-6)
    assert all(_is_half(weight) for weight in layers["lone"].get_weights())


def test_a_number_beyond_the_range_of_halves_stays() -> None:
    assert halves.half(np.array([1e6, -1e6, 0.1], np.float32)).tolist() == [
        1e6,
        -1e6,
        pytest.approx(0.1, abs=1e-4),
    ]


def _is_half(weight: np.ndarray) -> bool:
    return bool((weight == halves.half(weight)).all())
