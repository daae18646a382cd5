"""The table of predictions, one row a photo, and its parquet file. Every number about a model comes from one.

Columns: `id`, `label`, `p_male` (missing where nobody was found), `found`, `error` (why nobody was), `race`, `age`
(years), `age_band`, `attr_*` (nullable booleans), `embedding` (float16; empty where nobody was found). The file says
of itself which model saw which photos how (`About`). It is read as if a stranger had written it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from model import atomic, typed
from training.table import AGE_BANDS

SOURCES = ("raw", "crops")
MAX_ROWS = 1_000_000
MAX_FILE_BYTES = 2 * 2**30
MAX_EMBEDDING = 4096
MAX_COLUMNS = 200
MAX_WORD = 1000
MAX_YEARS = 150
_KEY = b"rupa"
_MAX_ABOUT_BYTES = 10_000
_WORDS = ("id", "error", "race", "age_band")
_ATTRIBUTE = re.compile(r"attr_[a-z0-9_]{1,60}")
_HASH = re.compile(r"[0-9a-f]{64}")

SENTENCES = {
    "no_evaluation": "There is no evaluation {file}; run {python} -m training evaluate first.",
    "damaged": "The evaluation {file} is damaged or not one of Rupa's; run it again.",
    "too_large": "The evaluation {file} is larger than any of Rupa's; it was not opened.",
    "bad_column": "The evaluation cannot be used: its column {column} is missing or not what it should be.",
    "bad_about": "The evaluation {file} does not say which model it is of; run it again.",
    "bad_scores": "{count:,} faces have no usable score, so nothing was counted; run the evaluation again.",
    "other_labels": "{count:,} photos are labelled differently in the two evaluations; run both on the same data.",
    "no_common_photos": "The two evaluations have no photo in common; run both on the same data.",
    "nothing_in_split": "{name} has no photos in the split {split}; it has {there}.",
}


class EvaluationError(Exception):
    """No evaluation, for the reason that `code` names; the text is the sentence for the person who asked for it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class About:
    """Which model saw which photos, and how. `model_hash` is the SHA-256 of its `model.keras`.

    `spec` opens the photos again where the data set's name does not: `folder:PATH` or `zip:PATH`.
    """

    model: str
    model_hash: str
    crop: str
    sure_at: float
    dataset: str
    split: str
    source: str
    made: str
    software: str
    spec: str = ""

    @property
    def photos(self) -> str:
        """What `open_dataset` takes to open the photos."""
        return self.spec or self.dataset

    def __post_init__(self) -> None:
        words = (self.model, self.crop, self.dataset, self.split, self.software)
        right = isinstance(self.spec, str) and len(self.spec) <= MAX_WORD
        right = right and all(isinstance(word, str) and 0 < len(word) <= MAX_WORD for word in words)
        right = right and isinstance(self.model_hash, str) and bool(_HASH.fullmatch(self.model_hash))
        right = right and isinstance(self.sure_at, int | float) and 0.5 <= self.sure_at <= 1
        right = right and self.source in SOURCES and isinstance(self.made, str) and len(self.made) <= 40
        if not right:
            raise ValueError("An evaluation says what it is of, in short words.")
        datetime.fromisoformat(self.made)


def tabled(
    labelled: pd.DataFrame, p_male: np.ndarray, errors: Sequence[str | None], embeddings: np.ndarray
) -> pd.DataFrame:
    """The table of predictions of these rows of a data set's table; an error says why nobody was found."""
    found = np.array([error is None for error in errors], dtype=bool)
    table = labelled.reset_index(drop=True)
    kept = [name for name in ("race", "age", "age_band") if name in table]
    attributes = [name for name in table if _ATTRIBUTE.fullmatch(str(name))]
    made = table[["id", "label", *kept, *attributes]].copy()
    made.insert(2, "p_male", p_male.astype(np.float32))
    made.insert(3, "found", found)
    made.insert(4, "error", pd.Series(errors, dtype="str"))
    vectors = [row if seen else row[:0] for row, seen in zip(embeddings, found, strict=True)]
    made["embedding"] = pd.Series(vectors, dtype=object)
    return made


