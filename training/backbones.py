"""Every architecture that Rupa can teach, by name: `BACKBONES` says what each is, `build` makes it.

A backbone goes from pixels 0..255 to its last feature map; preprocessing is inside, as ordinary layers, and so is all
else, so that what is saved opens in a bare Keras. `head_layers` are what stands on top.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from training import efficientnet_lite, face_resnet, pretrained_imagenet
from training.architectures import convnext, googlenet, resnet_v1, vit

Shape = tuple[int, int, int]

_MEAN_RGB = (123.68, 116.779, 103.939)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
_KERAS = "Keras (Apache-2.0), weights taught on ImageNet, whose photos are for research"


class BackboneError(RuntimeError):
    """A backbone cannot be had as asked; `code` is stable, the text is the sentence for a person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Backbone:
    """What is known about an architecture. `taught_by` is "faces", "imagenet" or None; `depth` is how many of the
    last layers learn first when it is fine-tuned; `offline` says whether it needs no download."""

    name: str
    title: str
    input_px: int
    parameters_m: float
    taught_by: str | None
    offline: bool
    depth: int
    least_px: int
    licence: str

    @property
    def starts(self) -> tuple[str, ...]:
        return (self.taught_by, "random") if self.taught_by else ("random",)


def _described(*backbones: Backbone) -> dict[str, Backbone]:
    return {backbone.name: backbone for backbone in backbones}


# Parameters counted by tests/training/test_backbones.py.
BACKBONES: dict[str, Backbone] = _described(
    Backbone(
        "face_resnet",
        "Face ResNet (dlib)",
        128,
        5.57,
        "faces",
        True,
        20,
        104,
        "CC0 (Davis King, dlib-models)",
    ),
    Backbone(
        "efficientnet_lite0", "EfficientNet-Lite0", 128, 3.41, "imagenet", True, 29, 32, "Apache-2.0 (Google)"
    ),
    Backbone(
        "efficientnet_lite2", "EfficientNet-Lite2", 160, 4.87, None, True, 29, 32, "Apache-2.0 (Google)"
    ),
    Backbone("mobilenet_v2", "MobileNetV2", 128, 2.26, "imagenet", False, 29, 32, _KERAS),
    Backbone("efficientnet_b0", "EfficientNetB0", 224, 4.05, "imagenet", False, 31, 32, _KERAS),
    Backbone("efficientnet_v2_b0", "EfficientNetV2B0", 224, 5.92, "imagenet", False, 33, 32, _KERAS),
    Backbone("inception_v3", "InceptionV3", 299, 21.8, "imagenet", False, 40, 75, _KERAS),
    Backbone("googlenet", "GoogLeNet (Inception v1)", 224, 5.99, None, True, 40, 32, "Rupa's own build"),
    Backbone("xception", "Xception", 299, 20.86, "imagenet", False, 30, 71, _KERAS),
    Backbone("resnet18", "ResNet18", 224, 11.19, None, True, 16, 32, "Rupa's own build"),
    Backbone("resnet50", "ResNet50", 224, 23.59, "imagenet", False, 33, 32, _KERAS),
    Backbone("resnet101", "ResNet101", 224, 42.66, "imagenet", False, 33, 32, _KERAS),
    Backbone("resnet50_v2", "ResNet50V2", 224, 23.56, "imagenet", False, 52, 32, _KERAS),
    Backbone("vgg16", "VGG16", 224, 14.71, "imagenet", False, 4, 32, _KERAS + "; VGG's are CC BY 4.0"),
    Backbone("vgg19", "VGG19", 224, 20.02, "imagenet", False, 5, 32, _KERAS + "; VGG's are CC BY 4.0"),
    Backbone("convnext_tiny", "ConvNeXt-Tiny", 224, 27.82, "imagenet", False, 27, 32, _KERAS),
    Backbone("vit_small", "Vision transformer, small", 224, 22.39, None, True, 30, 32, "Rupa's own build"),
)


def build(name: str, input_shape: Shape, start: str = "random") -> keras.Model:
    """The network `name` with random weights, or with what "imagenet" or "faces" taught it."""
    backbone = _checked(name, input_shape, start)
    if name == "face_resnet":
        return face_resnet.build(input_shape, "faces" if start == "faces" else None)
    if name.startswith("efficientnet_lite"):
        weights = "imagenet" if start == "imagenet" else None
        return efficientnet_lite.build(name.removeprefix("efficientnet_"), input_shape, weights)
    if name in _OWN:
        return _OWN[name](input_shape)
    return _from_keras(backbone, input_shape, start)


def head_layers(kind: str, dropout: float) -> list[keras.layers.Layer]:
    """From the feature map to two logits: the layers, in order, each of which may be called again."""
    logits = layers.Dense(2, name="logits")
    if kind == "gap":
        return [
            layers.GlobalAveragePooling2D(name="embedding"),
            layers.Dropout(dropout, name="dropout"),
            logits,
        ]
    if kind == "seed":
        return [
            layers.Flatten(name="flat"),
            layers.Dense(256, activation="relu", name="hidden1"),
            layers.Dropout(dropout, name="dropout"),
            layers.Dense(512, activation="relu", name="hidden2"),
            logits,
        ]
    raise BackboneError("unknown_head", f'There is no head "{kind}"; there are gap and seed.')


