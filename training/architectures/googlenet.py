"""GoogLeNet, the first Inception network (Szegedy et al. 2014), with batch normalisation as it is used today.

Normalising each batch takes the place of the paper's local response normalisation and of its two helping exits.
"""

import keras
from keras import layers

# Filters of the four roads: 1x1; 1x1 then 3x3; 1x1 then 5x5; pool then 1x1. None halves the map.
MODULES: tuple[tuple[str, tuple[int, ...] | None], ...] = (
    ("3a", (64, 96, 128, 16, 32, 32)),
    ("3b", (128, 128, 192, 32, 96, 64)),
    ("pool3", None),
    ("4a", (192, 96, 208, 16, 48, 64)),
    ("4b", (160, 112, 224, 24, 64, 64)),
    ("4c", (128, 128, 256, 24, 64, 64)),
    ("4d", (112, 144, 288, 32, 64, 64)),
    ("4e", (256, 160, 320, 32, 128, 128)),
    ("pool4", None),
    ("5a", (256, 160, 320, 32, 128, 128)),
    ("5b", (384, 192, 384, 48, 128, 128)),
)


def build(input_shape: tuple[int, int, int] = (224, 224, 3)) -> keras.Model:
    """From pixels 0..255 to the last feature map, with random weights."""
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="preprocess")(pixels)
    x = _convolve(x, 64, 7, "conv1", stride=2)
    x = layers.MaxPooling2D(3, 2, padding="same", name="pool1")(x)
    x = _convolve(x, 64, 1, "conv2a")
    x = _convolve(x, 192, 3, "conv2b")
    x = layers.MaxPooling2D(3, 2, padding="same", name="pool2")(x)
    for name, filters in MODULES:
        if filters is None:
            x = layers.MaxPooling2D(3, 2, padding="same", name=name)(x)
        else:
            x = _inception(x, filters, f"inception_{name}")
    return keras.Model(pixels, x, name="googlenet")


def _inception(x: keras.KerasTensor, filters: tuple[int, ...], name: str) -> keras.KerasTensor:
    one, before_three, three, before_five, five, after_pool = filters
    pooled = layers.MaxPooling2D(3, 1, padding="same", name=f"{name}_pool")(x)
    roads = [
        _convolve(x, one, 1, f"{name}_1x1"),
        _convolve(_convolve(x, before_three, 1, f"{name}_3x3_reduce"), three, 3, f"{name}_3x3"),
        _convolve(_convolve(x, before_five, 1, f"{name}_5x5_reduce"), five, 5, f"{name}_5x5"),
        _convolve(pooled, after_pool, 1, f"{name}_pool_project"),
    ]
    return layers.Concatenate(name=name)(roads)


def _convolve(
    x: keras.KerasTensor, filters: int, kernel: int, name: str, *, stride: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(
        filters, kernel, stride, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
