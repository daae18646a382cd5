"""The same answers from a terminal: `python -m model photo.jpg folder/ --json`."""

import argparse
import csv
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

from model import atomic, images, label_many, typed, video, video_terminal
from model.annotate import Mark, annotate
from model.card import ModelError
from model.images import PhotoError
from model.label_many import Answers, LabelError
from model.mtcnn import MIN_FACE_PX
from model.picture_files import Place, PlaceError, opener, pictures, place
from model.pipeline import Reading
from model.running import opened

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
NAME_WIDTH = 36

Item = TypeVar("Item")


def main(arguments: list[str] | None = None) -> int:
    # A name that this terminal cannot show is shown as its codes; it must not end the run.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    choice = parser.parse_args(arguments)
    if (choice.out or choice.engine == "ray") and (choice.csv or choice.annotate):
        parser.error("--out and --engine ray give JSON lines only, without --csv and --annotate")
    clips = [path for path in choice.paths if isinstance(path, Path) and video_terminal.is_clip(path)]
    photos = [path for path in choice.paths if path not in clips]
    if clips and photos and choice.csv:
        parser.error("--csv has other columns for clips than for photos; name one kind at a time")
    if clips and (choice.out or choice.engine == "ray" or choice.min_face != MIN_FACE_PX):
        print("--out, --engine and --min-face are for photos; clips are looked at without.", file=sys.stderr)
    if video_terminal.in_folders(photos):
        print("Clips in folders are left out; name them one by one.", file=sys.stderr)
    try:
        outcome = video_terminal.look(clips, choice.annotate, choice.csv, choice.model, choice.rate)
        return outcome if clips and not photos else max(outcome, _look(choice, photos))
    except BrokenPipeError:
        # Whoever read our answers has read enough; Python would complain once more while it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ModelError, LabelError, PlaceError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _look(choice: argparse.Namespace, photos: list[Place]) -> int:
    answers = choice.out and Answers(choice.out)
    known = answers.known if answers else set()
    # Counted first and listed once more for the work, so that no list of millions is kept.
    found = count = 0
    for one in pictures(photos):
        found, count = found + 1, count + (str(one) not in known)
    if not found:
        print("No picture was found there; name photos, or a folder that holds some.", file=sys.stderr)
        return 1
    running = opened(choice.model)
    table = choice.csv and _Table(choice.csv)
    drawings = choice.annotate and _Drawings(choice.annotate)
    if running.passed_over:
        print(f"{running.passed_over} The answers are those of {running.artifact.name}.", file=sys.stderr)
    files = (one for one in pictures(photos) if not answers or str(one) not in known)
    show = _with_progress if count > FEW and sys.stderr.isatty() else _without
    if choice.engine == "ray":
        lines = label_many.lines(files, running.artifact.name, choice.min_face)
        return _write_lines(show(lines, count), answers)
    readings = running.pipeline.read_many(
        ((str(one), opener(one)) for one in files), min_face_px=choice.min_face
    )
    if answers:
        lines = (json.dumps(reading.as_json()) for reading in readings)
        return _write_lines(show(lines, count), answers)
    return _write(show(readings, count), choice.json, table, drawings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{typed.python()} -m model",
        description="How does the model read these faces? It says what they look like to it, never what they are.",
    )
    parser.add_argument(
        "paths", nargs="+", type=place, metavar="PATH",
        help="photos, folders of photos, and clips; or an address for fsspec, such as s3://bucket/photos",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object a photo, one a line")
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="also write a table with one row a face; photos or clips, not both at once",
    )
    parser.add_argument(
        "--annotate",
        type=Path,
        metavar="DIR",
        help="also write the photos and clips with the answers drawn in",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the JSON lines into this file, and leave out the photos that are in it already",
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: share the photos among the nodes of the cluster at RAY_ADDRESS; JSON lines only",
    )
    parser.add_argument("--model", metavar="NAME", help="another model than the one that answers now")
    parser.add_argument(
        "--min-face", type=_face_px, default=MIN_FACE_PX, metavar="PX",
        help=f"width of the smallest face to look for, in pixels; photos are first shrunk to a megapixel "
        f"(default: {MIN_FACE_PX})",
    )  # fmt: skip
    parser.add_argument(
        "--rate", type=float, choices=video.RATES, default=video.RATE, metavar="N",
        help="how often a second to look at a clip: 2, 4 or 8 (default: 4)",
    )  # fmt: skip
    return parser


