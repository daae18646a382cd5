"""A model packed by a child: whoever asks stays without TensorFlow, hears how far it is, may stop it, finds no rest."""

import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from model.card import ModelError
from model.registry import Artifact
from tests.model import small_network
from training import background, formats, progress
from training.formats import FormatError, packed
from training.table import DatasetError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(small_model.folder, tmp_path / "home" / "runs" / "small-1" / "model")
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "no-data"))
    return tmp_path / "home"


def left_in(home: Path) -> set[str]:
    return {path.name for path in (home / "data" / "exports").iterdir()} - {".lock"}


def child_of(home: Path) -> int | None:
    """The process at work, once it says so."""
    for folder in (home / "data" / "exports").glob("work-*"):
        status = progress.read_status(folder)
        if status:
            return int(status["pid"])
    return None


def test_a_zip_is_made_by_a_child_and_the_asker_never_loads_tensorflow(home: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "crops.npy", small_network.crops(60))
    ask = (
        "import sys, numpy as np; from training.formats import packed; heard = []\n"
        "made = packed('small-1', 'onnx', np.load(sys.argv[1]), lambda *news: heard.append(news))\n"
        "assert not {'tensorflow', 'keras', 'onnxruntime', 'pandas'} & set(sys.modules)\n"
        "print(made.path, made.parity.same_label, made.parity.faces, heard[0][0])\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", ask, str(tmp_path / "crops.npy")], cwd=ROOT, capture_output=True, text=True
    )

    path = home / "data" / "exports" / "small-1-onnx.zip"
    assert said.stdout.split() == [str(path), "1.0", "60", "starting"], said.stderr[-800:]
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {"model.onnx", "card.json", "parity.json", "README.txt"}
        assert archive.testzip() is None
    assert left_in(home) == {path.name}


def test_whatever_the_asker_raises_ends_the_child_and_leaves_nothing(home: Path) -> None:
    at_work: list[int] = []

    def stop(stage: str, done: int, of: int) -> None:
        pid = child_of(home)
        if pid and stage != "starting":
            at_work.append(pid)
            raise InterruptedError("the person went elsewhere")

    with pytest.raises(InterruptedError, match="went elsewhere"):
        packed("small-1", "onnx", small_network.crops(60), stop)

    assert progress.started_at(at_work[0]) is None
    assert left_in(home) == set()


def test_a_killed_child_is_said_to_have_died_and_blocks_nobody(home: Path) -> None:
    killed: list[int] = []

    def kill(stage: str, done: int, of: int) -> None:
        pid = child_of(home)
        if pid and not killed:
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(FormatError, match="no reason that is known") as caught:
        packed("small-1", "keras", small_network.crops(60), kill)

    assert caught.value.code == "died"
    assert left_in(home) == set()
    assert packed("small-1", "keras", small_network.crops(60)).path.is_file()


def test_there_is_one_at_a_time_and_what_a_killed_server_left_is_tidied(home: Path) -> None:
    exports = home / "data" / "exports"
    (exports / "work-left").mkdir(parents=True)
    with (exports / ".lock").open("ab") as lock:
        assert background.grab(lock)
        with pytest.raises(FormatError) as caught:
            packed("small-1", "keras")
    assert caught.value.code == "busy"
    assert left_in(home) == {"work-left"}

    made = packed("small-1", "keras")

    assert left_in(home) == {"small-1-keras.zip"}
    assert "made-up" in made.parity.faces_from


def test_what_the_child_refuses_is_raised_as_the_error_that_it_met(home: Path) -> None:
    with pytest.raises(FormatError, match="at least 40 sample faces") as few:
        packed("small-1", "litert-int8", small_network.crops(8))
    with pytest.raises(DatasetError) as nowhere:
        packed("small-1", "onnx", "folder:/nowhere/at/all")
    with (home / "runs" / "small-1" / "model" / "model.keras").open("ab") as file:
        file.write(b"!")
    with pytest.raises(ModelError) as changed:
        packed("small-1", "onnx", small_network.crops(60))

    assert [one.value.code for one in (few, nowhere, changed)] == ["few_faces", "no_folder", "file_changed"]
    assert left_in(home) == set()


@pytest.mark.parametrize("model", ["nobody", "../../etc"])
def test_a_model_that_is_not_there_starts_nothing(home: Path, model: str) -> None:
    with pytest.raises(ModelError) as caught:
        packed(model, "keras")

    assert caught.value.code == "model_unknown"
    assert not (home / "data" / "exports").exists()


def test_a_format_that_is_not_known_starts_nothing(home: Path) -> None:
    with pytest.raises(FormatError, match="choose one of keras, onnx, litert, litert-int8"):
        packed("small-1", "pickle")  # type: ignore[arg-type]


def test_every_sentence_ends_as_one() -> None:
    assert all(sentence.endswith(".") for sentence in formats.SENTENCES.values())
