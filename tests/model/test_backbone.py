"""The real backbone goes the whole way: trained network, finished model, both engines, heat map."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import classifier, explain, export
from model.classifier import LiteRTEngine, TensorFlowEngine
from model.faces import Pixels
from model.registry import Artifact
from tests.model import small_network

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture(scope="module")
def cat_or_coffee(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folder = tmp_path_factory.mktemp("backbone") / "model"
    about = small_network.about("cat-or-coffee")
    card = export.write_artifact(folder, small_network.cat_or_coffee(), 1.2, _views(SAMPLE), **about)
    return Artifact("cat-or-coffee", folder, card, shipped=False)


def test_both_engines_agree_on_the_real_backbone(cat_or_coffee: Artifact) -> None:
    views = _views(SAMPLE)

    one = LiteRTEngine(cat_or_coffee.content("model.tflite")).predict(views)
    other = TensorFlowEngine(cat_or_coffee.path("model.keras")).predict(views)

    assert one.features.shape == (9, 4, 4, 1280)
    assert np.ptp(one.probabilities[:, 0]) > 0.01
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-4)
    np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-4)


def test_the_litert_file_takes_two_bytes_a_weight(cat_or_coffee: Artifact) -> None:
    assert len(cat_or_coffee.content("model.tflite")) < 2.05 * 3_366_000


def test_eight_together_are_the_same_as_one_by_one_to_the_last_bit(cat_or_coffee: Artifact) -> None:
    engine, views = LiteRTEngine(cat_or_coffee.content("model.tflite")), _views(SAMPLE)

    together = engine.predict(views)

    for number in range(len(views)):
        alone = engine.predict(views[number : number + 1])
        for name in classifier.OUTPUTS:
            np.testing.assert_array_equal(getattr(together, name)[number], getattr(alone, name)[0])


@pytest.mark.parametrize(("photo", "label"), [("chelsea.png", 0), ("coffee.png", 1)])
def test_known_photos_are_told_apart_and_explained(
    cat_or_coffee: Artifact, shared_photos: Path, photo: str, label: int
) -> None:
    view = _views(shared_photos / "no_face" / photo)[:1]

    found = LiteRTEngine(cat_or_coffee.content("model.tflite")).predict(view)
    heat = explain.explain(cat_or_coffee, view[0], found.features[0], label)

    assert found.probabilities[0, label] > 0.95
    assert heat.method == "activation"
    middle, rim = heat.evidence[32:96, 32:96].mean(), heat.evidence[:, :8].mean()
    assert middle > rim


def _views(path: Path) -> Pixels:
    """Nine squares of a photo: the middle, then ever closer."""
    photo = Image.open(path).convert("RGB")
    x, y, half = photo.width / 2, photo.height / 2, min(photo.size) / 2
    reach = [half * (1 - step / 12) for step in range(9)]
    squares = [photo.resize((128, 128), box=(x - r, y - r, x + r, y + r)) for r in reach]
    return np.stack([np.asarray(square) for square in squares])
