"""Faces on a picture: MTCNN's three networks, run as one straight line.

P-Net proposes boxes on a pyramid of ever smaller copies, R-Net throws most of them out, O-Net settles box, score and
five landmarks. The levels of the pyramid are cut into bands and laid end to end as one long ribbon, so that P-Net
always sees the same shape: preparing LiteRT for a new shape costs as much as running it.
"""

import os
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from model.faces import Face, Pixels, in_reading_order
from model.images import PhotoError
from model.mtcnn_networks import LiteRTNetworks, Networks, TensorFlowNetworks

Floats = NDArray[np.float32]

MIN_FACE_PX = 24
DETECTION_PX = 1_000_000

_CELL_PX, _STRIDE_PX, _LEVEL_FACTOR = 12, 2, 0.709
_OVERLAP_PX = _CELL_PX - _STRIDE_PX
_BAND_PX, _SEGMENT_PX = 74, 1024
_BAND_STEP, _SEGMENT_STEP = _BAND_PX - _OVERLAP_PX, _SEGMENT_PX - _OVERLAP_PX
_MAX_PROPOSALS, _MAX_REFINED, _PATCHES_AT_ONCE = 3000, 1000, 64
_WAIT_S = 20.0
_OUTSIDE = (
    127,
    127,
    127,
)  # what the networks see beyond the border; they were trained with (x - 127.5) / 128


class Bars(NamedTuple):
    """The score that each network asks of a box to let it through."""

    pnet: float
    rnet: float
    onet: float


STRICT = Bars(0.7, 0.7, 0.8)
LENIENT = Bars(0.6, 0.3, 0.05)
_MOST_NEARLY = 5


class Mtcnn:
    """The detector. Any number of threads may ask it; each waits for one of a few sets of networks."""

    @classmethod
    def on(cls, device: str) -> "Mtcnn":
        """For the device that the classifier's engine found: `cpu` or `gpu`."""
        return cls(TensorFlowNetworks, 1) if device == "gpu" else cls()

    def __init__(self, make: Callable[[], Networks] = LiteRTNetworks, sets: int | None = None) -> None:
        """At most `sets` (by default one a core) are made, each when it is first needed: one takes 45 MB."""
        self._make = make
        self._places: queue.LifoQueue[Networks | None] = queue.LifoQueue()
        for _ in range((sets or os.cpu_count() or 1) - 1):
            self._places.put(None)
        self._places.put(make())

    def detect(
        self,
        pixels: Pixels,
        *,
        min_face_px: float = MIN_FACE_PX,
        max_px: int | None = DETECTION_PX,
        bars: Bars = STRICT,
    ) -> list[Face]:
        """Faces at least `min_face_px` wide, on a copy shrunk to `max_px` pixels where the picture has more."""
        height, width = pixels.shape[:2]
        small = pixels
        if max_px is not None and height * width > max_px:
            factor = (max_px / (height * width)) ** 0.5
            small = _resized(pixels, max(1, round(width * factor)), max(1, round(height * factor)))
        with self._one_set() as nets:
            faces = _find(nets, small, max(min_face_px, _CELL_PX), bars)
        stretch_x, stretch_y = width / small.shape[1], height / small.shape[0]
        return in_reading_order(face.scaled(stretch_x, stretch_y) for face in faces)

    def nearly(self, pixels: Pixels) -> list[Face]:
        """The few places that came nearest to being taken for a face, best first."""
        found = self.detect(pixels, bars=LENIENT)
        return sorted(found, key=lambda face: -face.score)[:_MOST_NEARLY]

    @contextmanager
    def _one_set(self) -> Iterator[Networks]:
        try:
            nets = self._places.get(timeout=_WAIT_S)
        except queue.Empty:
            raise PhotoError("busy") from None
        whole = None
        try:
            nets = nets or self._make()
            yield nets
            whole = nets
        finally:
            # A set that failed half way is not trusted again; another is made in its place.
            self._places.put(whole)


def _find(nets: Networks, pixels: Pixels, min_face_px: float, bars: Bars) -> list[Face]:
    levels = pyramid(pixels, min_face_px)
    if not levels:
        return []
    copies = [pixels, *levels]
    boxes = _propose(nets, levels, (pixels.shape[1], pixels.shape[0]), bars.pnet)
    boxes = _refine(nets, copies, boxes, bars.rnet)
    return _settle(nets, copies, boxes, bars.onet)


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """Up to a halving, two bilinear taps a side see every pixel, five times faster than the area average."""
    halved_at_most = pixels.shape[0] <= 2 * height + 1 and pixels.shape[1] <= 2 * width + 1
    way = cv2.INTER_LINEAR if halved_at_most else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=way), np.uint8)


