"""EfficientNet-Lite in Keras: the backbone, from pixels 0..255 to the last feature map.

Lite is EfficientNet without squeeze-and-excitation and with ReLU6 in place of swish, so that it runs well
on phones and plain processors (Apache-2.0, Google, 2020). Only `keras` layers are used: the same code
trains on TensorFlow and on JAX. What stands on top of the feature map is the caller's affair.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import layers

WEIGHTS = Path(__file__).resolve().parents[1] / "model" / "pretrained"
IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class Variant:
    """How a variant stretches Lite0, and the picture size that its authors trained it at."""

    width: float
    depth: float
    trained_px: int


@dataclass(frozen=True)
class Stage:
    """A run of blocks that share everything but their first stride."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    filters: int


VARIANTS = {"lite0": Variant(1.0, 1.0, 224), "lite2": Variant(1.1, 1.2, 260)}
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM_FILTERS = 32  # not stretched in Lite, and neither is the head
HEAD_FILTERS = 1280


def build(
    variant: str = "lite0",
    input_shape: tuple[int, int, int] = (128, 128, 3),
    weights: str | None = None,
    top: int = 0,
) -> keras.Model:
    """The network `variant`; its output is the last feature map, or `top` softmax classes.

    `weights="imagenet"` starts from what ImageNet taught it, and keeps that head only for 1000 classes.
    """
    if weights not in (None, "imagenet"):
        raise ValueError(f'weights is None or "imagenet", not {weights!r}')
    shape = VARIANTS[variant]
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="preprocess")(pixels)
    x = _convolve(x, STEM_FILTERS, 3, stride=2, name="stem")
    for number, stage in enumerate(STAGES, start=1):
        for repeat in range(_repeats(stage, shape.depth)):
            stride = stage.stride if repeat == 0 else 1
            name = f"block{number}{'abcdefgh'[repeat]}"
            x = _block(x, stage, _filters(stage.filters, shape.width), stride, name)
    features = _convolve(x, HEAD_FILTERS, 1, name="head")
    backbone = keras.Model(pixels, features, name=f"efficientnet_{variant}")
    if weights is None:
        return _with_top(backbone, top) if top else backbone
    taught = _with_top(backbone, IMAGENET_CLASSES)
    taught.load_weights(_weights_file(variant))
    if top == IMAGENET_CLASSES:
        return taught
    return _with_top(backbone, top) if top else backbone


def _with_top(backbone: keras.Model, classes: int) -> keras.Model:
    x = layers.GlobalAveragePooling2D(name="pool")(backbone.output)
    x = layers.Dropout(0.2, name="dropout")(x)
    answer = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(backbone.input, answer, name=backbone.name)


def _block(x: keras.KerasTensor, stage: Stage, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """Widen, look round, narrow; and add what came in where the shape allows it."""
    start = x
    if stage.expand > 1:
        x = _convolve(x, x.shape[-1] * stage.expand, 1, name=f"{name}_expand")
    x = layers.DepthwiseConv2D(
        stage.kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = _normalise(x, f"{name}_depthwise")
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{name}_project_conv")(x)
    x = _normalise(x, f"{name}_project")
    if stride == 1 and start.shape[-1] == filters:
        x = layers.Add(name=f"{name}_add")([start, x])
    return x


def _convolve(
    x: keras.KerasTensor, filters: int, kernel: int, *, stride: int = 1, name: str
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = _normalise(x, name)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _normalise(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(epsilon=1e-3, momentum=0.99, name=f"{name}_bn")(x)


def _filters(filters: int, width: float) -> int:
    """The nearest multiple of 8, never less than nine tenths of what was asked."""
    wanted = filters * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def _repeats(stage: Stage, depth: float) -> int:
    """Only the stages in the middle grow deeper."""
    return stage.repeats if stage in (STAGES[0], STAGES[-1]) else math.ceil(stage.repeats * depth)


def _weights_file(variant: str) -> Path:
    path = WEIGHTS / f"efficientnet_{variant}.weights.h5"
    if not path.is_file():
        raise FileNotFoundError(
            f"There are no ImageNet weights for {variant}: make {path.name} with training.pretrained_lite."
        )
    return path
