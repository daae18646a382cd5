"""Tables of predictions made up at random: what a model that is right so often might have said."""

from dataclasses import replace

import numpy as np
import pandas as pd

from training.prediction_table import About
from training.table import bands

RACES = ("White", "Black", "Asian", "Indian")


def table(seed: int = 0, n: int = 400, right: float = 0.9, found: float = 0.98) -> pd.DataFrame:
    """As `predictions.predict` makes it, with ties among the scores and ages and races that are not all known."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n).astype(np.int8)
    seen = random.random(n) < found
    agrees = random.random(n) < right
    confidence = 0.5 + 0.5 * random.beta(4, 1, n)
    p_male = np.where((labels == 1) == agrees, confidence, 1 - confidence).round(2)
    years = np.where(random.random(n) < 0.9, random.integers(0, 90, n), np.nan)
    race = pd.Series(random.choice(RACES, n, p=(0.5, 0.3, 0.17, 0.03)), dtype="str")
    vectors = random.normal(size=(n, 8)).astype(np.float16)
    return pd.DataFrame(
        {
            "id": [f"{seed}-{number:05}.jpg" for number in range(n)],
            "label": labels,
            "p_male": np.where(seen, p_male, np.nan).astype(np.float32),
            "found": seen,
            "error": pd.Series([None if one else "no_face" for one in seen], dtype="str"),
            "race": race.where(random.random(n) < 0.95),
            "age": years,
            "age_band": bands(pd.Series(years)),
            "attr_eyeglasses": pd.Series(random.integers(0, 2, n).astype(bool), dtype="boolean").where(
                pd.Series(random.random(n) < 0.5)
            ),
            "embedding": pd.Series(
                [row if one else row[:0] for row, one in zip(vectors, seen, strict=True)], dtype=object
            ),
        }
    )


def exact(confusion: list[list[int]], p: float = 0.9) -> pd.DataFrame:
    """A table with exactly this confusion matrix: rows are labels, columns what was said."""
    rows = [
        (label, p if said else 1 - p)
        for label in (0, 1)
        for said in (0, 1)
        for _ in range(confusion[label][said])
    ]
    labels, scores = zip(*rows, strict=True) if rows else ((), ())
    return pd.DataFrame(
        {
            "id": [f"{number:05}.jpg" for number in range(len(rows))],
            "label": np.array(labels, np.int8),
            "p_male": np.array(scores, np.float32),
            "found": np.ones(len(rows), dtype=bool),
        }
    )


def about(**changes: object) -> About:
    """What such a table's file would say of itself."""
    said = About(
        model="mine",
        model_hash="0" * 64,
        crop="1",
        sure_at=0.8,
        dataset="photos",
        split="all",
        source="raw",
        made="2026-01-01T00:00:00+00:00",
        software="none",
    )
    return replace(said, **changes)  # type: ignore[arg-type]
