"""Clips made from the sample photos, for measuring and for testing; `python -m benchmarks.clips` makes the sample clip.

Who is seen, and under which licence, stands in ui/assets/samples/README.md.
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from model.faces import Pixels

SAMPLES = Path(__file__).resolve().parents[1] / "ui" / "assets" / "samples"
SAMPLE = SAMPLES / "clip.mp4"
CLOCK = Fraction(1, 90_000)
SOUND_HZ = 44_100

Moment = tuple[float, Pixels]


def two_faces(seconds: float, size: tuple[int, int] = (1280, 720), fps: float = 30) -> Iterator[Moment]:
    """Two portraits that wander over a calm background, each in its half, and never turn away."""
    width, height = size
    left, right = (_portrait(name, box, height * 0.62) for name, box in _WHO)
    background = _background(width, height)
    for number in range(round(seconds * fps)):
        at_s = number / fps
        picture = background.copy()
        for portrait, middle, pace in ((left, 0.27, 0.9), (right, 0.73, 0.7)):
            x = width * (middle + 0.11 * math.sin(pace * at_s)) - portrait.shape[1] / 2
            y = height * (0.5 + 0.13 * math.sin(1.3 * pace * at_s + middle)) - portrait.shape[0] / 2
            _paste(picture, portrait, round(x), round(y))
        yield at_s, picture


def passing_crowd(
    seconds: float, size: tuple[int, int] = (1280, 720), fps: float = 4, grid: tuple[int, int] = (8, 4)
) -> Iterator[Moment]:
    """One face that stays, and around it as many as the grid has room for, half a second each; who comes is of
    another size than who went, so that the tracker takes nobody for somebody who was there."""
    rng = np.random.default_rng(11)
    across, down = size[0] // grid[0], size[1] // grid[1]
    stays, *_ = (_portrait(name, box, down * 0.9) for name, box in _WHO)
    sizes = [[_portrait(name, box, down * part) for name, box in _WHO] for part in (0.95, 0.5)]
    background = _background(*size)
    for number in range(round(seconds * fps)):
        turn, rest = divmod(number, max(1, round(fps / 2)))
        if rest == 0:
            crowd = background.copy()
            for cell in range(1, grid[0] * grid[1]):
                who = sizes[(cell + turn) % 2][rng.integers(len(_WHO))]
                x, y = cell % grid[0] * across, cell // grid[0] * down
                x += round(rng.uniform(0, max(0, across - who.shape[1])))
                y += round(rng.uniform(0, down - who.shape[0]))
                _paste(crowd, who, x, y)
            _paste(crowd, stays, 0, 0)
        yield number / fps, crowd


def film(
    file: Any,
    moments: Iterable[Moment],
    *,
    sound: np.ndarray | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    sound_codec: str = "aac",
    layout: str = "mono",
    container: str = "mp4",
    fps: float = 30,
    turned: int = 0,
    options: dict[str, str] | None = None,
) -> None:
    """Write a clip; `sound` is float32 samples, channels x time, of the layout; `turned` is how a phone was held."""
    with av.open(file, "w", format=container) as out:
        pictures: Any = None
        ears: Any = None
        if sound is not None:
            ears = out.add_stream(
                sound_codec, rate=48_000 if sound_codec == "libopus" else SOUND_HZ, layout=layout
            )
        for at_s, pixels in moments:
            if pictures is None:
                pictures = out.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
                pictures.height, pictures.width = pixels.shape[:2]
                pictures.pix_fmt = pix_fmt
                pictures.codec_context.time_base = CLOCK if container != "avi" else Fraction(1, round(fps))
                pictures.codec_context.options = options or {}
                if turned:
                    pictures.set_display_rotation(turned)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = (
                round(at_s / pictures.codec_context.time_base),
                pictures.codec_context.time_base,
            )
            out.mux(pictures.encode(frame))
        if pictures is not None:
            out.mux(pictures.encode())
        if sound is not None:
            whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32), "fltp", layout)
            whole.sample_rate, whole.pts, whole.time_base = SOUND_HZ, 0, Fraction(1, SOUND_HZ)
            wanted = ears.codec_context
            smooth = av.AudioResampler(wanted.format, layout, wanted.sample_rate, wanted.frame_size or 1024)
            for piece in [*smooth.resample(whole), *smooth.resample(None)]:
                out.mux(ears.encode(piece))
            out.mux(ears.encode())


_WHO = (("astronaut.jpg", (0.18, 0.0, 0.72, 0.62)), ("three.jpg", (0.0, 0.0, 0.3, 1.0)))


def _portrait(name: str, box: tuple[float, float, float, float], high: float) -> Pixels:
    picture = Image.open(SAMPLES / name).convert("RGB")
    left, top, right, bottom = (round(part * side) for part, side in zip(box, picture.size * 2, strict=True))
    cut = picture.crop((left, top, right, bottom))
    wide = round(cut.width * high / cut.height)
    return np.asarray(cut.resize((wide, round(high)), Image.Resampling.LANCZOS))


def _background(width: int, height: int) -> Pixels:
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    shades = [190 - 60 * down + 20 * across, 200 - 50 * down, 205 - 30 * down - 20 * across]
    return np.stack(shades, axis=2).astype(np.uint8)


def _paste(picture: Pixels, part: Pixels, x: int, y: int) -> None:
    height, width = picture.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + part.shape[1]), min(height, y + part.shape[0])
    if left < right and top < bottom:
        picture[top:bottom, left:right] = part[top - y : bottom - y, left - x : right - x]


def main() -> None:
    film(str(SAMPLE), two_faces(10, (640, 360), 25), fps=25, options={"preset": "veryslow", "crf": "26"})
    print(f"{SAMPLE.name}: {SAMPLE.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
