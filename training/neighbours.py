"""The index of neighbours of a finished model, from the embeddings that its evaluations kept.

It goes into the model's own folder and onto its card, so that a visitor's face can be set beside the evaluation
faces most like it (`model.neighbours`).
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from model import atomic
from model import card as cards
from model.card import KERAS, Card
from model.neighbours import NEIGHBOURS, Index, packed, unit
from training import prediction_table
from training.prediction_table import About

DIRECTIONS = 64
MAX_ROWS = 12_000  # about 0.9 MB; of more faces, this many are drawn
_SEED = 0


def add(folder: Path, card: Card) -> Card:
    """Give the model in `folder` its index, and return its card with the index on it; as it was without faces."""
    names = [name for name in card.files if name.startswith("evaluation-") and name.endswith(".parquet")]
    tables = [prediction_table.read(cards.checked_path(folder, card, name)) for name in sorted(names)]
    index = build((table, about) for table, about in tables if about.model_hash == card.files[KERAS])
    if index is None:
        return card
    data = packed(index)
    atomic.write(folder / NEIGHBOURS, data)
    card = replace(card, files={**card.files, NEIGHBOURS: cards.sha256(folder / NEIGHBOURS)})
    cards.write(folder, card)
    return card


def build(evaluations: Iterable[tuple[pd.DataFrame, About]]) -> Index | None:
    """One row for each face that was found; None where there is none with an embedding."""
    kept = []
    for table, about in evaluations:
        if "embedding" in table and table["found"].any():
            columns = ["id", "label", "p_male", "embedding"]
            kept.append(table.loc[table["found"], columns].assign(dataset=about.dataset))
    if not kept:
        return None
    rows = pd.concat(kept, ignore_index=True)
    if len(rows) > MAX_ROWS:
        rows = rows.sample(MAX_ROWS, random_state=_SEED).sort_index()
    vectors = unit(np.stack(rows["embedding"].to_list()).astype(np.float32))
    mean = vectors.mean(axis=0)
    directions = _main_directions(vectors - mean, DIRECTIONS)
    datasets = tuple(dict.fromkeys(rows["dataset"]))
    return Index(
        mean=mean,
        directions=directions,
        vectors=(vectors - mean) @ directions,
        labels=rows["label"].to_numpy(np.uint8),
        p_male=rows["p_male"].to_numpy(np.float32),
        dataset=rows["dataset"].map(datasets.index).to_numpy(np.uint8),
        datasets=datasets,
        ids=tuple(rows["id"]),
    )


def _main_directions(centred: np.ndarray, count: int) -> np.ndarray:
    """Those along which the faces differ most, one a column."""
    _, vectors = np.linalg.eigh(centred.T.astype(np.float64) @ centred.astype(np.float64))
    return np.ascontiguousarray(vectors[:, ::-1][:, :count], np.float32)
