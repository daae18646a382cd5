"""The backbone is EfficientNet-Lite: its size, its shapes, and what ImageNet taught it."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras

from training import efficientnet_lite


@pytest.fixture(scope="module")
def imagenet() -> keras.Model:
    return efficientnet_lite.build(input_shape=(224, 224, 3), weights="imagenet", top=1000)


@pytest.mark.parametrize(
    ("variant", "parameters", "convolutions"), [("lite0", 4_652_008, 49), ("lite2", 6_092_072, 64)]
)
def test_a_variant_has_the_size_its_authors_published(
    variant: str, parameters: int, convolutions: int
) -> None:
    network = efficientnet_lite.build(variant, top=1000)

    found = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)
    ]

    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == parameters
    assert len(found) == convolutions


def test_without_a_top_the_last_feature_map_comes_out() -> None:
    network = efficientnet_lite.build(input_shape=(128, 128, 3))

    assert network.output.shape == (None, 4, 4, 1280)
    assert not [layer.name for layer in network.layers if layer.name.startswith("_")]


@pytest.mark.parametrize(
    ("photo", "classes"),
    [
        ("no_face/chelsea.png", {281, 282, 285}),
        ("no_face/coffee.png", {967}),
        ("no_face/giraffe.jpg", {340}),
        ("portraits/obama.jpg", {834, 906}),
    ],
)
def test_known_photos_get_their_imagenet_class(
    imagenet: keras.Model, shared_photos: Path, photo: str, classes: set[int]
) -> None:
    probabilities = np.asarray(imagenet(_centre(shared_photos / photo)))[0]

    first = 2 if photo.startswith("portraits") else 1
    assert classes & set(np.argsort(probabilities)[::-1][:first].tolist())


def test_the_imagenet_features_are_the_same_with_and_without_the_top(imagenet: keras.Model) -> None:
    backbone = efficientnet_lite.build(input_shape=(224, 224, 3), weights="imagenet")
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 224, 224, 3)).astype(np.float32)

    pooled = np.asarray(backbone(pixels)).mean(axis=(1, 2))
    kernel, bias = imagenet.get_layer("classes").get_weights()
    logits = pooled @ kernel + bias

    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.asarray(imagenet(pixels)), expected, atol=1e-5)


def test_a_variant_without_weights_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="no ImageNet weights for lite2"):
        efficientnet_lite.build("lite2", weights="imagenet")


def _centre(path: Path) -> np.ndarray:
    photo = Image.open(path).convert("RGB")
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC)
    return np.asarray(square, np.float32)[None]
