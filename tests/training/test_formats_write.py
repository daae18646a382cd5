"""A finished model in other formats: each opens in the runtime it is for, answers alike, and is whole or absent."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import card as cards
from model import export, registry
from model.card import ModelError
from model.classifier import LiteRTEngine
from model.registry import Artifact
from tests.model import small_network
from training import formats, formats_convert, formats_faces, formats_write
from training.formats import FormatError, Kind
from training.formats_faces import Faces
from training.formats_parity import Parity

FACES = int(os.environ.get("RUPA_TEST_FACES", "100"))  # real ones; 500 are as many as a person's export asks


def faces(count: int = 100) -> Faces:
    return Faces(small_network.crops(count, seed=21), "blots")


def nobody_listens(stage: str) -> Callable[[int, int], None]:
    assert stage in formats.STAGES
    return lambda done, of: None


def written(model: Artifact, kind: Kind, out: Path, given: Faces | None = None) -> Parity:
    return formats_write.write(model, kind, given or faces(), out, nobody_listens)


@pytest.mark.parametrize("kind", formats.KINDS)
def test_each_format_comes_with_its_card_its_parity_and_how_to_use_it(
    small_model: Artifact, tmp_path: Path, kind: Kind
) -> None:
    parity = written(small_model, kind, tmp_path / "out")

    made = tmp_path / "out"
    file = formats_write.FILES[kind]
    assert {path.name for path in made.iterdir()} == {file, "card.json", "parity.json", "README.txt"}
    assert cards.read(made) == small_model.card
    assert Parity.parse((made / "parity.json").read_bytes()) == parity
    assert (parity.file, parity.file_sha256) == (file, cards.sha256(made / file))
    assert parity.keras_sha256 == small_model.card.files["model.keras"]
    assert parity.same_label >= 0.99
    assert parity.ms_per_face > 0 < parity.keras_ms_per_face
    assert (parity.faces, parity.calibrated_on) == ((50, 50) if kind == "litert-int8" else (100, 0))
    assert parity.numbers == ("int8" if kind == "litert-int8" else "float32")
    if kind != "litert-int8":
        assert parity.largest_difference < 1e-4
    how_to = (made / "README.txt").read_text()
    assert "Same label on" in how_to
    assert "Anything but tests." in how_to
    assert list(tmp_path.iterdir()) == [made]


@pytest.mark.parametrize(("kind", "file"), [("keras", "model.keras"), ("litert", "model.tflite")])
def test_what_the_model_has_already_is_copied_to_the_byte(
    small_model: Artifact, tmp_path: Path, kind: Kind, file: str
) -> None:
    written(small_model, kind, tmp_path / "out")

    assert (tmp_path / "out" / file).read_bytes() == (small_model.folder / file).read_bytes()


def test_onnx_takes_any_number_of_plain_pixels_and_says_what_it_is(
    small_model: Artifact, tmp_path: Path
) -> None:
    import onnx
    import onnxruntime

    written(small_model, "onnx", tmp_path / "out")

    file = tmp_path / "out" / "model.onnx"
    session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    [pixels] = session.get_inputs()
    assert (pixels.name, pixels.type, pixels.shape) == ("pixels", "tensor(float)", ["faces", 32, 32, 3])
    outputs = {value.name: value.shape for value in session.get_outputs()}
    assert outputs == {
        "probabilities": ["faces", 2],
        "features": ["faces", 4, 4, 16],
        "embedding": ["faces", 16],
    }
    crops = small_network.crops(7, seed=4)
    ours = LiteRTEngine(small_model.content("model.tflite")).predict(crops)
    for count in (1, 7):
        found = session.run(["probabilities", "embedding"], {"pixels": crops[:count].astype(np.float32)})
        np.testing.assert_allclose(found[0], ours.probabilities[:count], atol=1e-4)
        np.testing.assert_allclose(found[1], ours.embedding[:count], atol=1e-3)
    opset = {part.domain: part.version for part in onnx.load(file).opset_import}[""]
    about = session.get_modelmeta().custom_metadata_map
    assert opset == formats_convert.OPSET
    assert (about["model"], about["labels"], about["sure_at"]) == ("small-1", "female,male", "0.8")
    assert about["keras_sha256"] == small_model.card.files["model.keras"]


@pytest.mark.parametrize("odd", ["gelu", "numbers beside the weights"])
def test_what_onnx_has_no_word_for_is_said_in_its_words(
    small_model: Artifact, tmp_path: Path, odd: str
) -> None:
    import keras

    network = small_network.network()
    x = network.get_layer("bn2").output
    if odd == "gelu":
        x = keras.layers.Activation("gelu")(x)
    else:
        normalise = keras.layers.Normalization(mean=[0.5] * 16, variance=[4.0] * 16)
        x = normalise(x)
    end = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    folder = tmp_path / "odd"
    crops = small_network.crops(4)
    card = export.write_artifact(folder, keras.Model(network.input, end), 1.0, crops, **small_network.about())

    parity = written(replace(small_model, folder=folder, card=card), "onnx", tmp_path / "out")

    assert parity.same_label == 1
    assert parity.largest_difference < 1e-4


def test_full_int8_calculates_in_whole_numbers_and_is_smaller(small_model: Artifact, tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    parity = written(small_model, "litert-int8", tmp_path / "out")

    file = tmp_path / "out" / "model-int8.tflite"
    tensors = Interpreter(model_path=str(file)).get_tensor_details()
    kinds = [np.dtype(one["dtype"]).name for one in tensors if one["shape"].size == 4]
    assert kinds.count("int8") > kinds.count("float32")
    assert parity.file_bytes < small_model.path("model.keras").stat().st_size
    assert parity.tried == {"int8": parity.same_label}


def other_answers(*_: Any) -> bytes:
    """LiteRT of a network that says the contrary."""
    other = small_network.network()
    other.get_layer("answer").set_weights([-part for part in other.get_layer("answer").get_weights()])
    return export.to_litert(export.finish(other, 1.0))


def test_where_whole_numbers_lose_too_much_only_the_weights_become_small(
    small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats_convert, "to_int8", other_answers)

    parity = written(small_model, "litert-int8", tmp_path / "out")

    assert (parity.numbers, parity.calibrated_on) == ("int8 weights", 0)
    assert parity.tried["int8"] < 0.99 <= parity.tried["int8 weights"] == parity.same_label
    assert "Tried before and not kept: int8" in (tmp_path / "out" / "README.txt").read_text()


def test_eight_bits_that_lose_too_much_either_way_are_not_kept(
    small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats_convert, "to_int8", other_answers)
    monkeypatch.setattr(formats_convert, "to_int8_weights", other_answers)

    with pytest.raises(FormatError, match="take the full LiteRT file") as caught:
        written(small_model, "litert-int8", tmp_path / "out")

    assert caught.value.code == "int8_apart"
    assert list(tmp_path.iterdir()) == []


def test_onnx_that_answers_otherwise_is_not_kept(
    small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = formats_convert.to_onnx

    def of_another_network(network: Any, card: cards.Card) -> bytes:
        kernel, bias = network.get_layer("logits").get_weights()
        network.get_layer("logits").set_weights([kernel, bias + np.array([0.2, 0], np.float32)])
        return right(network, card)

    monkeypatch.setattr(formats_convert, "to_onnx", of_another_network)

    with pytest.raises(FormatError, match="answers otherwise") as caught:
        written(small_model, "onnx", tmp_path / "out.zip")

    assert caught.value.code == "apart"
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_onnx_cannot_say_is_refused_in_words(
    small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats_convert, "OPSET", 99)

    with pytest.raises(FormatError) as caught:
        written(small_model, "onnx", tmp_path / "out")

    assert caught.value.code == "not_convertible"
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_not_its_cards_is_never_opened(small_model: Artifact, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(small_model.folder, folder)
    with (folder / "model.keras").open("ab") as file:
        file.write(b"!")

    with pytest.raises(ModelError) as caught:
        written(replace(small_model, folder=folder), "onnx", tmp_path / "out")

    assert caught.value.code == "file_changed"
    assert list(tmp_path.iterdir()) == [folder]


def test_nothing_is_written_over(small_model: Artifact, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("mine")

    with pytest.raises(FormatError, match="exists already"):
        written(small_model, "keras", tmp_path / "mine.zip")

    assert (tmp_path / "mine.zip").read_text() == "mine"


@pytest.mark.parametrize("given", [faces(formats_faces.FEWEST - 1), None], ids=["few", "none"])
def test_eight_bits_need_real_faces(small_model: Artifact, tmp_path: Path, given: Faces | None) -> None:
    with pytest.raises(FormatError) as caught:
        written(
            small_model, "litert-int8", tmp_path / "out", given or formats_faces.made_up(small_model.card)
        )

    assert caught.value.code == "few_faces"


def test_made_up_pictures_compare_two_files_where_there_are_no_photos(
    small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "nothing"))
    found = formats_faces.of_whatever_is_here(small_model.card, lambda done, of: None)

    parity = written(small_model, "onnx", tmp_path / "out.zip", found)

    assert "made-up" in parity.faces_from
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert set(archive.namelist()) == {"model.onnx", "card.json", "parity.json", "README.txt"}
        assert archive.testzip() is None
        assert json.loads(archive.read("parity.json"))["faces"] == 64


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 32, 32), np.uint8),
        np.zeros((4, 16, 16, 3), np.uint8),
        np.zeros((4, 32, 32, 3), np.float32),
        np.zeros((0, 32, 32, 3), np.uint8),
        np.array([{"a": 1}], dtype=object),
        None,
    ],
    ids=["flat", "small", "floats", "none", "pickle", "no array"],
)
def test_faces_in_a_file_are_read_as_a_strangers(
    small_model: Artifact, tmp_path: Path, array: np.ndarray | None
) -> None:
    file = tmp_path / "faces.npy"
    if array is None:
        file.write_bytes(b"\x93NUMPY and then nothing")
    else:
        np.save(file, array, allow_pickle=True)

    with pytest.raises(FormatError) as caught:
        formats_faces.of_file(file, small_model.card)

    assert caught.value.code == "bad_faces"


@pytest.mark.slow
def test_the_shipped_model_answers_real_faces_alike_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (Path(os.environ.get("RUPA_DATA") or "nothing") / "utkface").is_dir():
        pytest.skip("needs UTKFace in RUPA_DATA")
    for module in (formats_faces, formats_write):
        monkeypatch.setattr(module, "CALIBRATED_ON", min(FACES, formats_faces.CALIBRATED_ON))
        monkeypatch.setattr(module, "COMPARED_ON", FACES)
    rupa = registry.find("rupa-1")
    some = formats_faces.of_data("utkface", rupa.card, lambda done, of: None)

    parities: dict[Kind, Parity] = {
        kind: written(rupa, kind, tmp_path / kind, some) for kind in ("onnx", "litert", "litert-int8")
    }

    for kind, parity in parities.items():
        assert parity.faces >= (0.98 * FACES if kind == "litert-int8" else FACES)
    for kind in ("onnx", "litert"):
        assert parities[kind].same_label == 1
        assert parities[kind].largest_difference <= 0.01
    small = parities["litert-int8"]
    assert small.numbers == "int8"
    assert small.same_label >= 0.99
    assert small.file_bytes < 6_500_000
