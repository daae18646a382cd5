"""Our detector beside stock mtcnn, on the same pictures in the same run: `python -m benchmarks.faces`.

Prints time per picture, recall and precision at IoU 0.5 where the truth is known, what either takes for a face where
there is none, and the peak memory on the picture that is worst for it. Needs RUPA_DATA.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image, ImageOps

from benchmarks.contenders import peak_mb, stock_box
from benchmarks.crowds import Box, compose, known_box, matched, portraits, tiling
from model.mtcnn import Mtcnn

Pixels = NDArray[np.uint8]
Answer = list[tuple[Box, float]]
Finder = Callable[[Pixels], Answer]


def ours() -> Finder:
    detector = Mtcnn()
    return lambda pixels: [(face.box, face.score) for face in detector.detect(pixels)]


def stock() -> Finder:
    from mtcnn import MTCNN

    detector = MTCNN()

    def find(pixels: Pixels) -> Answer:
        found: list[dict[str, Any]] = detector.detect_faces(pixels)
        return [(stock_box(face), float(face["confidence"])) for face in found]

    return find


def read(path: Path) -> Pixels:
    return np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def at_width(pixels: Pixels, width: int) -> Pixels:
    factor = width / pixels.shape[1]
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def speed(finders: dict[str, Finder], pictures: dict[str, list[Pixels]], rounds: int) -> None:
    print(f"\n{'ms a picture (median)':34}{'stock':>9}{'ours':>9}{'ratio':>8}   faces stock/ours")
    for title, some in pictures.items():
        times: dict[str, list[float]] = {name: [] for name in finders}
        faces = {name: sum(len(find(pixels)) for pixels in some) for name, find in finders.items()}
        for _ in range(rounds):
            for pixels in some:
                for name, find in finders.items():
                    start = time.perf_counter()
                    find(pixels)
                    times[name].append(1000 * (time.perf_counter() - start))
        theirs, mine = median(times["stock"]), median(times["ours"])
        print(f"{title:34}{theirs:9.1f}{mine:9.1f}{theirs / mine:7.1f}x   {faces['stock']}/{faces['ours']}")


def parity(finders: dict[str, Finder], pictures: list[tuple[Pixels, list[Box]]], title: str) -> None:
    for name, find in finders.items():
        hits = found = known = 0
        for pixels, truth in pictures:
            boxes = [box for box, _ in find(pixels)]
            hits, found, known = hits + matched(truth, boxes), found + len(boxes), known + len(truth)
        print(
            f"{title:34}{name:>6}: recall {hits / known:.4f}  precision {hits / found:.4f}  of {known} faces"
        )


def nobody(finders: dict[str, Finder], folders: list[Path]) -> None:
    print("\nWhere there is no face, the highest score that each gives")
    for path in [path for folder in folders for path in sorted(folder.iterdir())]:
        pixels = read(path)
        scores = {name: max((s for _, s in find(pixels)), default=0.0) for name, find in finders.items()}
        if any(scores.values()):
            print(f"  {path.name:32} " + "  ".join(f"{name} {score:.3f}" for name, score in scores.items()))
    print("  (all others: none)")


def worst_case(data: Path) -> None:
    """Peak memory of a process that does nothing but look at the tiling of 32 px faces."""
    pixels = tiling(portraits(data / "celeba" / "aligned.parquet", 64, 5))
    start = time.perf_counter()
    found = ours()(pixels)
    most_mb = peak_mb(psutil.Process())
    print(
        f"tiling 1024 x 1024 of 32 px faces: {len(found)} faces, {time.perf_counter() - start:.2f} s, {most_mb:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowds", type=int, default=200, help="composed group pictures")
    parser.add_argument("--singles", type=int, default=500, help="photos of one face")
    parser.add_argument("--rounds", type=int, default=3, help="timed rounds")
    parser.add_argument("--worst-case", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    data = Path(os.environ["RUPA_DATA"]).resolve()
    if arguments.worst_case:
        worst_case(data)
        return
    photos = data.parent / "photos"
    celeba = data / "celeba" / "aligned.parquet"
    finders = {"stock": stock(), "ours": ours()}
    [many] = compose(celeba, photos / "no_face", 1, seed=48)
    portraits_here = sorted((photos / "portraits").iterdir())[:6]
    speed(
        finders,
        {
            "640 px": [at_width(read(path), 640) for path in portraits_here],
            "1920 px": [at_width(read(path), 1920) for path in sorted((photos / "full_size").iterdir())],
            "48 faces, 1 MP": [many.pixels],
            "48 faces, 1920 px": [at_width(many.pixels, 1920)],
        },
        arguments.rounds,
    )
    print()
    crowds = [(c.pixels, c.truth) for c in compose(celeba, photos / "no_face", arguments.crowds)]
    parity(finders, crowds, f"{arguments.crowds} group pictures")
    singles = [(pixels, [known_box()]) for pixels in portraits(celeba, arguments.singles, 9)]
    parity(finders, singles, f"{arguments.singles} single photos")
    nobody(finders, [photos / "no_face", photos / "odd"])
    print()
    subprocess.run([sys.executable, "-m", "benchmarks.faces", "--worst-case"], check=True)


if __name__ == "__main__":
    main()
