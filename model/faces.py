"""Landmarks to aligned crops. Knows what a face is and how it is brought upright; leaves finding it to a detector."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Landmarks = NDArray[np.float32]

CROP_VERSION = "similarity-1"

# Left eye, right eye, nose, left and right corner of the mouth, as fractions of the crop's side. The shape is the
# mean of what our detector finds on the training photos of All-Age-Faces and CelebA, made symmetric; the eyes are
# 0.28 of the side apart and 0.42 below its top, which leaves hair and chin inside. Measured by
# `python -m training.landmarks`.
TEMPLATE: Landmarks = np.array(
    [[0.36, 0.42], [0.64, 0.42], [0.5, 0.5908], [0.3771, 0.7209], [0.6229, 0.7209]], np.float32
)


@dataclass(frozen=True)
class Face:
    """A face on a picture: its box (x, y, width, height), the detector's score, and five points."""

    box: tuple[float, float, float, float]
    score: float
    landmarks: Landmarks

    def scaled(self, factor_x: float, factor_y: float) -> "Face":
        x, y, w, h = self.box
        box = (x * factor_x, y * factor_y, w * factor_x, h * factor_y)
        # A landmark is the centre of a pixel, a box the edges of some.
        factor = np.array([factor_x, factor_y], np.float32)
        return Face(box, self.score, (self.landmarks + 0.5) * factor - 0.5)

    def turned(self, quarter_turns: int, width: int, height: int) -> "Face":
        """The same face after the picture (width x height) is turned counter-clockwise, as `np.rot90` turns it."""
        face = self
        for _ in range(quarter_turns % 4):
            x, y, w, h = face.box
            points = np.stack([face.landmarks[:, 1], width - 1 - face.landmarks[:, 0]], axis=1)
            face = Face((y, width - x - w, h, w), face.score, points.astype(np.float32))
            width, height = height, width
        return face


class Detector(Protocol):
    """Whatever finds faces. Boxes and landmarks come in pixels of the picture it is given."""

    def detect(self, pixels: Pixels, *, min_face_px: float = ...) -> list[Face]: ...
    def nearly(self, pixels: Pixels) -> list[Face]: ...


def in_reading_order(faces: Iterable[Face]) -> list[Face]:
    """Left to right, then top to bottom."""
    return sorted(faces, key=lambda face: (face.box[0], face.box[1]))


def similarity(points: Landmarks, target: Landmarks) -> NDArray[np.float64]:
    """The 2x3 matrix that brings points nearest to target by rotation, one scale and a shift.

    Two-dimensional least squares has a closed form, which can turn but never mirror.
    """
    source, goal = points.astype(np.float64), target.astype(np.float64)
    source_mean, goal_mean = source.mean(axis=0), goal.mean(axis=0)
    a, b = source - source_mean, goal - goal_mean
    spread = (a**2).sum()
    if not np.isfinite(spread) or spread < 1e-6:
        raise ValueError("Five landmarks in one place cannot be aligned.")
    cos = (a * b).sum() / spread
    sin = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, goal_mean - turn @ source_mean])


def tilt(landmarks: Landmarks) -> float:
    """By how many degrees the face leans, clockwise as seen; 0 is upright."""
    matrix = similarity(TEMPLATE, landmarks)
    return float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def align(pixels: Pixels, landmarks: Landmarks, size: int, field: float = 1.0) -> Pixels:
    """A size x size crop with the landmarks at the template; `field` above 1 shows more round the same face."""
    target = ((TEMPLATE - 0.5) / field + 0.5) * size - 0.5
    matrix = similarity(landmarks, target)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    region, matrix = _cut_out(pixels, matrix, size)
    if scale < 1:
        region, matrix = _shrink(region, matrix, scale)
    crop = cv2.warpAffine(
        region, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(crop, np.uint8)


def centre_square(pixels: Pixels, size: int) -> Pixels:
    """The whole picture taken as a face: its central square."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = pixels[top : top + side, left : left + side]
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (size, size), interpolation=way), np.uint8)


def _cut_out(pixels: Pixels, matrix: NDArray[np.float64], size: int) -> tuple[Pixels, NDArray[np.float64]]:
    """Only the part of the picture that the crop shows, so that a small face on a large photo costs little."""
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]) @ back.T
    margin = 2 + 1 / max(np.hypot(matrix[0, 0], matrix[1, 0]), 1e-6)
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0) - margin), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(
        np.ceil(corners.max(axis=0) + margin), [left + 1, top + 1], [width, height]
    ).astype(int)
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ [left, top]
    return pixels[top:bottom, left:right], moved


def _shrink(region: Pixels, matrix: NDArray[np.float64], scale: float) -> tuple[Pixels, NDArray[np.float64]]:
    """Shrink by area first: a bilinear warp alone would skip pixels and alias."""
    height, width = region.shape[:2]
    small_w, small_h = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(region, (small_w, small_h), interpolation=cv2.INTER_AREA)
    stretch = np.array([width / small_w, height / small_h])
    moved = matrix.copy()
    moved[:, :2] = matrix[:, :2] * stretch
    # A pixel's centre lies at +0.5: x = (x' + 0.5) * stretch - 0.5.
    moved[:, 2] += matrix[:, :2] @ (0.5 * stretch - 0.5)
    return np.asarray(small, np.uint8), moved
