"""The kit for a demonstration without the internet: sizes first, and each piece once, whatever came in between."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from model import registry
from tests.model import small_network
from tests.training import tables
from tests.training.pictures import photo, write_parquet
from tests.training.test_download import FAIRFACE, Hub, hub
from training import __main__ as command
from training import (
    evaluations,
    offline_kit,
    offline_kit_command,
    prediction_table,
    pretrained_imagenet,
    run_state,
    stage_ready,
)
from training.offline_kit import NotMadeError, Piece

__all__ = ["hub"]
FILE = "1.25/validation-00000-of-00001-aa.parquet"
MADE = (
    "an evaluation on them, so that errors have faces",
    "a short training on some of them, to compare with",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "home"


@pytest.fixture
def photos(hub: Hub, tmp_path: Path) -> Hub:
    """A home of FairFace's photos with two dozen of them."""
    columns: dict[str, list[object]] = {
        "age": [3] * 24,
        "gender": [0, 1] * 12,
        "race": [0] * 24,
        "service_test": [False] * 24,
    }
    file = tmp_path / "some.parquet"
    write_parquet(file, [photo(row) for row in range(24)], [None] * 24, columns)
    hub.files[FAIRFACE] = {FILE: file.read_bytes()}
    return hub


def leave_a_pair(folder: Path) -> None:
    """As the training of a run leaves it: done, with a model that was asked about the same photos as the one before."""
    run_state.mark(folder, "done")
    small_network.artifact(folder / "model")
    [spec] = json.loads((folder / "recipe.json").read_text())["data"]
    for model in (registry.DEFAULT, offline_kit.RUN):
        path = evaluations.folder(model) / "evaluation-some.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        prediction_table.write(path, tables.table(n=40), tables.about(model=model, spec=spec))


def not_to_be_called(folder: Path) -> int:
    raise AssertionError(folder)


def test_photos_come_are_evaluated_and_are_chosen_for_a_short_training(
    photos: Hub, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taught: list[Path] = []

    def teach(folder: Path) -> int:
        taught.append(folder)
        leave_a_pair(folder)
        return 0

    assert offline_kit_command.run(teach) == 0

    said = capsys.readouterr().out
    assert said.index("To be fetched: 63 MB.") < said.index("ready: FairFace's validation photos")
    [folder] = taught
    asked = json.loads((folder / "recipe.json").read_text())
    assert folder == home / "runs" / offline_kit.RUN
    assert asked["recipe"]["start"] == "rupa-1"
    assert asked["data"] == [stage_ready.few("fairface").spec]
    kept = stage_ready.with_faces()
    assert kept is not None
    assert (kept.about.model, kept.about.photos) == ("rupa-1", "fairface")
    asked_so_far = len(photos.asked)
    evaluated = hashlib.sha256(kept.path.read_bytes()).digest()

    assert offline_kit_command.run(not_to_be_called) == 0

    assert len(photos.asked) == asked_so_far
    assert hashlib.sha256(kept.path.read_bytes()).digest() == evaluated
    assert f"{offline_kit.pieces(not_to_be_called)[0].name}: here already" in capsys.readouterr().out


def test_a_download_that_was_ended_goes_on_with_the_same_command(photos: Hub, tmp_path: Path) -> None:
    [piece, *_] = offline_kit.pieces(not_to_be_called)
    whole = photos.files[FAIRFACE][FILE]
    photos.status = 503
    [first] = offline_kit.get([piece], lambda *_: None)
    name = f".{FILE.rpartition('/')[2]}.{hashlib.sha256(whole).hexdigest()[:12]}.part"
    (tmp_path / "sets" / "fairface").mkdir(parents=True)
    (tmp_path / "sets" / "fairface" / name).write_bytes(whole[:2000])
    photos.status = 200

    [second] = offline_kit.get([piece], lambda *_: None)

    assert first.why_not is not None
    assert second.why_not is None
    assert [range_ for _, range_ in photos.downloads()] == ["bytes=2000-"]


def test_without_the_internet_each_piece_says_what_it_lacks(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.status = 503

    assert command.main(["prepare", "--offline-kit"]) == 1

    said = capsys.readouterr()
    lines = [line for line in said.out.splitlines() if line.startswith("NOT HAD: ")]
    assert len(lines) == 3
    assert "The hub has trouble" in lines[0]
    assert all("are not here yet." in line for line in lines[1:])
    assert "3 of 3 could not be had" in said.err


def test_a_training_that_left_nothing_to_compare_is_not_ready(
    photos: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert offline_kit_command.run(lambda folder: 0) == 1

    said = capsys.readouterr().out
    assert "left no two models to compare" in said
    assert "Ready for a demonstration" not in said


def test_a_training_that_did_not_end_well_is_told(photos: Hub) -> None:
    photo_piece, _, training = offline_kit.pieces(lambda folder: 1)

    first, second = offline_kit.get([photo_piece, training], lambda *_: None)

    assert first.why_not is None
    assert second.why_not == "The short training did not end well; what it said stands above."


def test_what_fails_does_not_keep_the_rest_from_coming() -> None:
    def fails(tell: offline_kit.Tell) -> None:
        raise NotMadeError("No.")

    def full(tell: offline_kit.Tell) -> None:
        raise OSError(28, "No space left on device")

    made: list[int] = []
    wanted = [
        Piece("one", 1, lambda: False, fails),
        Piece("two", 1, lambda: False, full),
        Piece("three", 1, lambda: bool(made), lambda tell: made.append(3)),
        Piece("four", 1, lambda: True, fails),
        Piece("five", 1, lambda: False, lambda tell: None),
    ]

    *had, last = [one.why_not for one in offline_kit.get(wanted, lambda *_: None)]

    assert last is not None
    assert "is not here" in last
    assert had == ["No.", "The disk is full; make room and run the same command again.", None, None]
    assert made == [3]


def test_whoever_presses_ctrl_c_is_told_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(tell: offline_kit.Tell) -> None:
        raise KeyboardInterrupt

    piece = Piece("one", 5, lambda: False, interrupted)
    monkeypatch.setattr(offline_kit, "pieces", lambda train, backbones: (piece,))

    assert offline_kit_command.run(not_to_be_called) == 130
    assert "goes on from here" in capsys.readouterr().err


def test_the_other_backbones_are_fetched_one_by_one_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Their own tests fetch them; here each name is asked for once, and those that are here count as here."""
    asked: list[str] = []
    fetch: Callable[[str], None] = asked.append
    monkeypatch.setattr(pretrained_imagenet, "fetch", fetch)
    weights = offline_kit.pieces(not_to_be_called, backbones=True)[-1]

    assert len(offline_kit.pieces(not_to_be_called)) == 3
    assert not weights.here()
    weights.make(lambda *_: None)
    assert asked == list(pretrained_imagenet.FILES)

    folder = home.parent / "keras" / "models"
    folder.mkdir(parents=True)
    for file in pretrained_imagenet.FILES.values():
        (folder / file.name).touch()
    assert weights.here()
