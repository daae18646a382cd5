"""A minute of 720p with two faces, from its bytes to the clip with the answers: `python -m benchmarks.video`.

Beside it stands what the same clip costs that is only read and packed again, with nobody looking: the floor. With
`--crowd` it is a clip in which forty faces a second come and go, four frames a second: what grows with their number.
"""

import argparse
import io
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from benchmarks import clips
from model import video
from model.video_read import Clip, Frame
from model.video_write import Writer


def minute(path: Path, seconds: float) -> bytes:
    """As a phone makes it, with sound."""
    at = np.arange(int(seconds * clips.SOUND_HZ)) / clips.SOUND_HZ
    tone = (0.1 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)[None]
    clips.film(str(path), clips.two_faces(seconds), sound=tone, options={"preset": "veryfast"})
    return path.read_bytes()


def crowd(path: Path, seconds: float) -> bytes:
    clips.film(str(path), clips.passing_crowd(seconds), fps=4, options={"preset": "veryfast"})
    return path.read_bytes()


def floor(clip: bytes) -> float:
    start = time.perf_counter()
    opened = Clip(io.BytesIO(clip))
    writer: Any = None
    for event in opened.everything():
        if not isinstance(event, Frame):
            continue
        if writer is None:
            height, width = event.pixels.shape[:2]
            writer = Writer(io.BytesIO(), (width, height), opened.fps, opened.start_s, None)
        writer.frame(event.at_s, event.pixels)
    writer.close()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--crowd", action="store_true")
    arguments = parser.parse_args()
    av.logging.set_level(av.logging.PANIC)
    with TemporaryDirectory() as folder:
        make = crowd if arguments.crowd else minute
        clip = make(Path(folder) / "clip.mp4", arguments.seconds)
    print(f"{make.__name__}: {arguments.seconds:g} s of 1280 x 720, {len(clip) / 1e6:.1f} MB")
    for _ in range(arguments.rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        work = video.begin(clip)
        work.wait()
        taken = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if work.film is None:
            raise SystemExit(str(work.error))
        busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told = {
            "seconds": round(taken, 1),
            "core_seconds": round(busy, 1),
            "read_and_packed_only": round(floor(clip), 1),
            "most_mb": round(after.ru_maxrss / 1024),
            "result_mb": round(len(work.film.mp4) / 1e6, 1),
            "faces": len(work.film.faces),
            "notes": work.film.notes,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
