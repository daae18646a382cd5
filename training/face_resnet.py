"""A residual network that has seen three million faces: dlib's face recogniser, as a Keras backbone.

Davis King trained its 29 convolutions to tell people apart (dlib-models, CC0, 2017). What tells people apart also
tells a good deal about a face in general, so fine-tuning starts much closer to the goal than from ImageNet: see
EXPERIMENTS.md. The fixed scales and shifts that dlib keeps after each convolution are folded into it, which is
faster to train and to run, and leaves nothing that behaves differently while training.
"""

from pathlib import Path

import keras
from keras import layers

WEIGHTS = Path(__file__).resolve().parents[1] / "model" / "pretrained" / "face_resnet.weights.h5"
MEAN_RGB = (122.782, 117.001, 104.298)
CONVOLUTIONS = 29
# Filters, residual blocks, and whether the first block halves the picture.
STAGES = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))


def build(input_shape: tuple[int, int, int] = (150, 150, 3), weights: str | None = None) -> keras.Model:
    """From pixels 0..255 to the last feature map. `weights="faces"` starts from what dlib's network learnt."""
    if weights not in (None, "faces"):
        raise ValueError(f'weights is None or "faces", not {weights!r}')
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 256, offset=[-mean / 256 for mean in MEAN_RGB], name="preprocess")(pixels)
    x = _convolve(x, 32, 7, 2, "conv1")
    x = layers.ReLU(name="relu1")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    number = 2
    for filters, blocks, halves in STAGES:
        for block in range(blocks):
            x = _block(x, filters, halves and block == 0, number)
            number += 2
    network = keras.Model(pixels, x, name="face_resnet")
    if weights == "faces":
        network.load_weights(WEIGHTS)
    return network


def _block(x: keras.KerasTensor, filters: int, halves: bool, number: int) -> keras.KerasTensor:
    y = _convolve(x, filters, 3, 2 if halves else 1, f"conv{number}")
    y = layers.ReLU(name=f"relu{number}")(y)
    y = _convolve(y, filters, 3, 1, f"conv{number + 1}")
    if halves:
        x, y = _same_shape(layers.AveragePooling2D(2, 2, name=f"halve{number}")(x), y, number)
    x = layers.Add(name=f"add{number}")([x, y])
    return layers.ReLU(name=f"relu{number + 1}")(x)


def _same_shape(
    x: keras.KerasTensor, y: keras.KerasTensor, number: int
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """dlib adds layers of unequal shape as if the smaller were followed by zeros."""
    down, across = x.shape[1] - y.shape[1], x.shape[2] - y.shape[2]
    if down or across:
        y = layers.ZeroPadding2D(((0, down), (0, across)), name=f"pad{number}")(y)
    if x.shape[3] < y.shape[3]:
        nothing = layers.Rescaling(0.0, name=f"zeros{number}")(x)
        x = layers.Concatenate(name=f"widen{number}")([x, nothing])
    return x, y


def _convolve(x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str) -> keras.KerasTensor:
    padding = "same" if stride == 1 else "valid"
    return layers.Conv2D(filters, kernel, stride, padding=padding, name=name)(x)
