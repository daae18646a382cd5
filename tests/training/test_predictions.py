"""A table of predictions says of each photo what a visitor who sends it would be told."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model import classifier, images
from model.classifier import Engine, Prediction
from model.faces import Pixels
from model.images import Photo, PhotoError
from model.mtcnn import Mtcnn
from model.pipeline import Pipeline
from model.registry import Artifact
from tests.training import portraits
from training import crops, prediction_table, predictions
from training.datasets import Dataset, in_memory, open_dataset
from training.disturb import look
from training.prediction_table import EvaluationError
from training.predictions import describe, predict

WITH_A_FACE = [0, 2, 3, 5, 6, 8]


class _Watched:
    """A real engine, and how many crops it was asked about at once."""

    kind, device = "litert", "cpu"

    def __init__(self, engine: Engine) -> None:
        self._engine, self.input_size = engine, engine.input_size
        self.batches: list[int] = []

    def predict(self, crops: Pixels) -> Prediction:
        self.batches.append(len(crops))
        return self._engine.predict(crops)


@pytest.fixture(scope="module")
def engine(small_model: Artifact) -> Engine:
    return classifier.load(small_model, "cpu")


@pytest.fixture(scope="module")
def photos() -> Dataset:
    return in_memory(portraits.held())


def test_the_answer_is_the_one_that_a_visitor_gets(engine: Engine, photos: Dataset) -> None:
    pipeline = Pipeline(Mtcnn(), engine, input_size=engine.input_size, sure_at=0.8)

    table = predict(engine, photos)

    assert table["id"].tolist() == photos.table["id"].tolist()
    assert np.flatnonzero(table["found"]).tolist() == WITH_A_FACE
    for row in WITH_A_FACE:
        (answer,) = pipeline.read(photos.read(row)).faces
        assert table["p_male"][row] == np.float32(answer.probabilities["male"])
        np.testing.assert_array_equal(table["embedding"][row], answer.embedding.astype(np.float16))
    assert table["p_male"][WITH_A_FACE].nunique() == len(WITH_A_FACE)


def test_where_nobody_is_found_the_table_says_why(engine: Engine, photos: Dataset) -> None:
    table = predict(engine, photos, [1, 4])

    assert table["found"].tolist() == [False, False]
    assert table["error"].tolist() == ["no_face", "truncated"]
    assert table["p_male"].isna().all()
    assert [len(vector) for vector in table["embedding"]] == [0, 0]


def test_rows_come_in_the_order_they_were_asked_for(engine: Engine, photos: Dataset) -> None:
    whole = predict(engine, photos).set_index("id", drop=False)
    asked = [8, 0, 5, 1, 3, 3]

    table = predict(engine, photos, asked)

    assert table["id"].tolist() == [f"photo-{row}.png" for row in asked[:5]]
    same = whole.loc[table["id"]]
    for column in ("label", "found"):
        assert table[column].tolist() == same[column].tolist()
    assert table["p_male"].fillna(-1).tolist() == same["p_male"].fillna(-1).tolist()


def test_a_source_that_hands_photos_over_in_another_order_changes_nothing(
    engine: Engine, photos: Dataset
) -> None:
    def backwards(rows: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        for row in reversed(rows):
            yield row, photos.read(row)

    there, back = predict(engine, photos), predict(engine, replace(photos, stream=backwards))

    assert there["p_male"].fillna(-1).tolist() == back["p_male"].fillna(-1).tolist()
    assert there["error"].fillna("").tolist() == back["error"].fillna("").tolist()


def test_of_several_faces_the_large_one_in_the_middle_counts(engine: Engine) -> None:
    both = in_memory([replace(portraits.held()[0], data=portraits.two_faces())])
    pipeline = Pipeline(Mtcnn(), engine, input_size=engine.input_size, sure_at=0.8)

    table = predict(engine, both)

    small, large = pipeline.read(both.read(0)).faces
    assert large.face.box[2] > 2 * small.face.box[2]
    assert table["p_male"][0] == np.float32(large.probabilities["male"])
    assert table["p_male"][0] != np.float32(small.probabilities["male"])


def test_from_crops_the_model_sees_the_middle_of_the_wide_crop(
    engine: Engine, photos: Dataset, tmp_path: Path
) -> None:
    cut = crops.cut(photos, tmp_path)

    table = predict(engine, photos, source="crops", crops=cut)
    whole = predict(engine, photos)

    assert table["found"].tolist() == whole["found"].tolist()
    for row in WITH_A_FACE:
        view = look(cut.pixels[row], engine.input_size)
        expected = engine.predict(view[None]).probabilities[0, 1]
        assert table["p_male"][row] == expected
        # Through one warp or two, the picture is nearly the same.
        assert table["p_male"][row] == pytest.approx(whole["p_male"][row], abs=0.15)


def test_faces_are_asked_about_together_but_never_too_many(
    engine: Engine, photos: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "AT_ONCE", 4)
    watched, told = _Watched(engine), list[tuple[int, int]]()

    predict(watched, photos, progress=lambda done, of: told.append((done, of)))

    assert watched.batches == [3, 2, 1]
    assert told == [(0, 9), (4, 9), (8, 9), (9, 9)]


def test_a_photo_that_met_a_busy_moment_is_read_once_more(
    engine: Engine, photos: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, refused = images.load, list[bytes]()

    def busy_at_first(data: bytes) -> Photo:
        if data == photos.read(3) and not refused:
            refused.append(data)
            raise PhotoError("busy")
        return really(data)

    expected = predict(engine, photos, [2, 3])
    monkeypatch.setattr(images, "load", busy_at_first)

    table = predict(engine, photos, [2, 3])

    assert len(refused) == 1
    assert table["p_male"].tolist() == expected["p_male"].tolist()


def test_an_engine_that_answers_no_number_is_not_taken_for_a_missing_face(
    engine: Engine, photos: Dataset, tmp_path: Path
) -> None:
    class _Broken(_Watched):
        def predict(self, crops: Pixels) -> Prediction:
            said = super().predict(crops)
            return Prediction(said.probabilities * np.float32(np.nan), said.features, said.embedding)

    table = predict(_Broken(engine), photos, [0, 1])

    assert table["found"].tolist() == [True, False]
    with pytest.raises(EvaluationError, match="p_male"):
        prediction_table.check(table)


def test_nothing_and_only_the_faceless_give_whole_tables(engine: Engine, photos: Dataset) -> None:
    for rows in ([], [1]):
        table = predict(engine, photos, rows)
        prediction_table.check(table)
        assert list(table)[:5] == ["id", "label", "p_male", "found", "error"]
        assert len(table) == len(rows)


def test_the_file_says_which_model_saw_what(small_model: Artifact, engine: Engine) -> None:
    about = describe(small_model.card, engine, "made-up", "test", "raw", name="run-7")

    assert about.model == "run-7"
    assert about.model_hash == small_model.card.files["model.keras"]
    assert (about.crop, about.sure_at) == (small_model.card.crop, small_model.card.sure_at)
    assert about.software.startswith("litert on cpu: ai-edge-litert ")


def test_a_source_without_its_crops_is_a_mistake_of_the_caller(engine: Engine, photos: Dataset) -> None:
    for source in ("crops", "elsewhere"):
        with pytest.raises(ValueError, match="raw, or crops"):
            predict(engine, photos, source=source)


@pytest.mark.skipif(not os.environ.get("RUPA_DATA"), reason="needs photos of RUPA_DATA, which is not set")
@pytest.mark.parametrize("name", ["utkface", "aaf", "celeba", "celeba-in-the-wild"])
def test_on_real_data_sets_faces_are_found_and_both_sources_nearly_agree(
    engine: Engine, name: str, tmp_path: Path
) -> None:
    dataset = open_dataset(name)
    judged = np.flatnonzero(dataset.table["split"] != "train")[:20]
    part = dataset.part(judged)

    raw = predict(engine, part)
    cut = predict(engine, part, source="crops", crops=crops.cut(part, tmp_path))

    assert raw["found"].sum() >= 19
    both = raw["found"] & cut["found"]
    far = (raw["p_male"] - cut["p_male"])[both].abs()
    assert far.median() < 0.05
    for column in ("race", "age", "age_band"):
        assert raw[column].tolist() == pytest.approx(part.table[column].tolist(), nan_ok=True)
