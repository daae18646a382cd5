"""Clips from a terminal: what `python -m model clip.mp4` does with them."""

import csv
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from model import atomic, video
from model.picture_files import Place
from model.video import SUFFIXES, Film, Stage, VideoError

CSV_COLUMNS = (
    "file",
    "face",
    "first_s",
    "last_s",
    "label",
    "confidence",
    "female",
    "male",
    "unsure_share",
    "error",
)
_NOT_IN_A_NAME = re.compile(r"[^\w .()-]+")


def is_clip(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


def in_folders(places: Iterable[Place]) -> bool:
    """Whether a folder among these holds a clip."""
    folders = [one for one in places if isinstance(one, Path) and one.is_dir()]
    return any(
        os.path.splitext(name)[1].lower() in SUFFIXES
        for folder in folders
        for _, _, names in os.walk(folder)
        for name in names
    )


def look(
    paths: Sequence[Path], folder: Path | None, table: Path | None, model: str | None, rate: float
) -> int:
    """One line of JSON a clip; with a folder also the MP4 with the answers, with a table a row for each face in it.

    1 where a clip has no result.
    """
    if table is None or not paths:
        return _look(paths, folder, None, model, rate)
    try:
        with table.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            writer = csv.DictWriter(file, CSV_COLUMNS)
            writer.writeheader()
            return _look(paths, folder, writer, model, rate)
    except BrokenPipeError:
        raise  # whoever read our answers has read enough
    except OSError as error:
        print(f"{str(table)!r} could not be written: {error.strerror}", file=sys.stderr)
        return 1


def _look(
    paths: Sequence[Path],
    folder: Path | None,
    table: "csv.DictWriter[str] | None",
    model: str | None,
    rate: float,
) -> int:
    failed = False
    for path in paths:
        film = None
        try:
            film = _film(path, model, rate)
            told: dict[str, Any] = film.as_json(str(path)) | {"error": None}
        except VideoError as error:
            told = {"file": str(path), "faces": [], "error": {"code": error.code, "message": str(error)}}
            failed = failed or error.code != "no_face"
        except OSError as error:
            print(f"{str(path)!r} could not be read: {error.strerror}", file=sys.stderr)
            failed = True
            continue
        if folder and film:
            try:
                told["annotated"] = str(_write(film, folder, path.stem))
            except OSError as error:
                print(f"{str(path)!r} could not be drawn: {error.strerror}", file=sys.stderr)
                failed = True
        print(json.dumps(told), flush=True)
        if table:
            table.writerows(_rows(told))
    return 1 if failed else 0


def _rows(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if told["error"]:
        yield {"file": told["file"], "error": told["error"]["message"]}
    for face in told["faces"]:
        known = {name: face[name] for name in CSV_COLUMNS if name in face}
        yield {"file": told["file"]} | known | face["probabilities"]


def _film(path: Path, model: str | None, rate: float) -> Film:
    with path.open("rb") as file:
        # One byte more than is allowed tells that it is too much.
        work = video.begin(file.read(video.MAX_MB * 2**20 + 1), model=model, rate=rate)
    while not work.wait(0.5):
        if sys.stderr.isatty():
            print(f"\r\033[K{_told(work.stage)}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if work.film is None:
        raise work.error or VideoError("failed")
    return work.film


def _told(stage: Stage) -> str:
    bar = ("█" * round(30 * stage.share)).ljust(30, "░")
    return f"{bar} {stage.stage}" + (f", {stage.left_s:.0f} s left" if stage.left_s is not None else "")


def _write(film: Film, folder: Path, stem: str) -> Path:
    """Under a name of its own: nothing that is in the folder already is overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = {path.name.lower() for path in folder.iterdir()}
    plain = _NOT_IN_A_NAME.sub("_", stem)[:100] or "clip"
    number, name = 1, f"{plain}.mp4"
    while name.lower() in taken:
        number += 1
        name = f"{plain}-{number}.mp4"
    atomic.write(folder / name, film.mp4)
    return folder / name
