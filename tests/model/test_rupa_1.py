"""The model that ships: whole, plain, small, and as good as its card says."""

import io
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from model import card, classifier, registry
from model.classifier import LiteRTEngine, TensorFlowEngine
from model.faces import CROP_VERSION
from model.pipeline import Pipeline
from model.registry import Artifact
from model.running import opened

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture(scope="module")
def rupa() -> Artifact:
    return registry.find("rupa-1")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return opened("rupa-1").pipeline


def test_every_file_is_the_one_that_its_card_describes(rupa: Artifact) -> None:
    there = {path.name for path in rupa.folder.iterdir()} - {card.CARD}

    assert there == set(rupa.card.files)
    assert all(card.sha256(rupa.folder / name) == digest for name, digest in rupa.card.files.items())
    assert (rupa.folder / card.KERAS).stat().st_size <= 25_000_000
    assert rupa.card.crop == CROP_VERSION


def test_the_card_says_where_it_fails_and_what_it_is_not_for(rupa: Artifact) -> None:
    assert len(rupa.card.fails_on) >= 5
    assert len(rupa.card.not_for) >= 3
    assert {source.name for source in rupa.card.trained_on} == {"utkface", "aaf", "celeba"}
    assert all("research" in source.licence.lower() for source in rupa.card.trained_on)


def test_both_files_give_the_same_answer(rupa: Artifact) -> None:
    side = rupa.card.input_size
    crops = np.random.default_rng(1).integers(0, 256, (3, side, side, 3), np.uint8)

    ours = LiteRTEngine(rupa.content(card.LITERT)).predict(crops)
    theirs = TensorFlowEngine(rupa.path(card.KERAS)).predict(crops)

    np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-4)


def test_a_face_and_its_mirror_image_get_the_same_answer(rupa: Artifact) -> None:
    engine = classifier.load(rupa, "cpu")
    crops = np.random.default_rng(2).integers(0, 256, (2, engine.input_size, engine.input_size, 3), np.uint8)

    mirrored = engine.predict(np.ascontiguousarray(crops[:, :, ::-1]))

    np.testing.assert_allclose(engine.predict(crops).probabilities, mirrored.probabilities, atol=1e-5)


def test_a_woman_in_a_space_suit_looks_female_to_it(pipeline: Pipeline) -> None:
    [answer] = [a for a in pipeline.read(SAMPLE.read_bytes()).faces if a.face.score > 0.95]

    assert answer.label == "female"


@pytest.mark.parametrize(
    ("name", "label"), [("obama.jpg", "male"), ("biden.jpg", "male"), ("vince-fleming.jpg", None)]
)
def test_portraits_get_an_answer(
    pipeline: Pipeline, shared_photos: Path, name: str, label: str | None
) -> None:
    reading = pipeline.read((shared_photos / "portraits" / name).read_bytes())

    best = max(reading.faces, key=lambda answer: answer.face.box[2])
    assert label is None or best.label == label


def test_celebas_test_people_are_read_as_its_card_says(pipeline: Pipeline, rupa: Artifact) -> None:
    data = os.environ.get("RUPA_DATA")
    wild = Path(data or "") / "celeba" / "in_the_wild.parquet"
    if not data or not wild.exists():
        pytest.skip("needs CelebA in RUPA_DATA")
    rows = pq.read_table(wild, columns=["image", "Male"]).slice(0, 100).to_pylist()

    right = total = 0
    for row in rows:
        file = io.BytesIO()
        Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB").save(file, "PNG")
        faces = pipeline.read(file.getvalue()).faces
        if faces:
            largest = max(faces, key=lambda answer: answer.face.box[2])
            right += (largest.probabilities["male"] > 0.5) == row["Male"]
            total += 1

    assert total >= 97
    assert right / total >= 0.95
