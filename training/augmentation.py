"""Random changes to training photos, of Keras layers, batch by batch: the presets that a person can choose.

"everyday" is the exception: cameras and croppers are imitated photo by photo in `disturb.py`. Validation photos never
come here: `batches.views` knows nothing of augmentation.
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from training import disturb
from training.crops import FIELD

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Augment = Callable[[Floats, Floats, int], tuple[Floats, Floats]]

EVERYDAY = "everyday"
_BLACK_TO_WHITE = (0, 255)
_SAME_SATURATION = 0.5


class AugmentationError(ValueError):
    """There is no such augmentation; `code` is stable, the text is the sentence for a person."""

    code = "unknown_augmentation"


def by_name(name: str) -> Augment | None:
    """The preset as a function of (photos 0..255, labels as shares, seed); None for "everyday".

    The same seed gives the same changes, in whatever thread and order batches are made.
    """
    if name not in PRESETS:
        raise AugmentationError(f'There is no augmentation "{name}"; there are {", ".join(PRESETS)}.')
    if name == EVERYDAY:
        return None
    steps = PRESETS[name]()

    def augment(images: Floats, labels: Floats, seed: int) -> tuple[Floats, Floats]:
        if not steps:
            return images, labels
        # The layers' own generators would depend on what other threads drew before.
        dice = keras.random.SeedGenerator(seed)
        pixels, shares = keras.ops.convert_to_tensor(images), keras.ops.convert_to_tensor(labels)
        for step in steps:
            change = step.get_random_transformation(pixels, training=True, seed=dice)
            if isinstance(step, layers.MixUp):
                # A photo stays mostly itself: what else is known of it (age, race) is not mixed.
                weight = change["mix_weight"]
                change["mix_weight"] = keras.ops.maximum(weight, 1 - weight)
            pixels = step.transform_images(pixels, change, training=True)
            shares = step.transform_labels(shares, change, training=True)
        changed = np.clip(keras.ops.convert_to_numpy(pixels), *_BLACK_TO_WHITE)
        return changed.astype(np.float32), keras.ops.convert_to_numpy(shares).astype(np.float32)

    return augment


def variants(crop: Pixels, name: str, count: int, seed: int) -> list[Pixels]:
    """How the preset might change one wide crop (`crops.py`): `count` examples as training would see them.

    MixUp mixes it with itself only: there is no other photo.
    """
    size = round(crop.shape[0] / FIELD)
    augment = by_name(name)
    if augment is None:
        dice = np.random.default_rng(seed)
        changed = [disturb.disturb(crop, size, dice) for _ in range(count)]
    else:
        views = np.repeat(disturb.look(crop, size)[None].astype(np.float32), count, axis=0)
        changed = list(augment(views, np.zeros((count, 2), np.float32), seed)[0])
    return [np.rint(view).astype(np.uint8) for view in changed]


def _nothing() -> list[keras.Layer]:
    return []


def _light() -> list[keras.Layer]:
    """So little that no photo looks odd."""
    return [
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.05, 0.05, fill_mode="nearest"),
        layers.RandomZoom(0.1, fill_mode="nearest"),
        layers.RandomBrightness(0.1, value_range=_BLACK_TO_WHITE),
        layers.RandomContrast(0.15, value_range=_BLACK_TO_WHITE),
        layers.RandomSaturation((_SAME_SATURATION - 0.1, _SAME_SATURATION + 0.1), _BLACK_TO_WHITE),
    ]


def _seed() -> list[keras.Layer]:
    """As the student projects: turned by up to 20 degrees, shifted by up to a fifth, and mirrored."""
    return [
        layers.RandomRotation(20 / 360, fill_mode="nearest"),
        layers.RandomTranslation(0.2, 0.2, fill_mode="nearest"),
        layers.RandomFlip("horizontal"),
    ]


def _strong() -> list[keras.Layer]:
    """Everything at once, for few photos or many epochs."""
    return [
        layers.RandomRotation(20 / 360, fill_mode="nearest"),
        layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
        layers.RandomZoom(0.15, fill_mode="nearest"),
        layers.RandomShear(0.1, 0.1, fill_mode="nearest"),
        layers.RandomFlip("horizontal"),
        # Keras' RandomColorJitter draws from a generator of its own, whatever seed it is given.
        layers.RandomBrightness(0.2, value_range=_BLACK_TO_WHITE),
        layers.RandomContrast(0.3, value_range=_BLACK_TO_WHITE),
        layers.RandomSaturation((_SAME_SATURATION - 0.2, _SAME_SATURATION + 0.2), _BLACK_TO_WHITE),
        layers.RandomHue(0.04, value_range=_BLACK_TO_WHITE),
        layers.RandomErasing((0.5, 0.5), scale=(0.02, 0.15), fill_value=127, value_range=_BLACK_TO_WHITE),
        layers.MixUp(0.2),
    ]


PRESETS: dict[str, Callable[[], list[keras.Layer]]] = {
    "none": _nothing,
    "light": _light,
    "seed": _seed,
    "strong": _strong,
    EVERYDAY: _nothing,
}
