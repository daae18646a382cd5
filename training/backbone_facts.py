"""What is known about every architecture that Rupa can teach, without building it; `backbones.py` builds it.

Light, so that a page may ask; the sentences of what cannot be built stand here too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from training import pretrained_imagenet

Shape = tuple[int, int, int]
Whereabouts = Literal["comes_with", "here", "to_fetch"]

_KERAS = "Keras (Apache-2.0), weights taught on ImageNet, whose photos are for research"

SENTENCES = {
    "unknown_backbone": 'There is no backbone "{name}"; there are {known}.',
    "no_such_weights": (
        'There are no weights of {name} from "{start}"; it can start from {starts}. Taught networks that come with '
        "Rupa are face_resnet (faces) and efficientnet_lite0 (imagenet)."
    ),
    "too_small": (
        "{name} needs photos in colour of at least {least} x {least} pixels, not {height} x {width} x {channels}."
    ),
    "weights_unreachable": (
        "The ImageNet weights of {name} cannot be fetched from Keras' home ({reason}). Without the internet you can "
        'use face_resnet with the start "faces" or efficientnet_lite0 with the start "imagenet", which come with '
        'Rupa, go on from the shipped model, or start {name} from "random" weights.'
    ),
    "unknown_head": 'There is no head "{head}"; there are gap and seed.',
}


class BackboneError(RuntimeError):
    """A backbone cannot be had as asked; `code` is stable, the text is the sentence for a person."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts: Mapping[str, Any] = facts


@dataclass(frozen=True)
class Backbone:
    """What is known about an architecture. `taught_by` is "faces", "imagenet" or None; `depth` is how many of the
    last layers learn first when it is fine-tuned; `offline` says whether it needs no download; `effort` is its time
    for a face at its usual size, with the shipped model's as 1.
    """

    name: str
    title: str
    input_px: int
    parameters_m: float
    taught_by: str | None
    offline: bool
    depth: int
    least_px: int
    licence: str
    effort: float

    @property
    def starts(self) -> tuple[str, ...]:
        return (self.taught_by, "random") if self.taught_by else ("random",)


def _described(*backbones: Backbone) -> dict[str, Backbone]:
    return {backbone.name: backbone for backbone in backbones}


# Parameters counted by tests/training/test_backbones.py, efforts by benchmarks/backbone_effort.py on two cores.
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
        0.7,
    ),
    Backbone(
        "efficientnet_lite0",
        "EfficientNet-Lite0",
        128,
        3.41,
        "imagenet",
        True,
        29,
        32,
        "Apache-2.0 (Google)",
        0.9,
    ),
    Backbone(
        "efficientnet_lite2", "EfficientNet-Lite2", 160, 4.87, None, True, 29, 32, "Apache-2.0 (Google)", 1.8
    ),
    Backbone("mobilenet_v2", "MobileNetV2", 128, 2.26, "imagenet", False, 29, 32, _KERAS, 0.8),
    Backbone("efficientnet_b0", "EfficientNetB0", 224, 4.05, "imagenet", False, 31, 32, _KERAS, 3.4),
    Backbone("efficientnet_v2_b0", "EfficientNetV2B0", 224, 5.92, "imagenet", False, 33, 32, _KERAS, 3.3),
    Backbone("inception_v3", "InceptionV3", 299, 21.8, "imagenet", False, 40, 75, _KERAS, 16),
    Backbone("googlenet", "GoogLeNet (Inception v1)", 224, 5.99, None, True, 40, 32, "Rupa's own build", 7.0),
    Backbone("xception", "Xception", 299, 20.86, "imagenet", False, 30, 71, _KERAS, 26),
    Backbone("resnet18", "ResNet18", 224, 11.19, None, True, 16, 32, "Rupa's own build", 5.8),
    Backbone("resnet50", "ResNet50", 224, 23.59, "imagenet", False, 33, 32, _KERAS, 11),
    Backbone("resnet101", "ResNet101", 224, 42.66, "imagenet", False, 33, 32, _KERAS, 21),
    Backbone("resnet50_v2", "ResNet50V2", 224, 23.56, "imagenet", False, 52, 32, _KERAS, 11),
    Backbone("vgg16", "VGG16", 224, 14.71, "imagenet", False, 4, 32, _KERAS + "; VGG's are CC BY 4.0", 34),
    Backbone("vgg19", "VGG19", 224, 20.02, "imagenet", False, 5, 32, _KERAS + "; VGG's are CC BY 4.0", 44),
    Backbone("convnext_tiny", "ConvNeXt-Tiny", 224, 27.82, "imagenet", False, 27, 32, _KERAS, 37),
    Backbone(
        "vit_small", "Vision transformer, small", 224, 22.39, None, True, 30, 32, "Rupa's own build", 21
    ),
)


def checked(name: str, input_shape: Shape, start: str) -> Backbone:
    """The backbone of this name, if it can be built so; else raises `BackboneError`."""
    backbone = BACKBONES.get(name)
    if backbone is None:
        raise BackboneError("unknown_backbone", name=name, known=", ".join(BACKBONES))
    if start not in backbone.starts:
        raise BackboneError(
            "no_such_weights", name=backbone.title, start=start, starts=" or ".join(backbone.starts)
        )
    height, width, channels = input_shape
    if min(height, width) < backbone.least_px or channels != 3:
        raise BackboneError(
            "too_small",
            name=backbone.title,
            least=backbone.least_px,
            height=height,
            width=width,
            channels=channels,
        )
    return backbone


def imagenet_file(name: str, input_shape: Shape) -> str:
    """Under which name `pretrained_imagenet.py` knows the weights for pictures of this shape."""
    if name != "mobilenet_v2":
        return name
    height, width, _ = input_shape
    square = height == width and height in pretrained_imagenet.MOBILENET_SIZES
    return f"{name}_{height if square else 224}"


def whereabouts(name: str, input_shape: Shape, start: str) -> Whereabouts:
    """Whether the weights it starts from come with Rupa, were fetched before, or have to be fetched."""
    if start != "imagenet" or BACKBONES[name].offline:
        return "comes_with"
    return "here" if pretrained_imagenet.is_here(imagenet_file(name, input_shape)) else "to_fetch"
