"""Evidence painted over a face: in whose colour, how strongly, and what the lines enclose."""

import cv2
import numpy as np
from PIL import ImageColor

from ui import heat

INDIGO, AMBER = "#4C5FD5", "#A35304"


def _evidence() -> np.ndarray:
    """For the answer on the left, less strongly against it on the right."""
    across = np.linspace(0, 2 * np.pi, 160)
    waves = np.where(across < np.pi, 1.0, 0.6) * np.sin(across)
    return np.asarray(np.outer(np.sin(np.linspace(0, np.pi, 160)), waves), np.float32)


def _inside(lines: list[np.ndarray]) -> np.ndarray:
    filled = np.zeros((heat.SHOWN_PX, heat.SHOWN_PX), np.uint8)
    cv2.fillPoly(filled, lines, 1)
    return filled.astype(bool)


def test_with_no_opacity_it_is_the_face_alone() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8)

    plain = np.asarray(heat.painted(crop, _evidence(), 0, INDIGO, AMBER))

    large = cv2.resize(crop, plain.shape[:2], interpolation=cv2.INTER_CUBIC)
    assert np.abs(plain.astype(int) - large).max() <= 1


def test_each_side_has_the_colour_of_the_answer_it_spoke_for() -> None:
    grey = np.full((160, 160, 3), 128, np.uint8)

    painted = np.asarray(heat.painted(grey, _evidence(), 1, INDIGO, AMBER), float)

    middle = heat.SHOWN_PX // 2
    left, right = painted[middle, middle // 2], painted[middle, 3 * middle // 2]
    assert np.abs(left - ImageColor.getrgb(INDIGO)).max() < 12
    assert np.abs(right - ImageColor.getrgb(AMBER)).sum() < np.abs(right - ImageColor.getrgb(INDIGO)).sum()
    assert np.abs(painted[middle, 2] - 128).max() < 25


def test_a_line_encloses_half_of_what_was_said() -> None:
    said = heat.shown(_evidence())
    lines = heat.outlines(said)

    for amounts, line in ((np.maximum(said, 0), lines.towards), (np.maximum(-said, 0), lines.against)):
        share = amounts[_inside(line)].sum() / amounts.sum()
        assert abs(share - 0.5) < 0.03


def test_what_hardly_spoke_against_the_answer_has_no_line() -> None:
    nearly_all_for = np.maximum(_evidence(), -0.005)

    assert heat.outlines(heat.shown(nearly_all_for)).against == []


def test_no_evidence_is_no_line_and_no_colour() -> None:
    grey = np.full((160, 160, 3), 128, np.uint8)
    nothing = np.zeros((160, 160), np.float32)

    assert np.asarray(heat.painted(grey, nothing, 1, INDIGO, AMBER)).std() == 0
