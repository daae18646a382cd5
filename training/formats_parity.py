"""How far another format answers as the model itself: the same faces to both, in the runtime that the format is for."""

import json
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from model import classifier
from model.classifier import MAX_THREADS, OUTPUTS, LiteRTEngine, Prediction, TensorFlowEngine
from model.faces import Pixels

PARITY = "parity.json"
_TURNS, _WARMING, _TIMED = 4, 3, 10
_AT_ONCE = 8
_RUNTIMES = {
    "keras": ("keras", "tensorflow-cpu", "tensorflow"),
    "onnx": ("onnxruntime",),
    "litert": ("ai-edge-litert",),
    "litert-int8": ("ai-edge-litert",),
}


@dataclass(frozen=True)
class Parity:
    """What `parity.json` says. Differences are of probabilities; times of one face at a time, on one machine.

    `numbers` is how the file calculates: `float32`; `int8` (everything but the ends), or `int8 weights` (calculating
    in float32). `tried` has the share of faces with the same label for each kind of numbers that was tried.
    """

    model: str
    keras_sha256: str
    kind: str
    file: str
    file_sha256: str
    file_bytes: int
    keras_bytes: int
    numbers: str
    opset: int | None
    faces: int
    faces_from: str
    calibrated_on: int
    same_label: float
    largest_difference: float
    mean_difference: float
    ms_per_face: float
    keras_ms_per_face: float
    runtime: str
    processors: int
    tried: Mapping[str, float]

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    @staticmethod
    def parse(data: bytes) -> "Parity":
        raw = json.loads(data)
        if not isinstance(raw, dict) or set(raw) != {field.name for field in fields(Parity)}:
            raise ValueError("This is no parity report.")
        return Parity(**raw)


@dataclass(frozen=True)
class Difference:
    """Of two answers to the same faces. `elsewhere` is the largest of features and embedding, as a share."""

    same_label: float
    largest: float
    mean: float
    elsewhere: float


class Runtime(Protocol):
    def predict(self, crops: Pixels) -> Prediction: ...


class OnnxRuntime:
    """Runs an ONNX file on the processor, with as many threads as our own engine."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # on Windows it would tell its maker
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(MAX_THREADS, os.cpu_count() or 1)
        options.log_severity_level = 3
        # Threads that wait by counting would slow down whatever else is at work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            file.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        [pixels] = self._session.get_inputs()
        self._input = pixels.name
        self.input_size = int(pixels.shape[1])

    def predict(self, crops: Pixels) -> Prediction:
        classifier.check(crops, self.input_size)
        starts = range(0, len(crops), _AT_ONCE)
        return Prediction.joined([self._ask(crops[start : start + _AT_ONCE]) for start in starts])

    def _ask(self, crops: Pixels) -> Prediction:
        answers = self._session.run(list(OUTPUTS), {self._input: crops.astype(np.float32)})
        return Prediction(*answers)


def opened(kind: str, file: Path) -> Runtime:
    """The file in the runtime that it is for."""
    if kind == "keras":
        return TensorFlowEngine(file)
    if kind == "onnx":
        return OnnxRuntime(file)
    return LiteRTEngine(file.read_bytes())


def difference(found: Prediction, expected: Prediction) -> Difference:
    """Infinite where an answer is no number, so that no limit ever lets it pass."""
    for name in OUTPUTS:
        one, other = getattr(found, name), getattr(expected, name)
        if one.shape != other.shape or not np.isfinite(one).all():
            return Difference(0.0, np.inf, np.inf, np.inf)
    apart = np.abs(found.probabilities - expected.probabilities)
    same = found.probabilities.argmax(axis=1) == expected.probabilities.argmax(axis=1)
    elsewhere = max(
        float(np.abs(getattr(found, name) - getattr(expected, name)).max())
        / max(1.0, float(np.abs(getattr(expected, name)).max()))
        for name in OUTPUTS[1:]
    )
    return Difference(float(same.mean()), float(apart.max()), float(apart.mean()), elsewhere)


def ms_per_face(
    runtimes: Sequence[Runtime], faces: Pixels, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Of each, the fastest of many single faces, taken in turns: other work on the machine disturbs that least."""
    best = [math.inf] * len(runtimes)
    for _ in range(_TURNS):
        for place, runtime in enumerate(runtimes):
            for number in range(_WARMING + _TIMED):
                face = faces[number % len(faces) : number % len(faces) + 1]
                began = clock()
                runtime.predict(face)
                took = 1000 * (clock() - began)
                if number >= _WARMING:
                    best[place] = min(best[place], took)
    return best


def runtime_name(kind: str) -> str:
    there: list[str] = []
    for package in _RUNTIMES[kind]:
        try:
            there.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(there)


def as_text(parity: Parity) -> list[str]:
    """The report in plain words, one sentence a line."""
    beside = "" if parity.kind == "keras" else f", {parity.keras_ms_per_face:.1f} ms in TensorFlow"
    lines = [
        f"{parity.file}: {parity.file_bytes / 1e6:.1f} MB (the Keras file: {parity.keras_bytes / 1e6:.1f} MB), "
        f"numbers: {parity.numbers}" + (f", opset {parity.opset}." if parity.opset else "."),
        f"Same label on {100 * parity.same_label:.1f}% of {parity.faces:,} faces ({parity.faces_from}); "
        f"probabilities at most {parity.largest_difference:.4f} apart, {parity.mean_difference:.5f} on average.",
        f"One face: {parity.ms_per_face:.1f} ms in {parity.runtime}{beside}, on {parity.processors} processors.",
    ]
    if parity.calibrated_on:
        lines.append(f"The ranges of its numbers were chosen on {parity.calibrated_on} other faces.")
    missed: Mapping[str, Any] = {
        name: share for name, share in parity.tried.items() if name != parity.numbers
    }
    lines += [
        f"Tried before and not kept: {name}, the same label on {100 * share:.1f}%."
        for name, share in missed.items()
    ]
    return lines
