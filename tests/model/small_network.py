"""Small networks and finished models made of them: real files, made in seconds, that answer something."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from model import card as cards
from model.faces import CROP_VERSION, Pixels
from model.registry import Artifact

SIZE = 32
TEMPERATURE = 1.5


def network(head: str = "pooled", size: int = SIZE) -> Any:
    """Three convolutions and a head: `pooled` (mean of the map) or `dense` (flat, 16 in between)."""
    from model import quiet

    quiet.tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    pixels = keras.Input((size, size, 3), name="pixels")
    x = layers.Rescaling(1 / 128, offset=-1, name="preprocess")(pixels)
    for number, filters in enumerate((8, 12, 16)):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", name=f"conv{number}")(x)
        x = layers.BatchNormalization(name=f"bn{number}")(x)
        x = layers.ReLU(6.0, name=f"relu{number}")(x)
    if head == "pooled":
        x = layers.GlobalAveragePooling2D(name="pool")(x)
    else:
        x = layers.Dense(16, activation="relu", name="hidden")(layers.Flatten(name="flat")(x))
    x = layers.Dropout(0.3, name="dropout")(x)
    dense = layers.Dense(2, activation="softmax", name="answer")
    made = keras.Model(pixels, dense(x), name="small")
    kernel, bias = dense.get_weights()
    dense.set_weights([kernel * 30, bias + np.array([0.1, -0.1], np.float32)])
    return made


def cat_or_coffee(size: int = 128) -> Any:
    """EfficientNet-Lite0 with ImageNet's weights, asked only whether it sees a tabby cat or an espresso."""
    from model import quiet

    quiet.tensorflow()
    import keras

    from training import efficientnet_lite

    taught = efficientnet_lite.build(
        input_shape=(size, size, 3), weights="imagenet", top=efficientnet_lite.IMAGENET_CLASSES
    )
    kernel, bias = taught.get_layer("classes").get_weights()
    dense = keras.layers.Dense(2, activation="softmax", name="answer")
    answer = dense(taught.get_layer("dropout").output)
    dense.set_weights([kernel[:, [281, 967]], bias[[281, 967]]])
    return keras.Model(taught.input, answer, name="cat_or_coffee")


def crops(count: int, size: int = SIZE, seed: int = 3) -> Pixels:
    """Blots of colour: smoother than noise, no two alike."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 4, 4, 3), np.uint8)
    return coarse.repeat(size // 4, axis=1).repeat(size // 4, axis=2)


def artifact(folder: Path, head: str = "pooled", size: int = SIZE, name: str = "small-1") -> Artifact:
    """A finished model in `folder`, a copy of the one that is made once for all who ask for the same."""
    shutil.copytree(_made(head, size, name), folder)
    return Artifact(name, folder, cards.read(folder), shipped=False)


def made(folder: Path, head: str = "pooled", size: int = SIZE, name: str = "small-1") -> Artifact:
    """A finished model in `folder`, made there and now."""
    from model import export

    card = export.write_artifact(folder, network(head, size), TEMPERATURE, crops(4, size), **about(name))
    return Artifact(name, folder, card, shipped=False)


@cache
def _made(head: str, size: int, name: str) -> Path:
    place = Path(tempfile.mkdtemp(prefix="rupa-small-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return made(place / "model", head, size, name).folder


def about(name: str = "small-1") -> dict[str, Any]:
    return {
        "name": name,
        "version": "1",
        "made": "2026-01-31T12:00:00+00:00",
        "backbone": "three convolutions",
        "crop": CROP_VERSION,
        "sure_at": 0.8,
        "trained_on": (),
        "recipe": {"head": "whatever"},
        "results": {},
        "fails_on": ("Everything: it was never trained.",),
        "not_for": ("Anything but tests.",),
    }