def _face_px(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or not 12 <= number <= 5000:
        raise argparse.ArgumentTypeError("a face is from 12 to 5000 pixels wide")
    return number


def _without(items: Iterator[Item], count: int) -> Iterator[Item]:
    return items


def _with_progress(items: Iterator[Item], count: int) -> Iterator[Item]:
    for done, item in enumerate(items, start=1):
        bar = ("█" * round(30 * done / count)).ljust(30, "░")
        print(
            f"\r\033[K{bar} {done} of {count}", end="\n" if done == count else "", file=sys.stderr, flush=True
        )
        yield item


def _write_lines(lines: Iterable[str], answers: Answers | None) -> int:
    failed = False
    for line in lines:
        error = json.loads(line)["error"]
        failed = failed or (error is not None and error["code"] != "no_face")
        if answers:
            answers.add(line)
        else:
            print(line, flush=True)
    return 1 if failed else 0


def _write(
    readings: Iterable[Reading], as_json: bool, table: "_Table | None", drawings: "_Drawings | None"
) -> int:
    failed = False
    if not as_json:
        print(f"{'file':{NAME_WIDTH}}  face  answer       sureness  where", flush=True)
    for reading in readings:
        failed = failed or (reading.error is not None and reading.error.code != "no_face")
        print(json.dumps(reading.as_json()) if as_json else "\n".join(_as_lines(reading)), flush=True)
        try:
            if table:
                table.add(reading)
            if drawings and reading.pixels is not None:
                drawings.add(reading)
        except (OSError, PhotoError) as error:
            print(f"{_shown(reading.file)} could not be written: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


def _shown(name: str) -> str:
    """A file's name may hold anything, also orders to the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _as_lines(reading: Reading) -> Iterator[str]:
    """The rows of the table: the file stands in the first one only."""
    name = _shown(reading.file)
    name = name if len(name) <= NAME_WIDTH else f"…{name[1 - NAME_WIDTH :]}"
    if reading.error:
        yield f"{name:{NAME_WIDTH}}     -  {reading.error}"
    for number, answer in enumerate(reading.faces, start=1):
        x, y, w, h = (round(part) for part in answer.face.box)
        words = f"looks {answer.label}" if answer.sure else "not sure"
        place = f"{w} x {h} at {x}, {y}"
        turned = f"  (turned by {reading.turned} degrees)" if reading.turned and number == 1 else ""
        yield f"{name:{NAME_WIDTH}}{number:6}  {words:14}{answer.confidence:6.1%}  {place}{turned}"
        name = ""


def _rows(reading: Reading) -> Iterator[dict[str, Any]]:
    if not reading.faces:
        yield {"file": reading.file, "error": str(reading.error)}
    for number, answer in enumerate(reading.as_json()["faces"], start=1):
        place = dict(zip(("x", "y", "width", "height"), answer["box"], strict=True))
        shares = answer["probabilities"]
        known = {name: answer[name] for name in ("score", "label", "confidence")}
        yield {"file": reading.file, "face": number, **place, **known, **shares}


class _Table:
    """The CSV: opened before the work begins, and whole up to the photo that was answered last."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8", errors="backslashreplace")
        self._writer = csv.DictWriter(self._file, CSV_COLUMNS)
        self._writer.writeheader()

    def add(self, reading: Reading) -> None:
        self._writer.writerows(_rows(reading))
        self._file.flush()


class _Drawings:
    """Annotated copies under names of their own: nothing that is in the folder already is overwritten."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._taken = {path.name.lower() for path in folder.iterdir()}

    def add(self, reading: Reading) -> None:
        full = images.load(opener(place(reading.file))(), working_px=images.MAX_PIXELS).pixels
        marks = [Mark(a.face.box, a.label, a.confidence, a.sure) for a in reading.faces]
        name = next(n for n in _names(Path(reading.file).stem[:100]) if n.lower() not in self._taken)
        self._taken.add(name.lower())
        drawn = io.BytesIO()
        Image.fromarray(annotate(full, marks)).save(drawn, "JPEG", quality=92)
        atomic.write(self._folder / name, drawn.getvalue())


def _names(stem: str) -> Iterator[str]:
    yield f"{stem}.jpg"
    number = 2
    while True:
        yield f"{stem}-{number}.jpg"
        number += 1


if __name__ == "__main__":
    sys.exit(main())