@dataclass(frozen=True)
class _Ribbon:
    """Where every band of every level lies, one row a band, ordered by its start on the ribbon."""

    segments: Floats
    start: NDArray[np.int64]
    width: NDArray[np.int64]
    rows: NDArray[np.int64]
    top: NDArray[np.int64]
    level: NDArray[np.int64]
    stretch: NDArray[np.float64]  # a level: (x, y) from its pixels to the picture's


def pyramid(pixels: Pixels, min_face_px: float) -> list[Pixels]:
    """Copies on which faces from `min_face_px` up to the whole picture fill P-Net's cell, each made from the last."""
    height, width = pixels.shape[:2]
    levels: list[Pixels] = []
    source, scale = pixels, _CELL_PX / min_face_px
    while min(height, width) * scale >= _CELL_PX:
        source = _resized(source, max(_CELL_PX, round(width * scale)), max(_CELL_PX, round(height * scale)))
        levels.append(source)
        scale *= _LEVEL_FACTOR
    return levels


def _lay_out(levels: list[Pixels], full: tuple[int, int]) -> _Ribbon:
    bands: list[tuple[int, int, int, int, int]] = []
    x = 0
    for number, level in enumerate(levels):
        height, width = level.shape[:2]
        for top in range(0, max(1, height - _OVERLAP_PX), _BAND_STEP):
            bands.append((x, width, min(_BAND_PX, height - top), top, number))
            x += width + width % 2
    count = max(1, -(-(x - _OVERLAP_PX) // _SEGMENT_STEP))
    ribbon = np.zeros((_BAND_PX, count * _SEGMENT_STEP + _OVERLAP_PX, 3), np.float32)
    for start, width, rows, top, number in bands:
        ribbon[:rows, start : start + width] = levels[number][top : top + rows]
    segments = np.stack([ribbon[:, i * _SEGMENT_STEP :][:, :_SEGMENT_PX] for i in range(count)])
    starts, widths, rows_of, tops, numbers = np.array(bands, np.int64).T
    stretch = np.array([(full[0] / level.shape[1], full[1] / level.shape[0]) for level in levels])
    return _Ribbon(segments, starts, widths, rows_of, tops, numbers, stretch)


def _propose(nets: Networks, levels: list[Pixels], full: tuple[int, int], bar: float) -> Floats:
    """P-Net's boxes in pixels of the picture: rows of x1, y1, x2, y2, score."""
    ribbon = _lay_out(levels, full)
    offsets, faceness = nets.pnet(ribbon.segments)
    segment, row, column = np.nonzero(faceness[..., 1] > bar)
    x = segment * _SEGMENT_STEP + column * _STRIDE_PX
    y = row * _STRIDE_PX
    band = np.searchsorted(ribbon.start, x, side="right") - 1
    x = x - ribbon.start[band]
    # A cell that reaches beyond its band looks at two levels at once.
    whole = (x + _CELL_PX <= ribbon.width[band]) & (y + _CELL_PX <= ribbon.rows[band])
    segment, row, column, band, x, y = (a[whole] for a in (segment, row, column, band, x, y))
    y = y + ribbon.top[band]
    corners = np.stack([x, y, x + _CELL_PX, y + _CELL_PX], axis=1) + offsets[segment, row, column] * _CELL_PX
    level = ribbon.level[band]
    corners = corners * np.tile(ribbon.stretch[level], 2)
    boxes = np.column_stack([corners, faceness[segment, row, column, 1]]).astype(np.float32)
    boxes = boxes[suppress_overlaps(boxes, 0.5, level)]
    return _squares(boxes[suppress_overlaps(boxes, 0.7)][:_MAX_PROPOSALS])


def _refine(nets: Networks, copies: list[Pixels], boxes: Floats, bar: float) -> Floats:
    if not len(boxes):
        return boxes
    offsets, faceness = _in_chunks(nets.rnet, _patches(copies, boxes, 24))
    boxes = _moved(boxes, offsets, faceness[:, 1])
    boxes = boxes[boxes[:, 4] > bar]
    return _squares(boxes[suppress_overlaps(boxes, 0.7)][:_MAX_REFINED])


def _settle(nets: Networks, copies: list[Pixels], boxes: Floats, bar: float) -> list[Face]:
    if not len(boxes):
        return []
    offsets, points, faceness = _in_chunks(nets.onet, _patches(copies, boxes, 48))
    sizes = boxes[:, 2:4] - boxes[:, :2] + 1
    landmarks = np.stack([points[:, :5], points[:, 5:]], axis=2) * sizes[:, None] + boxes[:, None, :2] - 1
    boxes = _moved(boxes, offsets, faceness[:, 1])
    sure = np.flatnonzero(boxes[:, 4] > bar)
    kept = sure[suppress_nested(boxes[sure], 0.7)]
    height, width = copies[0].shape[:2]
    faces = []
    for box, five in zip(boxes[kept], landmarks[kept], strict=True):
        x1, y1, x2, y2 = np.clip(box[:4], 0, [width, height, width, height])
        if x2 - x1 >= 1 and y2 - y1 >= 1:
            corners = (float(x1), float(y1), float(x2 - x1), float(y2 - y1))
            faces.append(Face(corners, float(box[4]), five.astype(np.float32)))
    return faces


def suppress_overlaps(
    boxes: Floats, limit: float, groups: NDArray[np.int64] | None = None
) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first: each drops all worse ones that overlap it by more than `limit`.

    Overlap is intersection over union. A box that is dropped drops nobody, and nobody outside its group.
    """
    if not len(boxes):
        return np.zeros(0, np.intp)
    corner_and_size = np.column_stack([boxes[:, :2], boxes[:, 2:4] - boxes[:, :2]]).astype(np.float64)
    scores = boxes[:, 4]
    if groups is None:
        kept = cv2.dnn.NMSBoxes(corner_and_size, scores, 0.0, limit)
    else:
        kept = cv2.dnn.NMSBoxesBatched(corner_and_size, scores, groups.astype(np.int32), 0.0, limit)
    return np.asarray(kept, np.intp).reshape(-1)


def suppress_nested(boxes: Floats, limit: float) -> NDArray[np.intp]:
    """As above, with overlap as a share of the smaller box: of a face within a face only the surer one stays."""
    order = np.argsort(-boxes[:, 4], kind="stable")
    x1, y1, x2, y2 = boxes[order, :4].T
    area = (x2 - x1) * (y2 - y1)
    kept: list[int] = []
    left = np.arange(len(order))
    while len(left):
        best, rest = left[0], left[1:]
        kept.append(best)
        wide = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest])
        high = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest])
        shared = np.maximum(wide, 0) * np.maximum(high, 0)
        left = rest[shared <= limit * np.minimum(area[best], area[rest])]
    return order[kept]


def _in_chunks(net: Callable[[Floats], tuple[Floats, ...]], patches: Floats) -> list[Floats]:
    step = _PATCHES_AT_ONCE
    answers = [net(patches[i : i + step]) for i in range(0, len(patches), step)]
    return [np.concatenate(part) for part in zip(*answers, strict=True)]


def _moved(boxes: Floats, offsets: Floats, scores: Floats) -> Floats:
    sizes = np.tile(boxes[:, 2:4] - boxes[:, :2] + 1, 2)
    return np.column_stack([boxes[:, :4] + offsets * sizes, scores]).astype(np.float32)


def _squares(boxes: Floats) -> Floats:
    centres = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.column_stack([centres - half, centres + half, boxes[:, 4]]).astype(np.float32)


def _patches(copies: list[Pixels], boxes: Floats, side: int) -> Floats:
    """The boxes' contents at the network's size; beyond the picture's border lies grey.

    Each box is read from the smallest copy on which it still fills the patch: bilinear taps then miss no pixel, and
    all boxes on one copy are read in one call.
    """
    height, width = copies[0].shape[:2]
    scales = np.array([copy.shape[1] / width for copy in copies])
    sizes = boxes[:, 2] - boxes[:, 0]
    nearest = np.maximum((sizes[:, None] * scales >= side).sum(axis=1) - 1, 0)
    patches = np.empty((len(boxes), side, side, 3), np.float32)
    steps = (np.arange(side, dtype=np.float32) + 0.5) / side
    for number in np.unique(nearest):
        copy, here = copies[number], np.flatnonzero(nearest == number)
        stretch = np.array([copy.shape[1] / width, copy.shape[0] / height], np.float32)
        corner = boxes[here, :2] * stretch - 0.5
        size = (boxes[here, 2:4] - boxes[here, :2]) * stretch
        x, y = (corner[:, axis, None] + size[:, axis, None] * steps for axis in (0, 1))
        for first in range(0, len(here), _PATCHES_AT_ONCE):
            some = slice(first, first + _PATCHES_AT_ONCE)
            across = np.broadcast_to(x[some, None, :], (len(x[some]), side, side)).reshape(-1, side)
            down = np.broadcast_to(y[some, :, None], (len(y[some]), side, side)).reshape(-1, side)
            read = cv2.remap(
                copy, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=_OUTSIDE
            )
            patches[here[some]] = read.reshape(-1, side, side, 3)
    return patches
