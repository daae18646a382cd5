"""A trained network to a finished model in its folder: three outputs, two formats, one card.

The finished network carries its own calibration, and nothing that a bare Keras would not know: it opens
with `safe_mode=True` wherever Keras is. Both files are opened again and compared before the folder appears.
"""

import contextlib
import io
import json
import logging
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model import atomic, halves, quiet
from model import card as cards
from model.card import HEAD, KERAS, LABELS, LITERT, Card
from model.classifier import OUTPUTS, Floats, LiteRTEngine, Prediction, TensorFlowEngine
from model.faces import Pixels

if TYPE_CHECKING:
    import keras

AGREE_WITHIN = 1e-4
MOVED_AT_MOST = 0.01
log = logging.getLogger(__name__)


class ExportError(Exception):
    """The network cannot become a finished model; the text says why."""


def write_artifact(
    folder: Path, network: "keras.Model", temperature: float, crops: Pixels, **about: Any
) -> Card:
    """Write the finished model into the new folder `folder`, which appears whole or not at all.

    `network` takes pixels 0..255 and ends in a dense layer of two, as logits or softmax. `crops` are real
    faces to compare the files on; `about` are the card's remaining fields.
    """
    if folder.exists():
        raise FileExistsError(f"{folder.name} exists already; a finished model is never overwritten.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_written = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    half_written.mkdir()
    try:
        finished = finish(network, temperature)
        try:
            _write_halves(half_written, finished, crops)
        except ExportError as error:
            log.warning("The weights of %s are kept in full precision: %s", folder.name, error)
            _write(half_written, finished, crops)
        files = {path.name: cards.sha256(path) for path in sorted(half_written.iterdir())}
        size = int(finished.input_shape[1])
        card = Card(files=files, labels=LABELS, input_size=size, temperature=temperature, **about)
        cards.write(half_written, card)
        for path in half_written.iterdir():
            _sync_file(path)
        half_written.rename(folder)
        atomic.sync(folder.parent)
    finally:
        shutil.rmtree(half_written, ignore_errors=True)
    return card


def finish(network: "keras.Model", temperature: float) -> "keras.Model":
    """The same network in float32 with the outputs probabilities (calibrated), features and embedding."""
    import keras

    for layer in _layers(network):
        if layer.name.startswith("_"):
            raise ExportError(f"LiteRT cannot take {layer.name}: a layer's name must not begin with _.")
        if isinstance(layer, keras.layers.Lambda):
            raise ExportError(f"The network holds code of its own, the Lambda {layer.name}.")
    copy = keras.models.clone_model(network, clone_function=_in_float32, recursive=True)
    copy.set_weights(network.get_weights())
    dense = _last_dense(copy)
    features = _feature_map(copy)
    embedding = dense.input
    logits = keras.layers.Dense(len(LABELS), name="logits")
    probabilities = keras.layers.Softmax(name="probabilities")(logits(embedding))
    logits.set_weights([weight / temperature for weight in dense.get_weights()])
    outputs = dict(zip(OUTPUTS, (probabilities, features, embedding), strict=True))
    return keras.Model(copy.input, outputs, name=network.name)


def to_litert(finished: "keras.Model", half: bool = False) -> bytes:
    """The network as a LiteRT file of any batch size; its weights are stored in float32, or in half of that."""
    tf = quiet.tensorflow()
    with contextlib.redirect_stdout(io.StringIO()), quiet.stderr_closed():
        converter = tf.lite.TFLiteConverter.from_keras_model(finished)
        if half:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        data: bytes = converter.convert()
    return data


def check_agreement(keras_file: Path, litert_file: Path, crops: Pixels) -> Prediction:
    """Both files' answers to the crops and to noise, if they are numbers and agree; else `ExportError`."""
    ours, theirs = LiteRTEngine(litert_file.read_bytes()), TensorFlowEngine(keras_file)
    noise = np.random.default_rng(0).integers(0, 256, (9, *crops.shape[1:]), np.uint8)
    asked = np.concatenate([crops, noise])
    found, expected = ours.predict(asked), theirs.predict(asked)
    for name in OUTPUTS:
        one, other = getattr(found, name), getattr(expected, name)
        if one.shape != other.shape:
            raise ExportError(f"{name} has the shape {one.shape} in LiteRT, and {other.shape} in Keras.")
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            raise ExportError(f"{name} is not a number everywhere.")
        apart = float(np.abs(one - other).max()) / max(1.0, float(np.abs(other).max()))
        if apart > AGREE_WITHIN:
            raise ExportError(
                f"{name} is {apart:.1e} apart in LiteRT and Keras; at most {AGREE_WITHIN} may be."
            )
    if found.probabilities.shape[1] != len(LABELS):
        raise ExportError(f"There are {found.probabilities.shape[1]} answers, not {len(LABELS)}.")
    return found


def _write_halves(folder: Path, finished: "keras.Model", crops: Pixels) -> None:
    """Both files with weights that half precision holds: the small file then answers as the large one."""
    import keras

    rounded = keras.models.clone_model(finished, recursive=True)
    rounded.set_weights(finished.get_weights())
    halves.round_weights(_layers(rounded))
    answers = _write(folder, rounded, crops, half=True)
    exact = np.asarray(finished(crops.astype(np.float32))["probabilities"])
    moved = float(np.abs(answers.probabilities[: len(crops)] - exact).max())
    if not moved <= MOVED_AT_MOST:
        raise ExportError(f"rounding moves probabilities by {moved:.1e}; at most {MOVED_AT_MOST} may be.")


def _write(folder: Path, finished: "keras.Model", crops: Pixels, half: bool = False) -> Prediction:
    finished.save(folder / KERAS)
    _check_is_plain(folder / KERAS)
    (folder / LITERT).write_bytes(to_litert(finished, half))
    answers = check_agreement(folder / KERAS, folder / LITERT, crops)
    (folder / HEAD).unlink(missing_ok=True)
    if _is_pooled(answers):
        kernel, bias = finished.get_layer("logits").get_weights()
        np.savez(folder / HEAD, kernel=kernel, bias=bias)
    return answers


def _in_float32(layer: "keras.Layer") -> "keras.Layer":
    """What was trained in half precision answers in full: processors have no half."""
    import keras

    # A bare operation, such as a mirror image, has no type of its own.
    dtype = {"dtype": "float32"} if isinstance(layer, keras.layers.Layer) else {}
    return layer.__class__.from_config(layer.get_config() | dtype)


def _last_dense(network: "keras.Model") -> "keras.Layer":
    import keras

    last, before = network.layers[-1], network.layers[-2]
    is_softmax = isinstance(last, keras.layers.Softmax) or (
        isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax
    )
    dense = before if is_softmax else last
    ends = (
        (keras.activations.linear,) if is_softmax else (keras.activations.linear, keras.activations.softmax)
    )
    right = isinstance(dense, keras.layers.Dense) and dense.units == len(LABELS) and dense.activation in ends
    if not right or not dense.use_bias:
        raise ExportError("The network has to end in a dense layer of two with a bias, as logits or softmax.")
    return dense


def _feature_map(network: "keras.Model") -> "keras.KerasTensor":
    maps = [layer.input for layer in network.layers if len(getattr(layer.input, "shape", ())) == 4]
    if not maps:
        raise ExportError("The network has no feature map.")
    return maps[-1]


def _layers(network: "keras.Model") -> Iterator["keras.Layer"]:
    for layer in network.layers:
        yield layer
        yield from _layers(layer) if hasattr(layer, "layers") else ()


def _check_is_plain(file: Path) -> None:
    """Refuse what only this program could open."""
    with zipfile.ZipFile(file) as archive:
        waiting: list[Any] = [json.loads(archive.read("config.json"))]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            room = str(part.get("module") or "keras").partition(".")[0]
            if room not in ("keras", "builtins"):
                raise ExportError(f"The network holds {part['class_name']}, which plain Keras does not know.")
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _is_pooled(answers: Prediction) -> bool:
    """Whether the embedding is the mean of the feature map: then the dense weights alone explain an answer."""
    pooled: Floats = answers.features.mean(axis=(1, 2))
    return pooled.shape == answers.embedding.shape and bool(np.allclose(pooled, answers.embedding, atol=1e-4))


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
