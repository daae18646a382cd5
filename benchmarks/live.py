"""The server's part of the Live page, without a browser: `python -m benchmarks.live`.

Frames of 640 x 480 with two faces that move, made from two portraits (of RUPA_DATA's neighbour `photos`, else the
samples that ship with Rupa). First as many frames as go through, then 30 a second as a camera sends them. The peer is
the same work done in the straight way: each frame is looked at and answered before the next one is taken. On a
computer that is busy with something else, "cores at work" tells what share of it the stream had.
"""

import argparse
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import psutil

from model import running
from model.faces import Pixels, align
from model.live import LEAST_FACE, Live
from ui import samples

WIDTH, HEIGHT, FACE_PX = 640, 480, 240
CAMERA_PER_S = 30.0


def portraits() -> list[Pixels]:
    """Two squares with one face each."""
    data = os.environ.get("RUPA_DATA")
    shared = Path(data).resolve().parent / "photos" / "portraits" if data else None
    files = sorted(shared.glob("*.jp*g"))[:2] if shared and shared.is_dir() else []
    photos = files if len(files) == 2 else [samples.FOLDER / "astronaut.jpg"] * 2
    found = []
    for file in photos:
        picture = cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        side = min(picture.shape[:2])
        left = (picture.shape[1] - side) // 2
        square = picture[:side, left : left + side]
        found.append(np.asarray(cv2.resize(square, (FACE_PX, FACE_PX), interpolation=cv2.INTER_AREA)))
    return found


def frames(count: int) -> list[Pixels]:
    """Both faces sway, each at its own pace, over a background with texture."""
    one, two = portraits()
    rng = np.random.default_rng(7)
    wall = cv2.resize(rng.integers(60, 190, (12, 16, 3), np.uint8), (WIDTH, HEIGHT))
    film = []
    for n in range(count):
        picture = wall.copy()
        for face, middle, pace in ((one, 40, 45), (two, 350, 60)):
            x = middle + round(40 * math.sin(2 * math.pi * n / pace))
            y = 120 + round(30 * math.cos(2 * math.pi * n / pace))
            picture[y : y + FACE_PX, x : x + FACE_PX] = face
        film.append(picture)
    return film


def around(film: list[Pixels], seconds: float) -> Iterator[Pixels]:
    end = time.perf_counter() + seconds
    while True:
        for picture in film:
            if time.perf_counter() > end:
                return
            yield picture


def streamed(model: running.Running, film: list[Pixels], seconds: float, per_s: float) -> str:
    live, took, looks, answers, behind, faces = Live.of(model), [], [], [], [], []
    began, worked = time.perf_counter(), time.process_time()
    for n, picture in enumerate(around(film, seconds)):
        if per_s:
            time.sleep(max(0.0, began + n / per_s - time.perf_counter()))
        start = time.perf_counter()
        shown = live.see(picture)
        took.append(1000 * (time.perf_counter() - start))
        if start - began > 2:
            looks.append(shown.looks_per_s)
            answers.append(shown.answers_per_s)
            behind.append(shown.behind_ms)
            faces.append(len(shown.tracks))
    whole, worked = time.perf_counter() - began, time.process_time() - worked
    live.close()
    return (
        f"{len(took) / whole:6.0f} frames/s, {np.mean(looks):5.1f} looks/s, {np.mean(answers):4.1f} answers/s, "
        f"a frame {np.median(took):4.1f} ms (p95 {np.percentile(took, 95):4.1f}), "
        f"faces known after {np.median(behind):3.0f} ms (p95 {np.percentile(behind, 95):3.0f}), "
        f"{np.mean(faces):.2f} faces at a time, {shown.seen} in all, "
        f"{worked / whole:.2f} cores at work"
    )


def straight(model: running.Running, film: list[Pixels], seconds: float) -> str:
    took, size = [], model.artifact.card.input_size
    for picture in around(film, seconds):
        start = time.perf_counter()
        faces = model.pipeline.detector.detect(picture, min_face_px=LEAST_FACE * HEIGHT)
        if faces:
            model.service.predict(np.stack([align(picture, face.landmarks, size) for face in faces]))
        took.append(1000 * (time.perf_counter() - start))
    return (
        f"{1000 / np.mean(took):6.0f} frames/s, "
        f"a frame {np.median(took):4.1f} ms (p95 {np.percentile(took, 95):4.1f})"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seconds", type=float, default=15.0)
    seconds = asked.parse_args().seconds
    model, film = running.get(), frames(180)
    process = psutil.Process()
    print(f"{model.device}, {WIDTH} x {HEIGHT}, two faces")
    print("one after the other ", straight(model, film, min(seconds, 8)))
    print("as many as go       ", streamed(model, film, seconds, 0))
    before = process.memory_info().rss
    print("30 a second         ", streamed(model, film, seconds, CAMERA_PER_S))
    print(f"memory {before / 2**20:.0f} MB, {process.memory_info().rss / 2**20:.0f} MB after the stream")


if __name__ == "__main__":
    main()
