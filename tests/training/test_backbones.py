"""Every architecture the whole way at a small size: built, taught a step, finished, saved, opened, in LiteRT."""

import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from keras.src.applications import efficientnet
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from keras.src.utils import file_utils

from model import export
from model.classifier import OUTPUTS
from training import backbones, pretrained_imagenet
from training.architectures import convnext
from training.backbones import BACKBONES, BackboneError, build, head_layers

# The simplest and the two most unusual ones; the rest only in the full run.
QUICK = {"resnet18", "vit_small", "convnext_tiny"}
# The way of these ends before LiteRT, which takes up to 40 s of a processor for each, unless RUPA_TEST_BACKBONES says
# "all". Only the first two are of the very layers of another that goes there always, efficientnet_lite0 and vgg16.
LONG_IN_LITERT = {
    "efficientnet_lite2",
    "vgg19",
    "efficientnet_v2_b0",
    "inception_v3",
    "resnet50",
    "resnet101",
}
ALL = os.environ.get("RUPA_TEST_BACKBONES") == "all"
SEED_HEAD = {"resnet18", "vgg16", "inception_v3", "xception", "resnet50_v2"}


@pytest.fixture(autouse=True)
def _forget() -> Any:
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in BACKBONES]
)
def test_it_goes_the_whole_way(name: str, tmp_path: Path) -> None:
    known = BACKBONES[name]
    least = max(48, known.least_px)
    backbone = build(name, (least + 8, least, 3))
    network = _with_head(backbone, "seed" if name in SEED_HEAD else "gap")

    _teach_a_step(network)
    finished = export.finish(network, temperature=1.3)
    finished.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras", safe_mode=True, compile=False)
    photos = np.random.default_rng(1).uniform(0, 255, (2, least + 8, least, 3)).astype(np.float32)
    answers = {output: np.asarray(value) for output, value in opened(photos).items()}

    np.testing.assert_allclose(answers["probabilities"].sum(axis=1), 1, atol=1e-5)
    assert answers["features"].shape[1:] == backbone.output.shape[1:]
    if name in LONG_IN_LITERT and not ALL:
        pytest.skip("right as far as Keras; RUPA_TEST_BACKBONES=all goes on into LiteRT")
    for output, value in _in_litert(export.to_litert(opened), photos).items():
        apart = np.abs(value - answers[output]).max() / max(1, np.abs(answers[output]).max())
        assert apart < 1e-4, output


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in BACKBONES]
)
def test_it_is_as_described_and_of_one_level_of_plain_layers(name: str) -> None:
    known = BACKBONES[name]

    network = build(name, (218, 178, 3))

    assert network.count_params() / 1e6 == pytest.approx(known.parameters_m, abs=0.02)
    assert network.name == name == known.name
    assert 0 < known.depth < len(network.layers)
    assert network.layers[-known.depth :] != network.layers
    for layer in network.layers:
        assert isinstance(layer, keras.layers.Layer)
        assert not isinstance(layer, keras.Model | keras.layers.Lambda)
        assert not layer.name.startswith("_")
        assert type(layer).__module__.startswith("keras.src.layers")


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2", "efficientnet_b0"])
def test_with_imagenets_weights_it_sees_what_keras_own_network_sees(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = {"vgg16": "VGG16", "mobilenet_v2": "MobileNetV2", "efficientnet_b0": "EfficientNetB0"}[name]
    prepare = getattr(keras.applications, name.replace("_b0", "")).preprocess_input
    file = _like_imagenets(getattr(keras.applications, make), tmp_path / "weights.h5")
    monkeypatch.setattr(file_utils, "get_file", lambda *_, **__: file)
    monkeypatch.setattr(pretrained_imagenet, "fetch", lambda _: Path(file))
    photos = np.random.default_rng(3).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)

    theirs = getattr(keras.applications, make)(
        include_top=False, weights="imagenet", input_shape=(64, 64, 3)
    )(prepare(photos.copy()))
    ours = build(name, (64, 64, 3), "imagenet")(photos)

    assert np.ptp(theirs) > 0
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * float(np.abs(theirs).max()))


def test_convnext_of_plain_layers_answers_as_keras_own() -> None:
    theirs = keras.applications.ConvNeXtTiny(include_top=False, weights=None, input_shape=(32, 32, 3))
    dice = np.random.default_rng(4)
    for layer in theirs.layers:
        if type(layer).__name__ == "LayerScale":  # they start at a millionth, which hides every block
            layer.set_weights([dice.uniform(0.2, 0.5, w.shape) for w in layer.get_weights()])
    photos = dice.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32)

    ours = convnext.plain(theirs)

    np.testing.assert_allclose(ours(photos), theirs(photos), atol=1e-3)
    assert ours.count_params() == theirs.count_params()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, known in BACKBONES.items() if not known.offline])
