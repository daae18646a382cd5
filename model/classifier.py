"""Aligned crops to answers. Two engines, one answer (within 1e-4).

LiteRT is for processors: it opens in a fraction of a second and never imports TensorFlow. TensorFlow is for
graphics cards. Scaling of pixels and calibration are inside the network, so an engine takes pixels as they
are. Who asks when, and in which batches, is the business of `service.py`.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from model import quiet
from model.card import KERAS, LABELS, LITERT, ModelError
from model.faces import CROP_VERSION, Pixels
from model.registry import Artifact

OUTPUTS = ("probabilities", "features", "embedding")
DEVICES = ("auto", "cpu", "gpu")
BATCHES = (8, 1)
TENSORFLOW_BATCH = 64
MAX_THREADS = 4

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """For N crops: calibrated probabilities Nx2, last feature map NxHxWxC, embedding NxD."""

    probabilities: Floats
    features: Floats
    embedding: Floats

    def __len__(self) -> int:
        return len(self.probabilities)

    def part(self, start: int, stop: int) -> "Prediction":
        return Prediction(*(getattr(self, name)[start:stop] for name in OUTPUTS))

    @staticmethod
    def joined(parts: "list[Prediction]") -> "Prediction":
        return Prediction(*(np.concatenate([getattr(part, name) for part in parts]) for name in OUTPUTS))


class Engine(Protocol):
    """A network that is ready. Any thread may ask it."""

    @property
    def kind(self) -> str: ...
    @property
    def device(self) -> str: ...
    @property
    def input_size(self) -> int: ...
    def predict(self, crops: Pixels) -> Prediction: ...


class LiteRTEngine:
    """Runs `model.tflite` on the processor.

    Preparing an interpreter for another batch size costs more than running it, so there is one for eight
    crops and one for a single one. What an answer is does not depend on which of the two gave it: they agree
    to the last bit, which a test holds.
    """

    kind = "litert"
    device = "cpu"

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        from ai_edge_litert.interpreter import Interpreter

        threads = threads or min(MAX_THREADS, os.cpu_count() or 1)
        with quiet.stderr_closed():  # it announces itself
            self._interpreters = {n: Interpreter(model_content=model, num_threads=threads) for n in BATCHES}
            for batch, interpreter in self._interpreters.items():
                pixels = interpreter.get_input_details()[0]
                interpreter.resize_tensor_input(pixels["index"], [batch, *pixels["shape"][1:].tolist()])
                interpreter.allocate_tensors()
        self._input = int(pixels["index"])
        self.input_size = int(pixels["shape"][1])
        outputs = interpreter.get_signature_runner().get_output_details()
        self._outputs = {name: int(outputs[name]["index"]) for name in OUTPUTS}
        self._shapes = {name: outputs[name]["shape"][1:].tolist() for name in OUTPUTS}
        self._one_at_a_time = threading.Lock()

    def predict(self, crops: Pixels) -> Prediction:
        check(crops, self.input_size)
        found = {name: np.empty((len(crops), *self._shapes[name]), np.float32) for name in OUTPUTS}
        start = 0
        while start < len(crops):
            batch = next(n for n in BATCHES if n <= len(crops) - start)
            interpreter: Any = self._interpreters[batch]
            with self._one_at_a_time:
                interpreter.set_tensor(self._input, crops[start : start + batch].astype(np.float32))
                interpreter.invoke()
                for name, index in self._outputs.items():
                    found[name][start : start + batch] = interpreter.get_tensor(index)
            start += batch
        return Prediction(**found)


class TensorFlowEngine:
    """Runs `model.keras`, on a graphics card where there is one."""

    kind = "tensorflow"

    def __init__(self, model: Path) -> None:
        tf = quiet.tensorflow()
        gpus = tf.config.list_physical_devices("GPU")
        self.device = "gpu" if gpus else "cpu"
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)  # a trainer may want the rest of it
        network = tf.keras.models.load_model(model, compile=False, safe_mode=True)
        self.input_size = int(network.input_shape[1])
        pixels = tf.TensorSpec([None, *network.input_shape[1:]], tf.float32)
        self._run = tf.function(lambda x: network(x, training=False), input_signature=[pixels])
        try:
            self._nothing = self._ask(np.zeros((1, *network.input_shape[1:]), np.uint8)).part(0, 0)
        except tf.errors.OpError as error:
            raise RuntimeError("TensorFlow cannot run the network here.") from error

    def predict(self, crops: Pixels) -> Prediction:
        check(crops, self.input_size)
        starts = range(0, len(crops), TENSORFLOW_BATCH)
        parts = [self._ask(crops[start : start + TENSORFLOW_BATCH]) for start in starts]
        return Prediction.joined([self._nothing, *parts])

    def _ask(self, crops: Pixels) -> Prediction:
        outputs = self._run(crops.astype(np.float32))
        return Prediction(**{name: outputs[name].numpy() for name in OUTPUTS})


def load(artifact: Artifact, device: str | None = None) -> Engine:
    """The model, ready to answer, on `device` or else `RUPA_DEVICE`.

    `auto` takes a graphics card where one answers; `gpu` takes TensorFlow in any case, and the engine's
    `device` says what it found.
    """
    device = device or os.environ.get("RUPA_DEVICE") or "auto"
    if device not in DEVICES:
        raise ModelError("device_unknown", device=device[:64], devices=", ".join(DEVICES))
    if artifact.card.crop != CROP_VERSION:
        raise ModelError("other_crop", crop=artifact.card.crop)
    if device == "gpu":
        return _open_tensorflow(artifact)
    if device == "auto" and gpu_answers():
        try:
            return _open_tensorflow(artifact)
        except ModelError as error:
            log.warning("The graphics card is not used: %s", error, exc_info=error)
    return _open(artifact, lambda: LiteRTEngine(artifact.content(LITERT)))


def gpu_answers() -> bool:
    """Whether TensorFlow sees a graphics card; it is asked only where the machine shows signs of one."""
    if not (shutil.which("nvidia-smi") or Path("/dev/nvidiactl").exists()):
        return False
    try:
        metadata.version("tensorflow-cpu")
    except metadata.PackageNotFoundError:
        return bool(quiet.tensorflow().config.list_physical_devices("GPU"))
    return False


def check(crops: Pixels, input_size: int) -> None:
    """Crops of another kind are a mistake of the caller."""
    if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (input_size, input_size, 3):
        raise ValueError(f"Crops are uint8 Nx{input_size}x{input_size}x3, not {crops.dtype} {crops.shape}.")


def _open_tensorflow(artifact: Artifact) -> Engine:
    return _open(artifact, lambda: TensorFlowEngine(artifact.path(KERAS)))


def _open(artifact: Artifact, make: Callable[[], Engine]) -> Engine:
    """The engine, once it has answered as the card says it does."""
    size = artifact.card.input_size
    try:
        engine = make()
        answer = engine.predict(np.zeros((1, size, size, 3), np.uint8)).probabilities
    except (ValueError, RuntimeError, KeyError, IndexError, TypeError, OSError, BadZipFile) as error:
        raise ModelError("model_broken", name=artifact.name) from error
    if answer.shape != (1, len(LABELS)) or not np.isfinite(answer).all():
        raise ModelError("model_broken", name=artifact.name)
    return engine
