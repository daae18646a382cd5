"""Clips from a terminal: what `python -m model clip.mp4` does with them."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model import atomic, video
from model.video import SUFFIXES, Film, Stage, VideoError

_NOT_IN_A_NAME = re.compile(r"[^\w .()-]+")


def is_clip(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


def look(paths: Sequence[Path], folder: Path | None, model: str | None, rate: float) -> int:
    """One line of JSON a clip; with a folder also the MP4 with the answers. 1 where a clip has no result."""
    failed = False
    for path in paths:
        try:
            film = _film(path, model, rate)
            told: dict[str, Any] = film.as_json(str(path)) | {"error": None}
            if folder:
                told["annotated"] = str(_write(film, folder, path.stem))
        except VideoError as error:
            told = {"file": str(path), "faces": [], "error": {"code": error.code, "message": str(error)}}
            failed = failed or error.code != "no_face"
        except OSError as error:
            print(f"{str(path)!r} could not be read or written: {error.strerror}", file=sys.stderr)
            failed = True
            continue
        print(json.dumps(told), flush=True)
    return 1 if failed else 0


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
