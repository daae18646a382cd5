"""The same answers from a terminal: `python -m model photo.jpg folder/ --json`."""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model import classifier, images, registry
from model.annotate import Mark, annotate
from model.card import ModelError
from model.images import MAX_BYTES, PhotoError
from model.mtcnn import MIN_FACE_PX, Mtcnn
from model.pipeline import Pipeline, Reading
from model.service import Service

SUFFIXES = {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".avif", ".gif", ".bmp", ".heic", ".heif"}
CSV_COLUMNS = (
    "file",
    "face",
    "x",
    "y",
    "width",
    "height",
    "score",
    "label",
    "confidence",
    "female",
    "male",
    "error",
)
FEW = 3


def main(arguments: list[str] | None = None) -> int:
    choice = _parser().parse_args(arguments)
    files = list(_files(choice.paths))
    if not files:
        print("There is no picture in what you named.", file=sys.stderr)
        return 1
    try:
        pipeline = open_pipeline(choice.model)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    readings = pipeline.read_many(((str(path), _opener(path)) for path in files), min_face_px=choice.min_face)
    if len(files) > FEW and sys.stderr.isatty():
        readings = _with_progress(readings, len(files))
    return _write(readings, choice)


def open_pipeline(name: str | None = None) -> Pipeline:
    """The detector and the model of this name, or the one that answers now; says so if that is another."""
    if name:
        artifact = registry.find(name)
        engine = classifier.load(artifact)
    else:
        opened = registry.open_active(classifier.load)
        artifact, engine = opened.artifact, opened.engine
        if opened.passed_over:
            print(f"{opened.passed_over} The answers are those of {artifact.name}.", file=sys.stderr)
    return Pipeline(
        Mtcnn.on(engine.device),
        Service(engine),
        input_size=artifact.card.input_size,
        sure_at=artifact.card.sure_at,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model",
        description="How does the model read these faces? It says what they look like to it, never what they are.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="photos, and folders of photos")
    parser.add_argument("--json", action="store_true", help="one JSON object a photo, one a line")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write a table with one row a face")
    parser.add_argument(
        "--annotate", type=Path, metavar="DIR", help="also write the photos with the answers drawn in"
    )
    parser.add_argument("--model", metavar="NAME", help="another model than the one that answers now")
    parser.add_argument(
        "--min-face", type=float, default=MIN_FACE_PX, metavar="PX",
        help=f"smallest face to look for, in pixels of a picture of one megapixel (default: {MIN_FACE_PX})",
    )  # fmt: skip
    return parser


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that were named, and every picture in the folders that were."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def _opener(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as file:
                # One byte more than is allowed tells the loader that it is too much.
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PhotoError("unreadable", reason=error.strerror or "it cannot be opened") from error

    return read


def _with_progress(readings: Iterator[Reading], count: int) -> Iterator[Reading]:
    for done, reading in enumerate(readings, start=1):
        bar = ("█" * round(30 * done / count)).ljust(30, "░")
        print(
            f"\r\033[K{bar} {done} of {count}", end="\n" if done == count else "", file=sys.stderr, flush=True
        )
        yield reading


def _write(readings: Iterable[Reading], choice: argparse.Namespace) -> int:
    failed = False
    rows: list[dict[str, Any]] = []
    drawings = _Drawings(choice.annotate) if choice.annotate else None
    for reading in readings:
        failed = failed or (reading.error is not None and reading.error.code != "no_face")
        rows += _rows(reading)
        print(
            json.dumps(reading.as_json(), ensure_ascii=False) if choice.json else _as_text(reading),
            flush=True,
        )
        if drawings and reading.pixels is not None:
            drawings.add(reading)
    if choice.csv:
        with choice.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, CSV_COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    return 1 if failed else 0


def _as_text(reading: Reading) -> str:
    if reading.error:
        return f"{reading.file}\n  {reading.error}"
    turned = f" (turned by {reading.turned} degrees)" if reading.turned else ""
    lines = [f"{reading.file}{turned}"]
    for number, answer in enumerate(reading.faces, start=1):
        x, y, w, h = (round(part) for part in answer.face.box)
        words = f"looks {answer.label}" if answer.sure else "not sure"
        lines.append(f"  {number:2}  {words:13} {answer.confidence:6.1%}   at {x}, {y}, {w} x {h}")
    return "\n".join(lines)


def _rows(reading: Reading) -> Iterator[dict[str, Any]]:
    if not reading.faces:
        yield {"file": reading.file, "error": str(reading.error)}
    for number, answer in enumerate(reading.as_json()["faces"], start=1):
        place = dict(zip(("x", "y", "width", "height"), answer["box"], strict=True))
        shares = answer["probabilities"]
        known = {name: answer[name] for name in ("score", "label", "confidence")}
        yield {"file": reading.file, "face": number, **place, **known, **shares}


class _Drawings:
    """Annotated copies under names of their own: two photos called the same do not overwrite each other."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._taken: set[str] = set()

    def add(self, reading: Reading) -> None:
        try:
            full = images.load(_opener(Path(reading.file))(), working_px=images.MAX_PIXELS).pixels
        except PhotoError as error:
            print(f"{reading.file} is not drawn: {error}", file=sys.stderr)
            return
        marks = [Mark(a.face.box, a.label, a.confidence, a.sure) for a in reading.faces]
        stem = Path(reading.file).stem
        name = next(n for n in _names(stem) if n.lower() not in self._taken)
        self._taken.add(name.lower())
        Image.fromarray(np.ascontiguousarray(annotate(full, marks))).save(self._folder / name, quality=92)


def _names(stem: str) -> Iterator[str]:
    yield f"{stem}.jpg"
    number = 2
    while True:
        yield f"{stem}-{number}.jpg"
        number += 1


if __name__ == "__main__":
    sys.exit(main())