def write(path: Path, table: pd.DataFrame, about: About) -> None:
    """Put the evaluation at `path`, whole or not at all."""
    check(table)
    plain = table.drop(columns="embedding", errors="ignore")
    plain = plain.astype({name: "str" for name in _WORDS if name in plain})
    arrow = pa.Table.from_pandas(plain, preserve_index=False)
    if "embedding" in table:
        vectors = pa.array(list(table["embedding"]), pa.list_(pa.float16()))
        arrow = arrow.append_column("embedding", vectors)
    arrow = arrow.replace_schema_metadata({_KEY: json.dumps(asdict(about)).encode()})
    data = pa.BufferOutputStream()
    pq.write_table(arrow, data, compression="zstd", row_group_size=16_384)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, data.getvalue().to_pybytes())


def read(path: Path, *, embeddings: bool = True) -> tuple[pd.DataFrame, About]:
    """The evaluation at `path`, every column checked; `embeddings` can be left in the file."""
    if not path.is_file():
        raise EvaluationError("no_evaluation", file=path.name, python=typed.python())
    if path.stat().st_size > MAX_FILE_BYTES:
        raise EvaluationError("too_large", file=path.name)
    try:
        words = [name for name in pq.read_schema(path).names if name in _WORDS]
        file = pq.ParquetFile(path, read_dictionary=words)
        said = _about(file.schema_arrow.metadata, path)
        columns = _columns(file, path, embeddings)
        arrow = file.read(columns=columns)
        table = pd.DataFrame({name: _column(name, arrow[name]) for name in columns})
    except (pa.ArrowException, OSError, MemoryError, ValueError, KeyError) as error:
        raise EvaluationError("damaged", file=path.name) from error
    check(table)
    return table, said


def vectors(path: Path, found: NDArray[np.bool_]) -> NDArray[np.float16] | None:
    """The embeddings alone, a row for each photo that is `found`; None where nobody kept them.

    A large evaluation is read whole in a second, of which this takes a fifth.
    """
    try:
        words = [name for name in pq.read_schema(path).names if name in _WORDS]
        file = pq.ParquetFile(path, read_dictionary=words)
        if "embedding" not in _columns(file, path, True):
            return None
        values = file.read(columns=["embedding"])["embedding"].combine_chunks()
        lengths = pc.list_value_length(values).to_numpy(zero_copy_only=False)
        flat = values.flatten().to_numpy(zero_copy_only=False)
    except (pa.ArrowException, OSError, MemoryError, ValueError, KeyError) as error:
        raise EvaluationError("damaged", file=path.name) from error
    _must(values.null_count == 0 and len(values) == len(found), "embedding")
    if not found.any():
        return None
    width = int(lengths[found][0])
    _must(0 < width <= MAX_EMBEDDING and bool((lengths == np.where(found, width, 0)).all()), "embedding")
    _must(bool(np.isfinite(flat).all()), "embedding")
    return np.asarray(flat, dtype=np.float16).reshape(-1, width)


def about(path: Path) -> About:
    """What the evaluation at `path` says of itself, without reading its rows."""
    try:
        metadata = pq.read_schema(path).metadata
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EvaluationError("damaged", file=path.name) from error
    return _about(metadata, path)


