"""What is exported answers as the network did, opens anywhere, and appears whole or not at all."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import card as cards
from model import export
from model.classifier import LiteRTEngine, TensorFlowEngine
from model.registry import Artifact
from tests.model import small_network


@pytest.mark.parametrize("head", ["pooled", "dense"])
def test_the_finished_network_is_the_trained_one_calibrated(head: str) -> None:
    network = small_network.network(head)
    pixels = small_network.crops(6).astype(np.float32)

    finished = export.finish(network, temperature=2.0)

    plain = np.asarray(network(pixels))
    softened = np.sqrt(plain) / np.sqrt(plain).sum(axis=1, keepdims=True)
    answers = {name: np.asarray(value) for name, value in finished(pixels).items()}
    np.testing.assert_allclose(answers["probabilities"], softened, atol=1e-6)
    assert np.ptp(softened[:, 0]) > 0.05
    assert answers["features"].shape == (6, 4, 4, 16)
    assert answers["embedding"].shape == (6, 16)


def test_a_network_that_ends_in_logits_or_a_softmax_layer_is_the_same() -> None:
    import keras

    network = small_network.network()
    kernel_and_bias = network.get_layer("answer").get_weights()
    pixels = small_network.crops(3).astype(np.float32)
    expected = np.asarray(network(pixels))
    logits = keras.layers.Dense(2, name="raw")
    raw = logits(network.get_layer("dropout").output)
    logits.set_weights(kernel_and_bias)

    for end in (raw, keras.layers.Softmax()(raw), keras.layers.Activation("softmax")(raw)):
        finished = export.finish(keras.Model(network.input, end), temperature=1.0)
        np.testing.assert_allclose(np.asarray(finished(pixels)["probabilities"]), expected, atol=1e-6)


def test_a_nested_half_precision_backbone_answers_in_full_precision(tmp_path: Path) -> None:
    import keras

    kept = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        trained = small_network.network()
        backbone = keras.Model(trained.inputs, trained.get_layer("relu2").output, name="backbone")
        pixels = keras.Input((32, 32, 3))
        mean = keras.layers.GlobalAveragePooling2D()(backbone(pixels))
        answer = keras.layers.Dense(2, activation="softmax", dtype="float32")(mean)
        network = keras.Model(pixels, answer)
    finally:
        keras.config.set_dtype_policy(kept)

    card = export.write_artifact(
        tmp_path / "m", network, 1.0, small_network.crops(4), **small_network.about()
    )

    assert "bfloat16" not in zipfile.ZipFile(tmp_path / "m" / "model.keras").read("config.json").decode()
    assert cards.HEAD in card.files


def test_both_files_answer_alike(pooled: Artifact, dense: Artifact) -> None:
    for artifact in (pooled, dense):
        crops = small_network.crops(19, seed=11)
        one = LiteRTEngine(artifact.content("model.tflite")).predict(crops)
        other = TensorFlowEngine(artifact.path("model.keras")).predict(crops)

        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-4)
        np.testing.assert_allclose(one.features, other.features, atol=1e-4)
        np.testing.assert_allclose(one.embedding, other.embedding, atol=1e-4)


def test_the_keras_file_opens_where_only_keras_is(pooled: Artifact, tmp_path: Path) -> None:
    program = (
        "import keras, sys, numpy as np\n"
        "network = keras.models.load_model(sys.argv[1], safe_mode=True)\n"
        "answer = network(np.zeros((2, 32, 32, 3), 'float32'))\n"
        "print(sorted(answer), [tuple(answer[name].shape) for name in sorted(answer)])\n"
    )
    path = pooled.path("model.keras")

    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, str(path)], cwd=tmp_path, capture_output=True, text=True
    )

    expected = "['embedding', 'features', 'probabilities'] [(2, 16), (2, 4, 4, 16), (2, 2)]"
    assert ended.stdout.strip() == expected, ended.stderr[-500:]


def test_the_card_knows_every_file_and_only_a_pooled_model_has_a_head(
    pooled: Artifact, dense: Artifact
) -> None:
    assert set(pooled.card.files) == {"model.keras", "model.tflite", "head.npz"}
    assert set(dense.card.files) == {"model.keras", "model.tflite"}
    for artifact in (pooled, dense):
        found = {
            path.name: cards.sha256(path) for path in artifact.folder.iterdir() if path.name != "card.json"
        }
        assert found == artifact.card.files
        assert cards.read(artifact.folder) == artifact.card


def test_what_rounding_costs_is_bounded_or_not_done_aloud(
    pooled: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    crops = small_network.crops(19, seed=5)
    network = export.finish(small_network.network(), small_network.TEMPERATURE)
    exact = np.asarray(network(crops.astype(np.float32))["probabilities"])
    monkeypatch.setattr(export, "MOVED_AT_MOST", 1e-9)

    full = small_network.made(tmp_path / "full")

    found = [LiteRTEngine(one.content("model.tflite")).predict(crops).probabilities for one in (pooled, full)]
    assert 1e-5 < np.abs(found[0] - exact).max() < 2e-3
    assert np.abs(found[1] - exact).max() < 1e-5
    assert "kept in full precision" in caplog.text


def test_a_converter_that_writes_other_numbers_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = export.to_litert

    def of_another_network(_finished: Any, _half: bool = False) -> bytes:
        other = small_network.network()
        other.get_layer("conv1").set_weights([w + 0.01 for w in other.get_layer("conv1").get_weights()])
        return right(export.finish(other, small_network.TEMPERATURE))

    monkeypatch.setattr(export, "to_litert", of_another_network)

    with pytest.raises(export.ExportError, match="apart"):
        small_network.made(tmp_path / "model")

    assert list(tmp_path.iterdir()) == []


def test_outputs_that_are_no_numbers_are_caught(tmp_path: Path) -> None:
    network = small_network.network()
    kernel, bias = network.get_layer("answer").get_weights()
    network.get_layer("answer").set_weights([kernel * np.nan, bias])

    with pytest.raises(export.ExportError, match="not a number"):
        export.write_artifact(tmp_path / "m", network, 1.0, small_network.crops(2), **small_network.about())

    assert list(tmp_path.iterdir()) == []


def test_code_of_its_own_is_refused() -> None:
    import keras

    network = small_network.network()
    odd = keras.layers.Lambda(lambda x: x * 2, output_shape=(16,))(network.get_layer("dropout").output)

    with pytest.raises(export.ExportError, match="Lambda"):
        export.finish(keras.Model(network.input, keras.layers.Dense(2)(odd)), 1.0)


def test_a_layer_that_only_this_program_knows_is_refused(tmp_path: Path) -> None:
    import keras

    @keras.saving.register_keras_serializable("tests")
    class Twice(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x * 2

    network = small_network.network()
    odd = keras.layers.Dense(2)(Twice()(network.get_layer("dropout").output))
    theirs = keras.Model(network.input, odd)

    with pytest.raises(export.ExportError, match="Twice"):
        export.write_artifact(tmp_path / "m", theirs, 1.0, small_network.crops(2), **small_network.about())


@pytest.mark.parametrize(("units", "activation"), [(3, "softmax"), (2, "sigmoid"), (1, None)])
def test_a_network_that_does_not_end_in_two_answers_is_refused(units: int, activation: str | None) -> None:
    import keras

    network = small_network.network()
    end = keras.layers.Dense(units, activation=activation)(network.get_layer("dropout").output)

    with pytest.raises(export.ExportError, match="dense layer of two"):
        export.finish(keras.Model(network.input, end), 1.0)


def test_names_that_litert_cannot_take_are_said_beforehand() -> None:
    import keras

    pixels = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, name="_stem")(pixels)
    inner = keras.Model(pixels, x, name="inner")
    outer = keras.Input((32, 32, 3))
    end = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(inner(outer)))

    with pytest.raises(export.ExportError, match="_stem"):
        export.finish(keras.Model(outer, end), 1.0)


def test_a_finished_model_is_never_overwritten(pooled: Artifact) -> None:
    with pytest.raises(FileExistsError, match="never overwritten"):
        small_network.made(pooled.folder)


def test_the_trained_network_is_left_as_it_was() -> None:
    network = small_network.network()
    before, config = network.get_weights(), json.dumps(network.get_config(), default=str)

    finished = export.finish(network, 1.0)
    finished.get_layer("conv0").set_weights([w * 0 for w in finished.get_layer("conv0").get_weights()])

    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))
    assert json.dumps(network.get_config(), default=str) == config
