"""Every architecture that Rupa can teach, by name: `build` makes it; `backbone_facts.py` says what each is.

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
from training.backbone_facts import BACKBONES as BACKBONES
from training.backbone_facts import Backbone, BackboneError, checked, imagenet_file

Shape = tuple[int, int, int]

_MEAN_RGB = (123.68, 116.779, 103.939)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


def build(name: str, input_shape: Shape, start: str = "random") -> keras.Model:
    """The network `name` with random weights, or with what "imagenet" or "faces" taught it."""
    backbone = checked(name, input_shape, start)
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
    raise BackboneError("unknown_head", head=kind)


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
    try:
        return str(pretrained_imagenet.fetch(imagenet_file(backbone.name, input_shape)))
    except pretrained_imagenet.UnreachableError as error:
        raise BackboneError("weights_unreachable", name=backbone.title, reason=str(error)) from error