def test_weights_come_from_where_keras_fetches_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def get_file(fname: str, origin: str, file_hash: str | None = None, **_: Any) -> str:
        asked.update(name=fname, origin=origin, digest=file_hash)
        raise FileNotFoundError(fname)

    monkeypatch.setattr(file_utils, "get_file", get_file)
    with pytest.raises(FileNotFoundError):
        backbones._KERAS_APPLICATIONS[name].make(
            include_top=False, weights="imagenet", input_shape=(224, 224, 3)
        )

    file = pretrained_imagenet.FILES["mobilenet_v2_224" if name == "mobilenet_v2" else name]
    ours = {"name": file.name, "origin": pretrained_imagenet.HOME + file.path, "digest": file.digest}
    assert ours == asked


def test_without_the_internet_a_sentence_names_what_can_be_used_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(pretrained_imagenet, "HOME", "http://127.0.0.1:9/")

    with pytest.raises(BackboneError) as caught:
        build("xception", (96, 96, 3), "imagenet")

    assert caught.value.code == "weights_unreachable"
    for instead in ("face_resnet", "efficientnet_lite0", "shipped model", "random"):
        assert instead in str(caught.value)


@pytest.mark.parametrize(
    ("name", "shape", "start", "code"),
    [
        ("resnet9000", (64, 64, 3), "random", "unknown_backbone"),
        ("resnet18", (64, 64, 3), "imagenet", "no_such_weights"),
        ("vgg16", (64, 64, 3), "faces", "no_such_weights"),
        ("inception_v3", (96, 64, 3), "random", "too_small"),
        ("face_resnet", (96, 96, 3), "faces", "too_small"),
        ("vgg16", (64, 64, 1), "random", "too_small"),
    ],
)
def test_what_cannot_be_built_is_refused_in_a_sentence(
    name: str, shape: tuple[int, int, int], start: str, code: str
) -> None:
    with pytest.raises(BackboneError) as caught:
        build(name, shape, start)

    assert caught.value.code == code
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("kind", "layers"), [("gap", 3), ("seed", 5)])
def test_a_heads_layers_can_be_called_again(kind: str, layers: int) -> None:
    head = head_layers(kind, 0.4)
    maps = [keras.Input((3, 2, 8)), keras.Input((3, 2, 8))]

    answers = []
    for x in maps:
        for layer in head:
            x = layer(x)
        answers.append(x)

    assert len(head) == layers
    assert head[-1].name == "logits"
    assert [answer.shape for answer in answers] == [(None, 2), (None, 2)]
    assert {layer.rate for layer in head if isinstance(layer, keras.layers.Dropout)} == {0.4}


def test_an_unknown_head_is_refused() -> None:
    with pytest.raises(BackboneError, match="gap and seed"):
        head_layers("medusa", 0.3)


def _with_head(backbone: keras.Model, kind: str) -> keras.Model:
    x = backbone.output
    for layer in head_layers(kind, 0.2):
        x = layer(x)
    return keras.Model(backbone.input, x, name=backbone.name)


def _teach_a_step(network: keras.Model) -> None:
    """A step, in which every variable that learns moves."""
    photos = np.random.default_rng(2).uniform(0, 255, (4, *network.input_shape[1:])).astype(np.float32)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile("adam", loss, run_eagerly=True)
    before = [variable.numpy() for variable in network.trainable_variables]

    measured = network.train_on_batch(photos, np.eye(2, dtype=np.float32)[[0, 1, 0, 1]])

    assert np.isfinite(measured)
    moved = [
        not np.array_equal(old, variable)
        for old, variable in zip(before, network.trainable_variables, strict=True)
    ]
    assert np.mean(moved) > 0.95


def _in_litert(file: bytes, photos: np.ndarray) -> dict[str, np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=file, num_threads=1)
    (entry,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(entry["index"], photos.shape)
    runner = interpreter.get_signature_runner()
    (name,) = runner.get_input_details()
    answers: dict[str, np.ndarray] = runner(**{name: photos})
    assert set(answers) == set(OUTPUTS)
    return answers


def _like_imagenets(make: Any, path: Path) -> str:
    """A weights file in the form of Keras' own: of that network, with weights that came from no photo."""
    network = make(include_top=False, weights=None, input_shape=(64, 64, 3))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            mean, variance = np.array([0.5, 0.4, 0.3]), np.array(efficientnet.IMAGENET_STDDEV_RGB)
            layer.set_weights([mean, variance, np.array(0)])
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, network)
    return str(path)
