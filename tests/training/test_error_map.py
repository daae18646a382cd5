"""The map puts alike faces near each other, always in the same place, and leaves no error out."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from training import error_map


def faces(n: int = 500, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and embeddings in which one direction is the answer and another, weaker one a kind of face."""
    draw = np.random.default_rng(seed)
    odds, kind = draw.normal(0, 3, n), draw.integers(0, 2, n)
    vectors = draw.normal(0, 0.1, (n, 32))
    vectors[:, 0] += odds
    vectors[:, 1] += np.where(kind == 1, 1.0, -1.0)
    vectors[:, 2] += 4
    return 1 / (1 + np.exp(-odds)), vectors


def test_across_stands_the_answer_and_upwards_what_remains() -> None:
    p_male, vectors = faces()

    found = error_map.project(p_male, error_map.normalised(vectors))

    assert found is not None
    assert (np.diff(found.across[np.argsort(p_male)]) >= 0).all()
    kind = vectors[:, 1] > 0
    assert abs(np.corrcoef(found.upwards, kind)[0, 1]) > 0.8
    assert abs(np.corrcoef(found.upwards, found.across)[0, 1]) < 0.15


def test_upwards_is_the_first_principal_component_of_what_remains() -> None:
    p_male, vectors = faces()
    unit = error_map.normalised(vectors)

    found = error_map.project(p_male, unit)

    centred = unit - unit.mean(axis=0)
    odds = np.clip(error_map.log_odds(p_male), -7, 7)
    answered = centred.T @ (odds - odds.mean())
    answered /= np.linalg.norm(answered)
    rest = PCA(1).fit_transform(centred - np.outer(centred @ answered, answered))[:, 0]
    assert found is not None
    assert abs(np.corrcoef(found.upwards, rest)[0, 1]) > 0.999


def test_the_same_faces_stand_in_the_same_place() -> None:
    p_male, vectors = faces()

    one, other = (error_map.project(p_male, error_map.normalised(vectors)) for _ in range(2))

    assert one is not None
    assert other is not None
    assert (one.across == other.across).all()
    assert (one.upwards == other.upwards).all()


@pytest.mark.parametrize("vectors", [np.ones((50, 8)), np.zeros((50, 8)), np.ones((50, 0)), np.ones((2, 8))])
def test_faces_that_nothing_tells_apart_have_no_map(vectors: np.ndarray) -> None:
    p_male = np.linspace(0.1, 0.9, len(vectors))

    assert error_map.project(p_male, error_map.normalised(vectors)) is None


def test_certain_scores_stay_on_the_map() -> None:
    p_male, vectors = faces()
    p_male[:2] = (0.0, 1.0)

    found = error_map.project(p_male, error_map.normalised(vectors))

    assert found is not None
    assert (found.across[0], found.across[1]) == (-error_map.FURTHEST, error_map.FURTHEST)


def test_every_error_is_drawn_and_the_right_ones_by_a_lot_with_a_seed() -> None:
    right = np.random.default_rng(0).random(20_000) < 0.95

    chosen = error_map.drawn(right)

    assert len(chosen) == error_map.MOST_POINTS
    assert set(np.flatnonzero(~right)) <= set(chosen)
    assert (chosen == error_map.drawn(right)).all()
    assert (chosen != error_map.drawn(right, seed=1)).any()


def test_a_map_never_has_more_points_than_can_be_drawn() -> None:
    assert len(error_map.drawn(np.zeros(9000, dtype=bool))) == error_map.MOST_POINTS
    assert len(error_map.drawn(np.ones(10, dtype=bool))) == 10


def test_the_nearest_are_the_most_alike_without_the_face_itself() -> None:
    _, vectors = faces(200)
    unit = error_map.normalised(vectors)

    found = error_map.nearest(unit, 7, 6)

    alike = unit @ unit[7]
    alike[7] = -1
    assert found.tolist() == np.argsort(-alike)[:6].tolist()
    assert len(error_map.nearest(unit[:3], 0, 6)) == 2
    assert len(error_map.nearest(unit[:1], 0, 6)) == 0