def check(table: pd.DataFrame) -> None:
    """Raise `EvaluationError` unless every value is one that an evaluation can have."""
    for name in ("id", "label", "p_male", "found"):
        _must(name in table, name)
    _must(bool(table["id"].notna().all()) and table["id"].is_unique, "id")
    _must(bool(table["label"].isin((0, 1)).all()), "label")
    _must(pd.api.types.is_bool_dtype(table["found"]) and bool(table["found"].notna().all()), "found")
    found = table["found"].to_numpy(dtype=bool)
    _must(pd.api.types.is_float_dtype(table["p_male"]), "p_male")
    scores = table["p_male"].to_numpy(dtype=np.float64)
    _must(bool(((scores >= 0) & (scores <= 1))[found].all() and np.isnan(scores[~found]).all()), "p_male")
    if "age" in table:
        years = table["age"].to_numpy(dtype=np.float64)
        _must(bool(((years >= 0) & (years <= MAX_YEARS) | np.isnan(years)).all()), "age")
    if "age_band" in table:
        _must(bool(table["age_band"].dropna().isin(AGE_BANDS).all()), "age_band")
    if "embedding" in table and found.any():
        lengths = table["embedding"].map(len).to_numpy()[found]
        _must(0 < lengths[0] <= MAX_EMBEDDING and bool((lengths == lengths[0]).all()), "embedding")
        finite = np.isfinite(np.stack(table["embedding"].to_numpy()[found]).astype(np.float16)).all()
        _must(bool(finite), "embedding")


def _about(raw: dict[bytes, bytes] | None, path: Path) -> About:
    text = (raw or {}).get(_KEY, b"")
    try:
        if len(text) > _MAX_ABOUT_BYTES:
            raise ValueError("too long")
        said = json.loads(text)
        return About(**said)
    except (ValueError, TypeError, RecursionError) as error:
        raise EvaluationError("bad_about", file=path.name) from error


def _columns(file: pq.ParquetFile, path: Path, embeddings: bool) -> list[str]:
    """The columns that are known and of the right kind, before anything of them is read."""
    schema, metadata = file.schema_arrow, file.metadata
    if metadata.num_rows > MAX_ROWS or len(schema) > MAX_COLUMNS or len(set(schema.names)) < len(schema):
        raise EvaluationError("too_large", file=path.name)
    sizes = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    if sum(sizes) > 2 * MAX_FILE_BYTES:
        raise EvaluationError("too_large", file=path.name)
    known = []
    for field in schema:
        kind = _kind(field.name)
        if kind is None or (field.name == "embedding" and not embeddings):
            continue
        _must(kind(field.type), field.name)
        known.append(field.name)
    return known


def _kind(name: str) -> Any:
    """What a column of this name must be; None where it is not one of ours."""
    if _ATTRIBUTE.fullmatch(name) or name == "found":
        return pa.types.is_boolean
    if name in _WORDS:
        return lambda kind: (
            pa.types.is_dictionary(kind)
            and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
        )
    if name == "label":
        return pa.types.is_integer
    if name in ("p_male", "age"):
        return pa.types.is_floating
    if name == "embedding":
        return lambda kind: pa.types.is_list(kind) and pa.types.is_float16(kind.value_type)
    return None


def _column(name: str, values: pa.ChunkedArray) -> Any:
    if name in _WORDS:
        # Words stay in their dictionary until their length is known: a small file can repeat a huge one.
        for chunk in values.chunks:
            longest = pc.max(pc.binary_length(chunk.dictionary)).as_py()
            _must((longest or 0) <= MAX_WORD, name)
        return values.cast(pa.string()).to_pandas().astype("str")
    if name == "embedding":
        _must(values.null_count == 0, name)
        return pd.Series(list(_vectors(values)))
    if name.startswith("attr_"):
        return values.to_pandas().astype("boolean")
    _must(values.null_count == 0 or name in ("p_male", "age"), name)
    return values.to_pandas()


def _vectors(values: pa.ChunkedArray) -> list[np.ndarray]:
    vectors = []
    for chunk in values.chunks:
        flat = chunk.values.to_numpy(zero_copy_only=False)
        offsets = chunk.offsets.to_numpy()
        vectors += [flat[start:end] for start, end in pairwise(offsets)]
    return vectors


def _must(holds: object, column: str) -> None:
    if not holds:
        raise EvaluationError("bad_column", column=column)
