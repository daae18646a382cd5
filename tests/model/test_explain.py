"""A heat map shows where an answer came from, the same with and without a gradient."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model import explain
from model.classifier import LiteRTEngine
from model.registry import Artifact
from tests.model import small_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("label", [0, 1])
def test_for_a_pooled_head_the_activation_map_is_grad_cam(pooled: Artifact, label: int) -> None:
    crops = small_network.crops(4, seed=21)
    features = LiteRTEngine(pooled.content("model.tflite")).predict(crops).features
    with np.load(pooled.path("head.npz")) as head:
        kernel = head["kernel"]

    for crop, feature_map in zip(crops, features, strict=True):
        direct = explain.class_activation(feature_map, kernel, label)
        by_gradient = explain.grad_cam(pooled.path("model.keras"), crop, label)

        assert np.abs(direct).max() > 0.01
        np.testing.assert_allclose(
            direct / np.abs(direct).max(), by_gradient / np.abs(by_gradient).max(), atol=1e-4
        )


def test_a_pooled_models_map_adds_up_to_its_answer(pooled: Artifact) -> None:
    """The mean over the places, with the bias, is the difference of the two logits."""
    crops = small_network.crops(3)
    found = LiteRTEngine(pooled.content("model.tflite")).predict(crops)
    with np.load(pooled.path("head.npz")) as head:
        kernel, bias = head["kernel"], head["bias"]

    for features, (female, male) in zip(found.features, found.probabilities, strict=True):
        towards_male = explain.class_activation(features, kernel, 1).mean() + bias[1] - bias[0]
        expected = np.log(male) - np.log(female)
        assert towards_male == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("head", ["pooled", "dense"])
def test_a_heat_map_is_as_large_as_the_crop_and_has_a_sign(head: str, request: pytest.FixtureRequest) -> None:
    artifact: Artifact = request.getfixturevalue(head)
    crop = small_network.crops(1)[0]
    features = LiteRTEngine(artifact.content("model.tflite")).predict(crop[None]).features[0]

    female, male = (explain.explain(artifact, crop, features, label) for label in (0, 1))

    for found in (female, male):
        assert found.heat.shape == found.evidence.shape == (32, 32)
        assert found.heat.dtype == found.evidence.dtype == np.float32
        assert found.heat.min() >= 0
        assert found.heat.max() <= 1
        assert np.abs(found.evidence).max() == pytest.approx(1)
        assert (found.heat[found.evidence < 0] == 0).all()
    np.testing.assert_allclose(female.evidence, -male.evidence, atol=1e-5)
    assert female.method == {"pooled": "activation", "dense": "gradient"}[head]


def test_evidence_lies_where_the_feature_is(pooled: Artifact) -> None:
    """A map that is empty but for one corner is hot in that corner, for the label whose weight is larger."""
    with np.load(pooled.path("head.npz")) as head:
        kernel = head["kernel"]
    channel = int(np.argmax(kernel[:, 1] - kernel[:, 0]))
    features = np.zeros((4, 4, 16), np.float32)
    features[0, 3, channel] = 1
    crop = small_network.crops(1)[0]

    male = explain.explain(pooled, crop, features, 1)
    female = explain.explain(pooled, crop, features, 0)

    assert np.unravel_index(male.heat.argmax(), (32, 32))[0] < 8
    assert np.unravel_index(male.heat.argmax(), (32, 32))[1] >= 24
    assert male.heat[16:, :16].max() == 0
    assert female.heat.max() == 0
    assert female.evidence.min() == -1


def test_a_map_without_any_evidence_stays_cold(pooled: Artifact) -> None:
    crop = small_network.crops(1)[0]

    found = explain.explain(pooled, crop, np.zeros((4, 4, 16), np.float32), 0)

    assert not found.heat.any()
    assert not found.evidence.any()


def test_a_pooled_model_is_explained_without_tensorflow(pooled: Artifact) -> None:
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from model import card, explain, registry\n"
        "folder = Path(sys.argv[1])\n"
        "artifact = registry.Artifact('x', folder, card.read(folder), False)\n"
        "found = explain.explain(artifact, np.zeros((32, 32, 3), np.uint8), np.ones((4, 4, 16), np.float32), 1)\n"
        "print(found.method, sorted({'tensorflow', 'keras'} & set(sys.modules)))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(pooled.folder)], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.stdout == "activation []\n", ended.stderr[-500:]


def test_grad_cam_is_the_derivative_of_the_answer(dense: Artifact) -> None:
    """Against a finite difference through the hidden layer, computed beside it."""
    import keras

    crop = small_network.crops(1, seed=5)[0]
    network = keras.models.load_model(dense.path("model.keras"))
    features = np.asarray(network(crop[None].astype(np.float32))["features"])[0].astype(np.float64)
    hidden = [w.astype(np.float64) for w in network.get_layer("hidden").get_weights()]
    logits = [w.astype(np.float64) for w in network.get_layer("logits").get_weights()]

    def difference(change: np.ndarray) -> float:
        answer = (
            np.maximum((features + change).reshape(-1) @ hidden[0] + hidden[1], 0) @ logits[0] + logits[1]
        )
        return float(answer[1] - answer[0])

    step = 1e-6
    gradient = np.zeros_like(features)
    for place in np.ndindex(*features.shape):
        change = np.zeros_like(features)
        change[place] = step
        gradient[place] = (difference(change) - difference(-change)) / (2 * step)
    expected = features @ gradient.mean(axis=(0, 1))

    found = explain.grad_cam(dense.path("model.keras"), crop, 1)

    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_smearing_finds_the_place_that_the_answer_hangs_on() -> None:
    """A network that looks at one corner only, whose feature map is too coarse to say which."""
    crop = np.random.default_rng(3).integers(0, 256, (64, 64, 3), np.uint8)
    crop[8:24, 40:56] = np.indices((16, 16)).sum(axis=0)[..., None] % 2 * 255

    def ask(crops: np.ndarray) -> np.ndarray:
        rough = crops[:, 8:24, 40:56].std(axis=(1, 2, 3)) / 128
        return np.stack([1 - rough, rough], axis=1).astype(np.float32).clip(0.01, 0.99)

    lost = explain.occlusion(ask, crop, 1)

    assert lost.shape == (8, 8)
    assert np.unravel_index(lost.argmax(), lost.shape) in [(1, 5), (1, 6), (2, 5), (2, 6)]
    np.testing.assert_allclose(explain.occlusion(ask, crop, 0), -lost, atol=1e-5)
    assert np.abs(lost[4:, :4]).max() < 0.01 * lost.max()


def test_a_coarse_map_is_passed_over_where_the_network_can_be_asked(pooled: Artifact) -> None:
    crop = small_network.crops(1)[0]
    engine = LiteRTEngine(pooled.content("model.tflite"))
    features = engine.predict(crop[None]).features[0]
    coarse = features[:2, :2]

    asked = explain.explain(pooled, crop, coarse, 1, lambda crops: engine.predict(crops).probabilities)

    assert asked.method == "occlusion"
    assert asked.evidence.shape == (32, 32)
    assert explain.explain(pooled, crop, coarse, 1).method == "activation"
