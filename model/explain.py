"""Where on a face an answer came from.

Where the feature map is simply averaged before the last layer, that layer's weights tell exactly how much
each place spoke for one answer and against the other (class activation map; Zhou et al. 2016): no gradient
and no TensorFlow is needed. For other heads the gradient says it nearly (Grad-CAM; Selvaraju et al. 2017).
"""

import io
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


@dataclass(frozen=True)
class HeatMap:
    """Both maps are as large as the crop.

    `heat`, 0 to 1: how much a place spoke for the answer. `evidence`, -1 to 1: above zero for the answer,
    below zero for the other one; 1 is the place that said most.
    """

    heat: Floats
    evidence: Floats
    method: str


def explain(artifact: Artifact, crop: Pixels, features: Floats, label: int) -> HeatMap:
    """Why this crop (SxSx3, with its feature map HxWxC) would be answered with LABELS[label]."""
    if HEAD in artifact.card.files:
        with np.load(io.BytesIO(artifact.content(HEAD)), allow_pickle=False) as head:
            return _heat_map(class_activation(features, head["kernel"], label), len(crop), "activation")
    return _heat_map(grad_cam(artifact.path(KERAS), crop, label), len(crop), "gradient")


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