@dataclass(frozen=True)
class _FromKeras:
    """`first` is the first convolution where it must fit our preprocessing, `colours` what to multiply it with."""

    make: Callable[..., keras.Model]
    preprocess: dict[str, Any] | None = None
    first: str | None = None
    colours: NDArray[np.float32] | None = None


_TO_ONE = {"scale": 1 / 127.5, "offset": -1.0}
_LESS_MEAN = {"scale": 1.0, "offset": [-mean for mean in _MEAN_RGB]}
_AS_BGR = np.eye(3, dtype=np.float32)[::-1]
# Keras' B0 divides twice by the root of the deviation, for the weights from ImageNet only.
_TWICE = np.diag(np.array(_IMAGENET_DEVIATION) ** -0.5).astype(np.float32)

_apps = keras.applications
_KERAS_APPLICATIONS = {
    "vgg16": _FromKeras(_apps.VGG16, _LESS_MEAN, "block1_conv1", _AS_BGR),
    "vgg19": _FromKeras(_apps.VGG19, _LESS_MEAN, "block1_conv1", _AS_BGR),
    "resnet50": _FromKeras(_apps.ResNet50, _LESS_MEAN, "conv1_conv", _AS_BGR),
    "resnet101": _FromKeras(_apps.ResNet101, _LESS_MEAN, "conv1_conv", _AS_BGR),
    "resnet50_v2": _FromKeras(_apps.ResNet50V2, _TO_ONE),
    "inception_v3": _FromKeras(_apps.InceptionV3, _TO_ONE),
    "xception": _FromKeras(_apps.Xception, _TO_ONE),
    "mobilenet_v2": _FromKeras(_apps.MobileNetV2, _TO_ONE),
    "efficientnet_b0": _FromKeras(_apps.EfficientNetB0, None, "stem_conv", _TWICE),
    "efficientnet_v2_b0": _FromKeras(_apps.EfficientNetV2B0),
    "convnext_tiny": _FromKeras(_apps.ConvNeXtTiny),
}
_OWN: dict[str, Callable[[Shape], keras.Model]] = {
    "googlenet": googlenet.build,
    "resnet18": resnet_v1.build,
    "vit_small": vit.build,
}


def _from_keras(backbone: Backbone, input_shape: Shape, start: str) -> keras.Model:
    source = _KERAS_APPLICATIONS[backbone.name]
    weights = _imagenet(backbone, input_shape) if start == "imagenet" else None
    pixels = keras.Input(input_shape, name="pixels")
    x = layers.Rescaling(**source.preprocess, name="preprocess")(pixels) if source.preprocess else pixels
    network = source.make(include_top=False, weights=weights, input_tensor=x)
    if weights and source.first and source.colours is not None:
        first = network.get_layer(source.first)
        kernel, *bias = first.get_weights()
        first.set_weights([np.einsum("hwbo,cb->hwco", kernel, source.colours), *bias])
    if backbone.name == "convnext_tiny":
        network = convnext.plain(network)
    return keras.Model(network.inputs[0], network.outputs[0], name=backbone.name)


def _imagenet(backbone: Backbone, input_shape: Shape) -> str:
    height, width, _ = input_shape
    name = backbone.name
    if name == "mobilenet_v2":
        square = height == width and height in pretrained_imagenet.MOBILENET_SIZES
        name = f"{name}_{height if square else 224}"
    try:
        return str(pretrained_imagenet.fetch(name))
    except pretrained_imagenet.UnreachableError as error:
        raise BackboneError(
            "weights_unreachable",
            f"The ImageNet weights of {backbone.title} cannot be fetched from Keras' home ({error}). "
            'Without the internet you can use face_resnet with the start "faces" or efficientnet_lite0 with the '
            'start "imagenet", which come with Rupa, go on from the shipped model, or start '
            f'{backbone.name} from "random" weights.',
        ) from error


def _checked(name: str, input_shape: Shape, start: str) -> Backbone:
    backbone = BACKBONES.get(name)
    if backbone is None:
        raise BackboneError(
            "unknown_backbone", f'There is no backbone "{name}"; there are {", ".join(BACKBONES)}.'
        )
    if start not in backbone.starts:
        raise BackboneError(
            "no_such_weights",
            f'There are no weights of {backbone.title} from "{start}"; it can start from '
            f"{' or '.join(backbone.starts)}. Taught networks that come with Rupa are face_resnet (faces) and "
            "efficientnet_lite0 (imagenet).",
        )
    height, width, channels = input_shape
    if min(height, width) < backbone.least_px or channels != 3:
        raise BackboneError(
            "too_small",
            f"{backbone.title} needs photos in colour of at least {backbone.least_px} x {backbone.least_px} "
            f"pixels, not {height} x {width} x {channels}.",
        )
    return backbone
