"""Where an answer turns as a photo changes: by hand, by any turning point, and on a real face with the real model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import flip, running
from model.faces import TEMPLATE, Landmarks, Pixels, align, centre_square
from model.flip import DISTANCE, KINDS, LIGHT, SHARPNESS, TILT, Verdict

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"
SURE_AT = 0.8
SIZE = 96


@pytest.fixture(scope="module")
def picture() -> Pixels:
    rng = np.random.default_rng(0)
    return np.asarray(np.kron(rng.integers(60, 120, (30, 40, 3)), np.ones((10, 10, 1))), np.uint8)


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    return np.asarray(TEMPLATE * 150 + [120, 70], np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_is_the_crop_itself(picture: Pixels, landmarks: Landmarks, kind: str) -> None:
    crop = flip.change(picture, landmarks, kind, 0, SIZE)

    np.testing.assert_array_equal(crop, align(picture, landmarks, SIZE))


def test_light_is_multiplied(picture: Pixels, landmarks: Landmarks) -> None:
    plain = flip.change(picture, landmarks, LIGHT, 0, SIZE).astype(float)

    darker = flip.change(picture, landmarks, LIGHT, -40, SIZE)

    np.testing.assert_allclose(darker, plain * (1 + flip.effect(LIGHT, -40)), atol=0.51)
    assert flip.effect(LIGHT, -40) == pytest.approx(-0.38)
    assert flip.change(picture, landmarks, LIGHT, 100, SIZE).max() == 255


def test_smearing_takes_detail_away_and_sharpening_brings_it_out(
    picture: Pixels, landmarks: Landmarks
) -> None:
    crops = flip.changed(picture, landmarks, [(SHARPNESS, amount) for amount in (-60, 0, 30, 90)], SIZE)
    detail = [float(np.abs(np.diff(crop.astype(float), axis=1)).mean()) for crop in crops]

    assert detail == sorted(detail, reverse=True)
    assert abs(float(crops[3].mean()) - float(crops[1].mean())) < 3


def test_tilting_to_the_right_lowers_the_eye_on_the_right(landmarks: Landmarks) -> None:
    picture = np.zeros((300, 400, 3), np.uint8)
    x, y = np.rint(landmarks[1]).astype(int)
    picture[y - 3 : y + 4, x - 3 : x + 4] = 255
    heights = [
        float(
            np.average(
                np.arange(SIZE), weights=flip.change(picture, landmarks, TILT, amount, SIZE).sum((1, 2))
            )
        )
        for amount in (-50, 0, 50)
    ]

    assert heights[0] < heights[1] - 3 < heights[2] - 6


def test_stepping_back_shows_the_face_smaller(picture: Pixels, landmarks: Landmarks) -> None:
    wider = flip.change(picture, landmarks, DISTANCE, 40, SIZE)

    np.testing.assert_array_equal(wider, align(picture, landmarks, SIZE, field=1.4))


def test_a_picture_taken_whole_has_light_and_sharpness_only(picture: Pixels) -> None:
    nowhere = np.full((5, 2), np.nan, np.float32)

    assert flip.kinds_for(nowhere) == (LIGHT, SHARPNESS)
    np.testing.assert_array_equal(flip.change(picture, nowhere, LIGHT, 0, SIZE), centre_square(picture, SIZE))
    with pytest.raises(ValueError, match="tilt"):
        flip.change(picture, nowhere, TILT, 10, SIZE)


def test_of_a_model_that_is_never_sure_no_answer_is_one() -> None:
    assert [verdict.label for verdict in flip.verdicts(np.array([[0, 1]], np.float32), 1.0)] == ["unsure"]


def test_an_answer_below_the_threshold_is_none() -> None:
    said = flip.verdicts(np.array([[0.85, 0.15], [0.75, 0.25], [0.1, 0.9]], np.float32), SURE_AT)

    assert [verdict.label for verdict in said] == ["female", "unsure", "male"]
    assert said[2].p_male == pytest.approx(0.9)


class Steep:
    """A model whose certainty falls by a curve as one thing changes, and the batches it was asked in."""

    def __init__(self, below: float, above: float) -> None:
        self._ends = below, above
        self.batches: list[int] = []

    def __call__(self, asked: Sequence[tuple[str, int]]) -> list[Verdict]:
        self.batches.append(len(asked))
        rows = [self._p_female(amount) for _, amount in asked]
        return flip.verdicts(np.array([(p, 1 - p) for p in rows], np.float32), SURE_AT)

    def _p_female(self, amount: int) -> float:
        end = self._ends[amount > 0]
        return float(1 / (1 + np.exp(min(3 * (abs(amount) / end) ** 3 - 4.3863, 50))))


def _by_hand(model: Steep, way: int) -> int | None:
    steps = [way * step for step in range(1, flip.FURTHEST + 1)]
    labels = [verdict.label for verdict in model([(LIGHT, step) for step in steps])]
    return next((step for step, label in zip(steps, labels, strict=True) if label != "female"), None)


@given(st.floats(2, 160), st.floats(2, 160))
def test_the_turning_points_are_those_that_looking_everywhere_finds(below: float, above: float) -> None:
    model = Steep(below, above)
    wanted = [step for way in (-1, 1) if (step := _by_hand(model, way))]
    model.batches.clear()

    [sweep] = flip.sweeps(model, [LIGHT], Verdict("female", 0.02), SURE_AT).values()

    assert sorted(turn.amount for turn in sweep.turns) == sorted(wanted)
    assert all(sweep.seen[turn.amount].label == turn.label != "female" for turn in sweep.turns)
    assert sweep.turning_point == (min(wanted, key=abs) if wanted else None)
    assert len(model.batches) <= 5


def test_an_answer_that_nothing_turns_has_no_turning_point() -> None:
    found = flip.sweeps(Steep(1e6, 1e6), KINDS, Verdict("female", 0.02), SURE_AT)

    assert list(found) == list(KINDS)
    assert all(sweep.turning_point is None for sweep in found.values())


def test_what_was_not_sure_can_turn_to_an_answer() -> None:
    def judge(asked: Sequence[tuple[str, int]]) -> list[Verdict]:
        rows = [(0.399 - amount / 200, 0.601 + amount / 200) for _, amount in asked]
        return flip.verdicts(np.array(rows, np.float32), SURE_AT)

    [sweep] = flip.sweeps(judge, [TILT], Verdict("unsure", 0.6), SURE_AT).values()

    assert [(turn.amount, turn.label) for turn in sweep.turns] == [(40, "male"), (-81, "female")]


def test_a_real_answer_turns_exactly_where_it_says() -> None:
    engine = running.get()
    sure_at, size = engine.artifact.card.sure_at, engine.artifact.card.input_size
    reading = engine.pipeline.read(SAMPLE.read_bytes())
    answer = max(reading.faces, key=lambda one: one.face.score)
    pixels = reading.pixels
    assert pixels is not None
    face = answer.face.scaled(pixels.shape[1] / reading.width, pixels.shape[0] / reading.height)

    def judge(asked: Sequence[tuple[str, int]]) -> list[Verdict]:
        crops = flip.changed(pixels, face.landmarks, asked, size)
        return flip.verdicts(engine.service.predict(np.stack(crops)).probabilities, sure_at)

    found = flip.sweeps(judge, [SHARPNESS], Verdict(answer.label, answer.probabilities["male"]), sure_at)

    [turn] = [turn for turn in found[SHARPNESS].turns if turn.amount > 0]
    before, after = judge([(SHARPNESS, turn.amount - 1), (SHARPNESS, turn.amount)])
    assert (before.label, after.label) == (answer.label, turn.label)
    assert turn.label != answer.label
