"""ConvNeXt without the parts that only `keras.applications` knows, so that the saved network opens in a bare Keras.

Its scale of each channel, and the convolution of each channel by itself, become depthwise convolutions (which, other
than grouped ones, also learn on processors); models within the model become their layers. The answers stay the same.
"""

from collections.abc import Iterator

import keras
from keras import layers


def plain(network: keras.Model) -> keras.Model:
    """A copy with the same weights and the same answers, in one level, of ordinary layers only."""

    def call(step: keras.Layer, *args: keras.KerasTensor, **_: object) -> keras.KerasTensor:
        if isinstance(step, keras.Sequential):
            x = args[0]
            for layer in step.layers:
                x = layer(x)
            return x
        return step(list(args)) if isinstance(step, layers.Add) else step(*args)

    copy = keras.models.clone_model(network, clone_function=_plain_layer, call_function=call)
    for mine, theirs in zip(_taught(copy), _taught(network), strict=True):
        values = theirs.get_weights()
        mine.set_weights([value.reshape(w.shape) for value, w in zip(values, mine.weights, strict=True)])
    return copy


def _plain_layer(step: keras.Layer) -> keras.Layer:
    if isinstance(step, keras.Sequential):
        return keras.Sequential([_plain_layer(layer) for layer in step.layers], name=step.name)
    if not isinstance(step, keras.Layer):  # the sum that ends each block is a bare operation
        return layers.Add(name=step.name)
    if type(step).__name__ == "LayerScale":
        start = keras.initializers.Constant(step.init_values)
        return layers.DepthwiseConv2D(1, use_bias=False, depthwise_initializer=start, name=step.name)
    if isinstance(step, layers.Conv2D) and step.groups > 1:
        return layers.DepthwiseConv2D(step.kernel_size, padding=step.padding, name=step.name)
    return step.__class__.from_config(step.get_config())


def _taught(network: keras.Model) -> Iterator[keras.Layer]:
    for layer in network.layers:
        if isinstance(layer, keras.Sequential):
            yield from _taught(layer)
        elif layer.weights:
            yield layer
