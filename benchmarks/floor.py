"""How near the whole way of a photo is to what it cannot be quicker than: `python -m benchmarks.floor [--rounds 15]`.

The floor is to decode the file once at the size that is worked on, and to run each network once on what it is given:
no process in between, no pyramid, no crops, no waiting. Prints both and their ratio. Needs RUPA_DATA.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.all import PHOTO, machine, of_48, sizes
from model import classifier, images, registry
from model.decoding import decode
from model.mtcnn import Mtcnn
from model.mtcnn_networks import LiteRTNetworks
from model.pipeline import Pipeline
from model.service import Service


class Timed:
    """Stands before an engine or a set of networks, and counts the time inside."""

    def __init__(self, inside: Any, names: tuple[str, ...]) -> None:
        self._inside, self._names = inside, names
        self.ms = 0.0

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._inside, name)
        return self._counted(asked) if name in self._names else asked

    def _counted(self, asked: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            start = time.perf_counter()
            try:
                return asked(*given)
            finally:
                self.ms += 1000 * (time.perf_counter() - start)

        return run

    def taken(self) -> float:
        ms, self.ms = self.ms, 0.0
        return ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    data = Path(os.environ["RUPA_DATA"]).resolve()
    active = registry.open_active(lambda artifact: classifier.load(artifact, "cpu"))
    nets, answers = Timed(LiteRTNetworks(), ("pnet", "rnet", "onet")), Timed(active.engine, ("predict",))
    card = active.artifact.card
    pipeline = Pipeline(
        Mtcnn(lambda: nets, 1), Service(answers), input_size=card.input_size, sure_at=card.sure_at
    )
    images.warm()
    print(machine())
    print(
        f"\n{'median ms':22}{'decode':>9}{'detector':>10}{'classifier':>12}{'floor':>8}{'whole':>8}{'ratio':>7}"
    )
    with TemporaryDirectory() as folder:
        files = sizes(data.parent / "photos" / PHOTO, Path(folder))
        files["1 MP, 48 faces"], _ = of_48(data, Path(folder))
        for title, path in files.items():
            laps = np.array([lap(pipeline, nets, answers, path.read_bytes()) for _ in range(rounds + 2)][2:])
            alone, detector, network, whole = (median(column) for column in laps.T)
            floor = alone + detector + network
            print(
                f"{title:22}{alone:9.1f}{detector:10.1f}{network:12.1f}{floor:8.1f}{whole:8.1f}{whole / floor:7.2f}"
            )


def lap(pipeline: Pipeline, nets: Timed, answers: Timed, file: bytes) -> tuple[float, float, float, float]:
    """Milliseconds: to decode it in this process, inside the detector's networks, inside the classifier, and whole."""
    start = time.perf_counter()
    reading = pipeline.read(file)
    whole = 1000 * (time.perf_counter() - start)
    assert reading.faces
    start = time.perf_counter()
    decoded = decode(file, "JPEG", images.WORKING_PX)
    np.asarray(decoded.cut((0, 0, *decoded.size)))
    return 1000 * (time.perf_counter() - start), nets.taken(), answers.taken(), whole


if __name__ == "__main__":
    main()
