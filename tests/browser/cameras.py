"""Chromium with a camera that this machine does not have: it plays a film of a face that moves across."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserType

from launch import chromium
from ui import samples

ALLOWED = "--use-fake-ui-for-media-stream"  # whoever asks for the camera gets it
WIDTH, HEIGHT, FRAMES, SIDE = 640, 480, 120, 440


def film(file: Path) -> Path:
    """The portrait that ships with Rupa, going from one side to the other and back in four seconds."""
    with Image.open(samples.FOLDER / "astronaut.jpg") as portrait:
        face = portrait.convert("RGB").resize((SIDE, SIDE))
    rng = np.random.default_rng(7)
    wall = Image.fromarray(cv2.resize(rng.integers(60, 190, (12, 16, 3), np.uint8), (WIDTH, HEIGHT)))
    with file.open("wb") as out:
        for n in range(FRAMES):
            picture = wall.copy()
            across = (1 - math.cos(2 * math.pi * n / FRAMES)) / 2
            picture.paste(face, (round(across * (WIDTH - SIDE)), HEIGHT - SIDE))
            packed = io.BytesIO()
            picture.save(packed, "JPEG", quality=85)
            out.write(packed.getvalue())
    return file


@contextmanager
def playing(chromium_of: BrowserType, *flags: str, camera: Path | None = None) -> Iterator[Browser]:
    """A browser of its own; without a film it has no camera."""
    given = ["--no-sandbox", *flags]
    if camera:
        given += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    watching = chromium_of.launch(executable_path=chromium.find(), args=given)
    try:
        yield watching
    finally:
        watching.close()
