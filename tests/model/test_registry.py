"""The chosen model answers, or the shipped one does and says why; no name leads out of its folder."""

import json
import shutil
from pathlib import Path

import pytest

from model import registry
from model.card import ModelError
from model.classifier import load
from model.registry import Artifact
from tests.model import small_network


@pytest.fixture
def shipped(models_home: Path, pooled: Artifact) -> Path:
    return shutil.copytree(pooled.folder, models_home / "artifacts" / registry.DEFAULT)


@pytest.fixture
def own(models_home: Path, dense: Artifact) -> Path:
    return shutil.copytree(dense.folder, models_home / "home" / "runs" / "Run_1.a" / "model")


def cpu(artifact: Artifact) -> object:
    return load(artifact, "cpu")


def test_shipped_models_and_own_ones_are_found(shipped: Path, own: Path) -> None:
    (own.parents[1] / "unfinished").mkdir()

    assert registry.names() == [registry.DEFAULT, "Run_1.a"]
    assert (registry.find(registry.DEFAULT).folder, registry.find(registry.DEFAULT).shipped) == (
        shipped,
        True,
    )
    assert (registry.find("Run_1.a").folder, registry.find("Run_1.a").shipped) == (own, False)


def test_without_a_choice_the_shipped_model_answers(shipped: Path, own: Path) -> None:
    opened = registry.open_active(cpu)

    assert opened.artifact.name == registry.DEFAULT
    assert opened.passed_over is None


def test_the_chosen_model_answers(shipped: Path, own: Path) -> None:
    registry.activate("Run_1.a")

    opened = registry.open_active(cpu)

    assert opened.artifact.folder == own
    assert opened.passed_over is None


def _cut(own: Path) -> None:
    (own / "model.tflite").write_bytes((own / "model.tflite").read_bytes()[:-1])


def _spoil(own: Path) -> None:
    """Not a model any more, though the card knows its hash."""
    from model import card as cards

    (own / "model.tflite").write_bytes(b"TFL3 or so" * 1000)
    raw = json.loads((own / "card.json").read_text())
    raw["files"]["model.tflite"] = cards.sha256(own / "model.tflite")
    (own / "card.json").write_text(json.dumps(raw))


def _another_crop(own: Path) -> None:
    raw = json.loads((own / "card.json").read_text()) | {"crop": "tomorrow-9"}
    (own / "card.json").write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_cut, "file_changed"),
        (_spoil, "model_broken"),
        (_another_crop, "other_crop"),
        (lambda own: (own / "model.tflite").unlink(), "file_missing"),
        (lambda own: (own / "card.json").write_text("{}"), "card_wrong"),
        (lambda own: (own / "card.json").unlink(), "file_missing"),
        (lambda own: shutil.rmtree(own), "model_unknown"),
    ],
    ids=["cut", "spoilt", "other crop", "no file", "wrong card", "no card", "no folder"],
)
def test_where_the_chosen_model_fails_the_shipped_one_answers_and_says_why(
    shipped: Path, own: Path, harm: object, code: str
) -> None:
    registry.activate("Run_1.a")
    harm(own)  # type: ignore[operator]

    opened = registry.open_active(cpu)

    assert opened.artifact.name == registry.DEFAULT
    assert opened.passed_over is not None
    assert opened.passed_over.code == code


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"model": 7}', b"\xff", b"[" * 9000])
def test_a_spoilt_choice_is_said_and_the_shipped_model_answers(
    shipped: Path, own: Path, content: bytes
) -> None:
    registry.activate("Run_1.a")
    (registry.home() / "data" / "active.json").write_bytes(content)

    opened = registry.open_active(cpu)

    assert opened.artifact.name == registry.DEFAULT
    assert opened.passed_over is not None
    assert opened.passed_over.code == "choice_lost"


def test_without_any_model_the_sentence_says_what_to_do(models_home: Path) -> None:
    with pytest.raises(ModelError, match="train one first") as caught:
        registry.open_active(cpu)

    assert caught.value.code == "no_model"


def test_where_everything_fails_the_first_reason_is_kept(shipped: Path, own: Path) -> None:
    registry.activate("Run_1.a")
    _cut(own)
    (shipped / "model.tflite").unlink()

    with pytest.raises(ModelError) as caught:
        registry.open_active(cpu)

    assert caught.value.code == "no_model"
    assert isinstance(caught.value.__cause__, ModelError)
    assert caught.value.__cause__.code == "file_changed"


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../home/runs/Run_1.a", "a/b", "a\\b", "/etc", "C:", "x\n", "x\0", "x" * 65, "~"]
)
def test_a_name_that_is_no_name_leads_nowhere(shipped: Path, own: Path, name: str) -> None:
    with pytest.raises(ModelError) as found:
        registry.find(name)
    with pytest.raises(ModelError):
        registry.activate(name)

    assert found.value.code == "model_unknown"
    assert not (registry.home() / "data" / "active.json").exists()


def test_a_model_that_is_not_there_cannot_be_chosen(shipped: Path, own: Path) -> None:
    registry.activate("Run_1.a")

    with pytest.raises(ModelError):
        registry.activate("Run_2")

    assert registry.active_name() == "Run_1.a"


def test_an_empty_folder_among_the_shipped_models_hides_nobodys_own(models_home: Path) -> None:
    small_network.artifact(models_home / "home" / "runs" / "mine" / "model", name="mine")
    (models_home / "artifacts" / "mine").mkdir(parents=True)

    assert not registry.find("mine").shipped
