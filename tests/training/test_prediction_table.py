"""What was written comes back; what a stranger changed does not come in."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.tables import exact, table
from training import prediction_table
from training.prediction_table import About, EvaluationError

ROWS = 60
MADE = table(0, n=ROWS)
ABOUT = About(
    model="small-1",
    model_hash="0" * 64,
    crop="similarity-1",
    sure_at=0.8,
    dataset="made-up",
    split="validation",
    source="raw",
    made="2026-01-31T12:00:00+00:00",
    software="litert on cpu",
)


def _changed(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """The file as somebody else would write it, past our own checks."""
    pq.write_table(change(pq.read_table(path)), path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "evaluation-made-up-validation.parquet"
    prediction_table.write(path, MADE, ABOUT)
    return path


def test_what_was_written_comes_back(file: Path) -> None:
    found, about = prediction_table.read(file)

    expected = MADE
    assert about == ABOUT
    pd.testing.assert_frame_equal(found.drop(columns="embedding"), expected.drop(columns="embedding"))
    for one, other in zip(found["embedding"], expected["embedding"], strict=True):
        assert one.dtype == np.float16
        np.testing.assert_array_equal(one, other)


def test_embeddings_can_stay_in_the_file(file: Path) -> None:
    found, _ = prediction_table.read(file, embeddings=False)

    assert list(found) == [name for name in MADE if name != "embedding"]


def test_a_table_without_faces_and_one_without_extras_come_back(tmp_path: Path) -> None:
    for number, made in enumerate(
        (table(1, n=20, found=0.0), exact([[3, 1], [0, 2]]), exact([[0, 0], [0, 0]]))
    ):
        path = tmp_path / f"{number}.parquet"
        prediction_table.write(path, made, ABOUT)
        found, _ = prediction_table.read(path)
        assert found["found"].tolist() == made["found"].tolist()
        assert found["id"].tolist() == made["id"].tolist()


def test_a_writing_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def full(_handle: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        prediction_table.write(file, table(1), ABOUT)

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def _value(column: str, row: int, value: str | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(made: pd.DataFrame) -> pd.DataFrame:
        made[column] = made[column].astype(object)
        made.at[row, column] = value
        return made

    return change


BAD_VALUES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "a third label": ("label", lambda made: made.assign(label=made["label"] + 1)),
    "a label that is a word": ("label", lambda made: made.assign(label="male")),
    "no labels": ("label", lambda made: made.drop(columns="label")),
    "one photo twice": ("id", lambda made: made.assign(id="same.jpg")),
    "a photo without a name": ("id", _value("id", 3, None)),
    "names that are numbers": ("id", lambda made: made.assign(id=np.arange(len(made)))),
    "a name as long as a book": ("id", _value("id", 3, "x" * 100_000)),
    "a chance above 1": ("p_male", lambda made: made.assign(p_male=made["p_male"] + 0.5)),
    "a chance of minus nothing": ("p_male", lambda made: made.assign(p_male=made["p_male"] - 2)),
    "an infinite chance": ("p_male", lambda made: made.assign(p_male=np.float32(np.inf))),
    "a face without a chance": ("p_male", lambda made: made.assign(found=True)),
    "a chance without a face": ("p_male", lambda made: made.assign(found=False)),
    "chances that are words": ("p_male", lambda made: made.assign(p_male="0.5")),
    "found or not is missing": ("found", lambda made: made.drop(columns="found")),
    "found or not is a number": ("found", lambda made: made.assign(found=made["found"].astype(int))),
    "an age of 900 years": ("age", lambda made: made.assign(age=900.0)),
    "an age before birth": ("age", lambda made: made.assign(age=-1.0)),
    "an unknown band": ("age_band", lambda made: made.assign(age_band="young")),
    "an attribute that is a number": ("attr_eyeglasses", lambda made: made.assign(attr_eyeglasses=7)),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_value_that_no_evaluation_has_is_named_by_its_column(file: Path, name: str) -> None:
    column, change = BAD_VALUES[name]

    def strangers(arrow: pa.Table) -> pa.Table:
        made = change(arrow.drop_columns("embedding").to_pandas())
        return pa.Table.from_pandas(made, preserve_index=False).replace_schema_metadata(arrow.schema.metadata)

    _changed(file, strangers)

    with pytest.raises(EvaluationError) as refused:
        prediction_table.read(file)
    assert (refused.value.code, refused.value.facts["column"]) == ("bad_column", column)


VECTORS: dict[str, tuple[list[list[float]], pa.DataType]] = {
    "of different lengths": ([[1.0] * (1 + row % 2) for row in range(ROWS)], pa.list_(pa.float16())),
    "infinite": ([[np.inf]] * ROWS, pa.list_(pa.float16())),
    "missing where a face is": ([[]] * ROWS, pa.list_(pa.float16())),
    "too long": ([[0.0] * 5000] * ROWS, pa.list_(pa.float16())),
    "of another type": ([[1.0]] * ROWS, pa.list_(pa.float64())),
}


@pytest.mark.parametrize("name", VECTORS)
def test_embeddings_of_another_kind_are_refused(file: Path, name: str) -> None:
    vectors, kind = VECTORS[name]
    column = pa.array(
        [np.array(vector, np.float16 if kind.value_type == pa.float16() else float) for vector in vectors],
        kind,
    )
    _changed(
        file, lambda arrow: arrow.set_column(arrow.schema.get_field_index("embedding"), "embedding", column)
    )

    with pytest.raises(EvaluationError, match="embedding"):
        prediction_table.read(file)


def test_columns_that_are_not_ours_stay_outside(file: Path) -> None:
    _changed(file, lambda arrow: arrow.append_column("p_female", pa.array(["<script>"] * ROWS)))

    found, _ = prediction_table.read(file)

    assert list(found) == list(MADE)


@pytest.mark.parametrize(
    "said",
    [
        None,
        b"not JSON",
        b"[" * 9000,
        b"{}",
        json.dumps(asdict(ABOUT) | {"more": 1}).encode(),
        json.dumps(asdict(ABOUT) | {"model_hash": "../../etc"}).encode(),
        json.dumps(asdict(ABOUT) | {"sure_at": "0.8"}).encode(),
        json.dumps(asdict(ABOUT) | {"source": "elsewhere"}).encode(),
        json.dumps(asdict(ABOUT) | {"made": "yesterday"}).encode(),
        json.dumps(asdict(ABOUT) | {"dataset": "x" * 20_000}).encode(),
    ],
)
def test_a_file_that_does_not_say_what_it_is_of_is_refused(file: Path, said: bytes | None) -> None:
    _changed(file, lambda arrow: arrow.replace_schema_metadata({"rupa": said} if said else None))

    with pytest.raises(EvaluationError) as refused:
        prediction_table.read(file)
    assert refused.value.code == "bad_about"


def test_files_that_are_no_parquet_and_broken_ones_are_refused_in_a_sentence(file: Path) -> None:
    whole = file.read_bytes()
    random = np.random.default_rng(0)
    for number in range(60):
        broken = bytearray(whole)
        if number % 3 == 0:
            broken = broken[: int(random.integers(0, len(whole)))]
        else:
            for at in random.integers(0, len(whole), 20):
                broken[at] = random.integers(0, 256)
        file.write_bytes(broken)
        with suppress(EvaluationError):
            prediction_table.read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no evaluation nothing\.parquet"):
        prediction_table.read(tmp_path / "nothing.parquet")


def test_more_photos_than_any_data_set_has_are_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction_table, "MAX_ROWS", ROWS - 1)
    with pytest.raises(EvaluationError) as refused:
        prediction_table.read(file)
    assert refused.value.code == "too_large"


def test_nothing_is_written_that_could_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="p_male"):
        prediction_table.write(tmp_path / "x.parquet", exact([[1, 1], [1, 1]], p=1.5), ABOUT)
    with pytest.raises(ValueError, match="short words"):
        replace(ABOUT, model="")
    assert list(tmp_path.iterdir()) == []


def test_embeddings_are_read_alone_as_they_are_read_with_the_rest(tmp_path: Path) -> None:
    made, path = table(0, n=60, found=0.8), tmp_path / "evaluation-photos-all.parquet"
    found = made["found"].to_numpy(dtype=bool)
    prediction_table.write(path, made, ABOUT)

    vectors = prediction_table.vectors(path, found)

    assert vectors is not None
    assert np.array_equal(vectors, np.stack(made["embedding"].to_numpy()[found]))
    with pytest.raises(EvaluationError) as refused:
        prediction_table.vectors(path, ~found)
    assert refused.value.code == "bad_column"
    prediction_table.write(path, made.drop(columns="embedding"), ABOUT)
    assert prediction_table.vectors(path, found) is None
    path.write_bytes(b"PAR1")
    with pytest.raises(EvaluationError):
        prediction_table.vectors(path, found)
