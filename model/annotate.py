"""A picture with its answers drawn in: a frame round each face, with a number and a word.

Colour is never the only sign: *female* is an indigo frame with round corners, *male* an amber one with square
corners, *not sure* a dashed slate one, and each has its word beside it. The words are the caller's, so that they
can be in any language. Only the places that are drawn on are converted, so a picture of 50 MP needs no second copy.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORDS = {"female": "looks female", "male": "looks male", "unsure": "not sure"}
COLOURS = {"female": "#4C5FD5", "male": "#A35304", "unsure": "#556070"}
INK = "#FFFFFF"

_SMALLEST_TYPE = 11
# What it costs to leave out the percentage, or the word too, as shares of another face that would be covered.
_SHORTENED = (0.0, 0.1, 0.4)

Rect = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Mark:
    """One face and its answer; `box` is x, y, width, height in the pixels of the picture drawn on.

    `number` is for faces that keep theirs from picture to picture; without one it is the place in the order given.
    """

    box: tuple[float, float, float, float]
    label: str
    confidence: float
    sure: bool
    number: int | None = None

    @property
    def answer(self) -> str:
        return self.label if self.sure else "unsure"


@dataclass(frozen=True)
class _Label:
    text: str
    font: ImageFont.FreeTypeFont
    padding: int
    place: Rect


def annotate(pixels: np.ndarray, marks: Sequence[Mark], words: Mapping[str, str] = WORDS) -> np.ndarray:
    """A copy of `pixels` with every mark drawn in."""
    drawn = pixels.copy()
    height, width = pixels.shape[:2]
    frames = [_inside(mark.box, width, height) for mark in marks]
    for mark, frame in zip(marks, frames, strict=True):
        _draw_frame(drawn, mark.answer, frame)
    labels: list[_Label] = []
    for number, (mark, frame) in enumerate(zip(marks, frames, strict=True), start=1):
        font = _font(_type_size(frame, width, height))
        taken = [label.place for label in labels]
        label = _place(
            _texts(number, mark, words), font, np.array(frames), number - 1, taken, (width, height)
        )
        if label:
            labels.append(label)
            _draw_label(drawn, mark.answer, label)
    return drawn


def _texts(number: int, mark: Mark, words: Mapping[str, str]) -> list[str]:
    """What the label may say, from all of it to the least."""
    number = number if mark.number is None else mark.number
    word = f"{number} {words[mark.answer]}"
    if not mark.sure:
        return [word, word, str(number)]
    percent = ">99%" if mark.confidence >= 0.995 else f"{mark.confidence:.0%}"
    return [f"{word} {percent}", word, str(number)]


def _inside(box: tuple[float, float, float, float], width: int, height: int) -> Rect:
    x, y, w, h = box
    left, top = (min(max(0, round(start)), side - 1) for start, side in ((x, width), (y, height)))
    return left, top, max(left + 1, min(width, round(x + w))), max(top + 1, min(height, round(y + h)))


def _line_width(frame: Rect, longest: int) -> int:
    face = frame[2] - frame[0]
    wanted = min(max(2, longest / 400, face / 45), max(2, longest / 150))
    return max(1, min(round(wanted), face // 10))


def _type_size(frame: Rect, width: int, height: int) -> int:
    """As large as suits the face, but readable when the whole picture is fitted into a screen."""
    longest = max(width, height)
    return max(_SMALLEST_TYPE, round(min(max((frame[2] - frame[0]) / 6, longest / 100), longest / 36)))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow without FreeType has only an unscalable one
    return font


@contextlib.contextmanager
def _canvas(pixels: np.ndarray, rect: Rect) -> Iterator[ImageDraw.ImageDraw]:
    """Draw on a part of the picture, in coordinates of that part."""
    left, top, right, bottom = rect
    part = Image.fromarray(pixels[top:bottom, left:right])
    yield ImageDraw.Draw(part)
    pixels[top:bottom, left:right] = np.asarray(part)


def _draw_frame(pixels: np.ndarray, answer: str, frame: Rect) -> None:
    line = _line_width(frame, max(pixels.shape[:2]))
    edge = max(1, line // 3) if line > 1 else 0
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    with _canvas(pixels, frame) as draw:
        outer = (0, 0, width - 1, height - 1)
        inner = (edge, edge, width - 1 - edge, height - 1 - edge)
        if min(width, height) <= 2 * (line + 2 * edge) + 1:
            draw.rectangle(outer, outline=COLOURS[answer])
        elif answer == "female":
            radius = min(width, height) // 4
            draw.rounded_rectangle(outer, radius, outline=INK, width=line + 2 * edge)
            draw.rounded_rectangle(inner, radius - edge, outline=COLOURS[answer], width=line)
        else:
            draw.rectangle(outer, outline=INK, width=line + 2 * edge)
            draw.rectangle(inner, outline=COLOURS[answer], width=line)
            if answer == "unsure":
                _cut_into_dashes(draw, width, height, line, edge)


def _cut_into_dashes(draw: ImageDraw.ImageDraw, width: int, height: int, line: int, edge: int) -> None:
    """Gaps in the colour of the casing, none at the corners."""
    for length, horizontal in ((width, True), (height, False)):
        dashes = max(1, round(length / (line * 7)))
        step = length / (dashes + 0.6)
        for start in range(dashes):
            begin = round((start + 0.6) * step)
            end = max(begin, round((start + 1) * step) - 1)
            near, far = edge, (height if horizontal else width) - edge - line
            for across in (near, far):
                if horizontal:
                    draw.rectangle((begin, across, end, across + line - 1), fill=INK)
                else:
                    draw.rectangle((across, begin, across + line - 1, end), fill=INK)


def _place(
    texts: Sequence[str],
    font: ImageFont.FreeTypeFont,
    faces: np.ndarray,
    own: int,
    taken: Sequence[Rect],
    size: tuple[int, int],
) -> _Label | None:
    """The longest text where it covers least of other labels, of other faces and of its own face."""
    padding = max(2, round(font.size * 0.3))
    high = sum(font.getmetrics()) + padding
    # As near as this, it would read as another's label.
    near_others = np.delete(faces, own, axis=0) + (-high, -high, high, high)
    best: tuple[float, _Label] | None = None
    for text, shortened in zip(texts, _SHORTENED, strict=True):
        wide = _length(text, font) + 2 * padding
        if wide > size[0] or high > size[1]:
            continue
        places = _places(faces[own], wide, high, size)
        costs = shortened + 0.5 * _covered(places, faces[own : own + 1]) + np.arange(len(places)) * 0.001
        costs += 2 * _covered(places, near_others)
        if taken:
            costs += 2 * _covered(places, np.array(taken))
        cheapest = int(costs.argmin())
        if best is None or costs[cheapest] < best[0]:
            left, top, right, bottom = places[cheapest].tolist()
            best = float(costs[cheapest]), _Label(text, font, padding, (left, top, right, bottom))
    return best[1] if best else None


def _places(face: np.ndarray, wide: int, high: int, size: tuple[int, int]) -> np.ndarray:
    """Round the frame and inside it, moved into the picture where it would stick out."""
    left, top, right, bottom = face
    middle = (left + right - wide) // 2
    above, below = top - high, bottom
    round_it = [(left, above), (right - wide, above), (left, below), (right - wide, below), (middle, above)]
    beside = [
        (middle, below),
        (right, top),
        (left - wide, top),
        (right, bottom - high),
        (left - wide, bottom - high),
    ]
    inside = [(left, bottom - high), (left, top)]
    corners = np.clip(round_it + beside + inside, 0, np.subtract(size, (wide, high)))
    return np.hstack([corners, corners + (wide, high)])


def _covered(places: np.ndarray, rects: np.ndarray) -> np.ndarray:
    """What each place would cover, as shares of the rectangles, added up."""
    starts = np.maximum(places[:, None, :2], rects[None, :, :2])
    ends = np.minimum(places[:, None, 2:], rects[None, :, 2:])
    shares = np.maximum(0, ends - starts).prod(axis=2) / (rects[:, 2:] - rects[:, :2]).prod(axis=1)
    return shares.sum(axis=1)


@lru_cache(maxsize=1024)
def _length(text: str, font: ImageFont.FreeTypeFont) -> int:
    return round(font.getlength(text))


def _draw_label(pixels: np.ndarray, answer: str, label: _Label) -> None:
    left, top, right, bottom = label.place
    plate, covers = _plate(answer, label.text, label.font, label.padding, right - left, bottom - top)
    np.copyto(pixels[top:bottom, left:right], plate, where=covers)


# The frames of a clip say the same again and again. Few are kept: one for a photo of 50 MP takes some megabytes.
@lru_cache(maxsize=16)
def _plate(
    answer: str, text: str, font: ImageFont.FreeTypeFont, padding: int, wide: int, high: int
) -> tuple[np.ndarray, np.ndarray]:
    """The label, and where it covers what lies under it: all but round corners."""
    plate = Image.new("RGBA", (wide, high))
    draw = ImageDraw.Draw(plate)
    if answer == "female":
        draw.rounded_rectangle((0, 0, wide - 1, high - 1), high // 3, fill=COLOURS[answer])
    else:
        draw.rectangle((0, 0, wide - 1, high - 1), fill=COLOURS[answer])
    draw.text((padding, padding // 2), text, fill=INK, font=font)
    drawn = np.asarray(plate)
    return drawn[..., :3].copy(), drawn[..., 3:] > 0
