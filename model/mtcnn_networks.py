"""MTCNN's three networks: on LiteRT, which is the quickest on a processor, or on TensorFlow for a graphics card."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model import quiet

Floats = NDArray[np.float32]

PRETRAINED = Path(__file__).parent / "pretrained"


class Networks(Protocol):
    """The three networks. Each takes float32 pixels from 0 to 255, and answers boxes, (landmarks,) faceness."""

    def pnet(self, segments: Floats) -> tuple[Floats, Floats]: ...
    def rnet(self, patches: Floats) -> tuple[Floats, Floats]: ...
    def onet(self, patches: Floats) -> tuple[Floats, Floats, Floats]: ...


class LiteRTNetworks:
    """One set of interpreters, for one thread at a time."""

    def __init__(self, threads: int = 2) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with quiet.stderr_closed():  # it announces itself, and its delegate at the first answer
            self._nets: dict[str, Any] = {
                name: Interpreter(str(PRETRAINED / f"mtcnn_{name}.tflite"), num_threads=threads)
                for name in ("pnet", "rnet", "onet")
            }
            self._shapes: dict[str, tuple[int, ...]] = {}
            self._run("pnet", np.zeros((1, 12, 12, 3), np.float32))

    def _run(self, name: str, batch: Floats) -> list[Floats]:
        net = self._nets[name]
        index = net.get_input_details()[0]["index"]
        if self._shapes.get(name) != batch.shape:
            net.resize_tensor_input(index, batch.shape)
            net.allocate_tensors()
            self._shapes[name] = batch.shape
        net.set_tensor(index, batch)
        net.invoke()
        return [net.get_tensor(output["index"]) for output in net.get_output_details()]

    def pnet(self, segments: Floats) -> tuple[Floats, Floats]:
        answers = [self._run("pnet", segments[i : i + 1]) for i in range(len(segments))]
        return np.concatenate([a[0] for a in answers]), np.concatenate([a[1] for a in answers])

    def rnet(self, patches: Floats) -> tuple[Floats, Floats]:
        boxes, scores = self._run("rnet", patches)
        return boxes, scores

    def onet(self, patches: Floats) -> tuple[Floats, Floats, Floats]:
        boxes, landmarks, scores = self._run("onet", patches)
        return boxes, landmarks, scores


class TensorFlowNetworks:
    """The same networks on a GPU; safe for many threads."""

    def __init__(self) -> None:
        from model.pretrained.convert_mtcnn import callable_network

        self._constant = quiet.tensorflow().constant
        self._nets = {name: callable_network(name) for name in ("pnet", "rnet", "onet")}

    def pnet(self, segments: Floats) -> tuple[Floats, Floats]:
        boxes, scores = self._nets["pnet"](self._constant(segments))
        return boxes.numpy(), scores.numpy()

    def rnet(self, patches: Floats) -> tuple[Floats, Floats]:
        boxes, scores = self._nets["rnet"](self._constant(patches))
        return boxes.numpy(), scores.numpy()

    def onet(self, patches: Floats) -> tuple[Floats, Floats, Floats]:
        boxes, landmarks, scores = self._nets["onet"](self._constant(patches))
        return boxes.numpy(), landmarks.numpy(), scores.numpy()
