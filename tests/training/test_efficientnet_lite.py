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
    ("photo", "classes", "p_first"),
    [
        ("no_face/chelsea.png", {281, 282, 285}, 0.385),
        ("no_face/coffee.png", {967}, 0.940),
        ("no_face/giraffe.jpg", {340}, 0.368),
    ],
)
def test_known_photos_get_their_imagenet_class(
    imagenet: keras.Model, shared_photos: Path, photo: str, classes: set[int], p_first: float
) -> None:
    """And as surely as the package's float32 weights: another scale or activation keeps the class only."""
    probabilities = np.asarray(imagenet(_centre(shared_photos / photo)))[0]

    assert int(probabilities.argmax()) in classes
    assert probabilities.max() == pytest.approx(p_first, abs=0.01)


def test_a_man_in_a_suit_is_seen_in_one(imagenet: keras.Model, shared_photos: Path) -> None:
    probabilities = np.asarray(imagenet(_centre(shared_photos / "portraits/obama.jpg")))[0]

    groom, suit, windsor_tie = 982, 834, 906
    assert set(np.argsort(probabilities)[-3:].tolist()) == {groom, suit, windsor_tie}


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
