"""Two engines, one answer; on the processor without TensorFlow."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import classifier
from model.card import ModelError
from model.classifier import LiteRTEngine, TensorFlowEngine, load
from model.registry import Artifact
from tests.model import small_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def litert(pooled: Artifact) -> LiteRTEngine:
    return LiteRTEngine(pooled.content("model.tflite"))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 17])
def test_every_number_of_crops_gives_as_many_answers(litert: LiteRTEngine, count: int) -> None:
    found = litert.predict(small_network.crops(count))

    assert found.probabilities.shape == (count, 2)
    assert found.features.shape == (count, 4, 4, 16)
    assert found.embedding.shape == (count, 16)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)


def test_an_answer_does_not_depend_on_its_neighbours_to_the_last_bit(litert: LiteRTEngine) -> None:
    crops = small_network.crops(19)

    together = litert.predict(crops)
    alone = classifier.Prediction.joined([litert.predict(crops[i : i + 1]) for i in range(19)])
    turned = litert.predict(crops[::-1])

    for name in classifier.OUTPUTS:
        np.testing.assert_array_equal(getattr(together, name), getattr(alone, name))
        np.testing.assert_array_equal(getattr(together, name), getattr(turned, name)[::-1])
    assert len(np.unique(together.probabilities[:, 0])) == 19


def test_many_threads_may_ask_at_once(litert: LiteRTEngine) -> None:
    crops = [small_network.crops(1 + seed % 9, seed=seed) for seed in range(30)]
    expected = [litert.predict(batch).probabilities for batch in crops]
    ready = threading.Barrier(30)

    def ask(batch: np.ndarray) -> list[np.ndarray]:
        ready.wait()
        return [litert.predict(batch).probabilities for _ in range(5)]

    with ThreadPoolExecutor(30) as pool:
        for answers, right in zip(pool.map(ask, crops), expected, strict=True):
            for answer in answers:
                np.testing.assert_array_equal(answer, right)


def test_both_engines_give_one_answer_on_a_real_face(pooled: Artifact) -> None:
    photo = Image.open(ROOT / "tests" / "samples" / "astronaut.png").convert("RGB").crop((160, 40, 288, 168))
    sizes = (32, 24, 20, 16)
    crops = np.stack([np.asarray(photo.resize((s, s)).resize((32, 32))) for s in sizes])

    on_cpu = load(pooled, "cpu")
    other = TensorFlowEngine(pooled.path("model.keras"))

    for name in classifier.OUTPUTS:
        np.testing.assert_allclose(
            getattr(on_cpu.predict(crops), name), getattr(other.predict(crops), name), atol=1e-4
        )


def test_the_tensorflow_engine_takes_none_one_and_many(pooled: Artifact) -> None:
    engine = TensorFlowEngine(pooled.path("model.keras"))
    crops = small_network.crops(67)

    together = engine.predict(crops)

    assert engine.predict(crops[:0]).features.shape == (0, 4, 4, 16)
    np.testing.assert_allclose(
        together.probabilities[66], engine.predict(crops[66:]).probabilities[0], atol=1e-6
    )


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((1, 32, 32, 3), np.float32),
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((1, 31, 32, 3), np.uint8),
        np.zeros((1, 32, 32, 4), np.uint8),
    ],
    ids=["floats", "one crop", "other size", "with alpha"],
)
def test_crops_of_another_kind_are_refused(litert: LiteRTEngine, crops: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Crops are uint8 Nx32x32x3"):
        litert.predict(crops)


def test_calibration_is_inside_the_file(pooled: Artifact, litert: LiteRTEngine) -> None:
    """The last layer's weights, already divided by the temperature, give what the file says."""
    crops = small_network.crops(9)
    found = litert.predict(crops)
    with np.load(pooled.path("head.npz")) as head:
        logits = found.embedding @ head["kernel"] + head["bias"]

    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-5)


def test_on_the_processor_tensorflow_is_never_imported(pooled: Artifact) -> None:
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from model import card, classifier, registry, service\n"
        "folder = Path(sys.argv[1])\n"
        "artifact = registry.Artifact('x', folder, card.read(folder), False)\n"
        "answering = service.Service(classifier.load(artifact, 'cpu'))\n"
        "answering.predict(np.zeros((9, 32, 32, 3), np.uint8))\n"
        "answering.close()\n"
        "print(sorted({'tensorflow', 'keras', 'jax'} & set(sys.modules)))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(pooled.folder)], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.stdout == "[]\n", ended.stderr[-500:]


def test_the_tensorflow_engine_is_silent(pooled: Artifact) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from model import card, classifier, registry\n"
        "folder = Path(sys.argv[1])\n"
        "artifact = registry.Artifact('x', folder, card.read(folder), False)\n"
        "print(classifier.load(artifact).kind)\n"
        "print('heard', file=sys.stderr)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, str(pooled.folder)],
        cwd=ROOT,
        env=os.environ | {"RUPA_DEVICE": "gpu"},
        capture_output=True,
        text=True,
    )

    assert ended.stdout == "tensorflow\n", ended.stderr[-500:]
    assert ended.stderr == "heard\n"


def test_without_a_graphics_card_auto_means_the_processor(
    pooled: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classifier, "gpu_answers", lambda: False)
    monkeypatch.delenv("RUPA_DEVICE", raising=False)

    assert load(pooled).kind == "litert"


def test_a_graphics_card_that_cannot_run_the_network_is_passed_over_aloud(
    pooled: Artifact, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_model: Path) -> None:
        raise RuntimeError("no memory left")

    monkeypatch.setattr(classifier, "gpu_answers", lambda: True)
    monkeypatch.setattr(classifier, "TensorFlowEngine", full)

    assert load(pooled, "auto").kind == "litert"
    assert "graphics card is not used" in caplog.text
    with pytest.raises(ModelError):
        load(pooled, "gpu")


def test_a_device_that_does_not_exist_is_named(pooled: Artifact) -> None:
    with pytest.raises(ModelError, match="auto, cpu, gpu"):
        load(pooled, "tpu")
