"""Where on a face an answer came from.

Where the feature map is simply averaged before the last layer, that layer's weights tell exactly how much
each place spoke for one answer and against the other (class activation map; Zhou et al. 2016): no gradient
and no TensorFlow is needed. For other heads the gradient says it nearly (Grad-CAM; Selvaraju et al. 2017).
A map of two by two places says nothing of a face, though. There each place is smeared in turn, and what the answer
loses by it is what the place had to say (occlusion; Zeiler and Fergus 2014): any network can be asked so.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model import quiet
from model.card import HEAD, KERAS
from model.classifier import Floats
from model.faces import Pixels
from model.registry import Artifact

# A map with fewer places a side than this is too coarse for a face.
FINE_ENOUGH = 5
_PLACES = 8
_SMEARED_AROUND = 0.09  # of the side: the reach of one smeared place
_SMEAR = 0.08  # of the side: how far it is smeared, so that an eye or a beard is gone
_LEAST = 1e-6


@dataclass(frozen=True)
class HeatMap:
    """Both maps are as large as the crop.

    `heat`, 0 to 1: how much a place spoke for the answer. `evidence`, -1 to 1: above zero for the answer,
    below zero for the other one; 1 is the place that said most.
    """

    heat: Floats
    evidence: Floats
    method: str


def explain(
    artifact: Artifact,
    crop: Pixels,
    features: Floats,
    label: int,
    ask: Callable[[Pixels], Floats] | None = None,
) -> HeatMap:
    """Why this crop (SxSx3, with its feature map HxWxC) would be answered with LABELS[label].

    `ask` gives the probabilities of more crops; with it a coarse feature map is passed over.
    """
    if ask is not None and min(features.shape[:2]) < FINE_ENOUGH:
        return _heat_map(occlusion(ask, crop, label), len(crop), "occlusion")
    if HEAD in artifact.card.files:
        with np.load(io.BytesIO(artifact.content(HEAD)), allow_pickle=False) as head:
            return _heat_map(class_activation(features, head["kernel"], label), len(crop), "activation")
    return _heat_map(grad_cam(artifact.path(KERAS), crop, label), len(crop), "gradient")


def occlusion(ask: Callable[[Pixels], Floats], crop: Pixels, label: int) -> Floats:
    """How far smearing each place moves the answer `label` towards the other one, in log odds; 8 x 8 places."""
    side = len(crop)
    smeared = cv2.GaussianBlur(crop, (0, 0), _SMEAR * side).astype(np.float32)
    places = (np.arange(_PLACES) + 0.5) / _PLACES * side - 0.5
    reach = np.exp(-0.5 * ((np.arange(side) - places[:, None]) / (_SMEARED_AROUND * side)) ** 2)
    how_much = np.einsum("ih,jw->ijhw", reach, reach).reshape(-1, side, side, 1).astype(np.float32)
    changed = crop + how_much * (smeared - crop)
    answers = ask(np.concatenate([crop[None], changed.round().astype(np.uint8)]))
    odds = np.log(np.maximum(answers[:, label], _LEAST)) - np.log(np.maximum(answers[:, 1 - label], _LEAST))
    lost: Floats = (odds[0] - odds[1:]).reshape(_PLACES, _PLACES).astype(np.float32)
    return lost


def class_activation(features: Floats, kernel: Floats, label: int) -> Floats:
    """How far each place of the map moves the answer `label` away from the other one; HxW."""
    towards: Floats = features @ (kernel[:, label] - kernel[:, 1 - label])
    return towards


def grad_cam(model: Path, crop: Pixels, label: int) -> Floats:
    """The same by the gradient of the two answers' difference, before Grad-CAM cuts off what is negative."""
    tf = quiet.tensorflow()
    network = _open(model, model.stat().st_mtime_ns)
    with tf.GradientTape() as tape:
        features, logits = network(crop[None].astype(np.float32), training=False)
        difference = logits[0, label] - logits[0, 1 - label]
    gradient = tape.gradient(difference, features)
    weights = tf.reduce_mean(gradient, axis=(1, 2))
    towards: Floats = tf.einsum("bhwc,bc->hw", features, weights).numpy()
    return towards


@lru_cache(maxsize=2)
def _open(model: Path, _changed_at: int) -> Any:
    import keras

    network = keras.models.load_model(model, compile=False, safe_mode=True)
    return keras.Model(network.input, [network.output["features"], network.get_layer("logits").output])


def _heat_map(towards: Floats, size: int, method: str) -> HeatMap:
    large = cv2.resize(towards, (size, size), interpolation=cv2.INTER_LINEAR)
    most = float(np.abs(large).max())
    evidence = large / most if most > 0 else large
    heat = np.maximum(evidence, 0)
    hottest = float(heat.max())
    return HeatMap(heat / hottest if hottest > 0 else heat, evidence, method)
