"""A map of all faces: alike in what the model makes of them is near, and errors are where they lie thick.

Across: what the model answers, from surely female to surely male, in log odds. Upwards: what tells the embeddings of
the faces apart most once the direction that goes with the answer is taken out, their first principal component.
Nothing is drawn by lot but which of the right faces are shown, and that lot has a seed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 4000
FURTHEST = 7.0  # log odds: beyond 0.1% and 99.9% the map is not drawn wider
_ENOUGH = 3
_EVERY_SO_MANY = 20_000  # faces that the upward direction is found from
_TINY = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorMap:
    """One place for each face: `across` in log odds of male, `upwards` in standard deviations."""

    across: Floats
    upwards: Floats


def normalised(vectors: NDArray[np.generic]) -> NDArray[np.float32]:
    """Each row of length 1, so that a product of two is how alike they are."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    scaled: NDArray[np.float32] = rows / np.maximum(lengths, np.float32(_TINY))
    return scaled


def nearest(vectors: NDArray[np.float32], place: int, count: int) -> NDArray[np.int64]:
    """The `count` other faces most alike to that at `place`, the most alike first; `vectors` are normalised."""
    alike = vectors @ vectors[place]
    alike[place] = -np.inf
    count = min(count, len(vectors) - 1)
    if count < 1:
        return np.empty(0, dtype=np.int64)
    best = np.argpartition(-alike, count - 1)[:count]
    return best[np.argsort(-alike[best], kind="stable")].astype(np.int64)


def project(p_male: Floats, vectors: NDArray[np.float32]) -> ErrorMap | None:
    """None with too few faces, or where they are all alike."""
    if len(p_male) < _ENOUGH or vectors.ndim != 2 or vectors.shape[1] < 2:
        return None
    across = np.clip(log_odds(p_male), -FURTHEST, FURTHEST)
    middle = vectors.mean(axis=0)
    step = max(1, len(vectors) // _EVERY_SO_MANY)
    some = vectors[::step] - middle
    answered = some.T @ (across[::step] - across[::step].mean()).astype(np.float32)
    answered /= max(float(np.linalg.norm(answered)), _TINY)
    rest = some - np.outer(some @ answered, answered)
    spread, directions = np.linalg.eigh((rest.T @ rest).astype(np.float64))
    if spread[-1] <= _TINY * len(some):
        return None
    direction = directions[:, -1]
    # Which way is up is nobody's choice; this keeps it the same.
    direction = direction * np.sign(direction[np.argmax(np.abs(direction))])
    direction = direction - answered * float(direction @ answered)
    upwards = ((vectors - middle) @ direction.astype(np.float32)).astype(np.float64)
    deviation = float(upwards.std())
    return ErrorMap(across, upwards / deviation) if deviation > 0 else None


def drawn(right: NDArray[np.bool_], *, seed: int = 0, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """Which faces to draw, in their order: every error, and as many of the right ones as there is room for."""
    draw = np.random.default_rng(seed)
    wrong, rest = np.flatnonzero(~right), np.flatnonzero(right)
    if len(wrong) > most:
        wrong = draw.choice(wrong, most, replace=False)
    room = most - len(wrong)
    if len(rest) > room:
        rest = draw.choice(rest, room, replace=False)
    return np.sort(np.concatenate([wrong, rest])).astype(np.int64)


def log_odds(p: Floats) -> Floats:
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(inside / (1 - inside))
    return odds
