"""A whole run, from photos in folders to a finished model; killed, on a full disk, and asked to stop."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from model import card, registry
from model.classifier import LiteRTEngine
from tests.model import small_network
from tests.training import disks
from training import checkpoint, finish, fit, follow_command, prediction_table, roles
from training.__main__ import main
from training.crops import Crops
from training.datasets import open_dataset
from training.progress import Progress, is_alive, read_status
from training.recipe import PRESETS, Recipe, RecipeError, Stage, parse
from training.table import tabled

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("RUPA_TEST_KILLS", "2"))
TINY = Recipe(
    start="small-1",
    input_height=32,
    input_width=32,
    stages=(Stage(-1, 4, 1e-3),),
    batch=8,
    warm_up_steps=0,
    averaging=0.9,
    augmentation="none",
    ages_and_races=0.0,
    mirror_average=False,
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty photos of CelebA in folders, as a student would have them."""
    data = os.environ.get("RUPA_DATA")
    if not data or not (Path(data) / "celeba" / "aligned.parquet").exists():
        pytest.skip("needs CelebA in RUPA_DATA")
    folder = tmp_path_factory.mktemp("photos")
    table = pq.ParquetFile(Path(data) / "celeba" / "aligned.parquet").read_row_group(0)
    for number, row in enumerate(table.select(["image", "Male"]).slice(0, 60).to_pylist()):
        part = ("train", "train", "train", "validation", "test")[number % 5]
        place = folder / part / ("male" if row["Male"] else "female")
        place.mkdir(parents=True, exist_ok=True)
        Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB").save(place / f"{number}.jpg")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    small_network.artifact(home / "runs" / "small-1" / "model")
    return home


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(home))


@pytest.fixture(scope="module")
def finished(photos: Path, home: Path) -> Path:
    """The folder of a run that is done."""
    folder = home / "runs" / "first"
    with pytest.MonkeyPatch.context() as there:
        there.setenv("RUPA_HOME", str(home))
        fit.begin(folder, [f"folder:{photos}"], TINY, "first")
        assert fit.go_on(folder) == "done", (folder / "log.txt").read_text()
    return folder


def test_a_finished_run_is_a_whole_model_with_a_card_and_an_evaluation(finished: Path) -> None:
    made = card.read(finished / "model")

    engine = LiteRTEngine(card.checked_bytes(finished / "model", made, card.LITERT))
    evaluations = [name for name in made.files if name.endswith(".parquet")]
    table, about = prediction_table.read(card.checked_path(finished / "model", made, evaluations[0]))
    [result] = made.results.values()
    assert engine.input_size == 32
    assert len(table) == 12
    assert about.model == "first"
    assert result["n"] + result["not_found"] == 12
    assert result["accuracy"] == pytest.approx(
        ((table["p_male"] > 0.5) == table["label"])[table["found"]].mean()
    )
    assert made.trained_on[0].photos == 36
    assert parse(dict(made.recipe)) == TINY


def test_history_and_status_say_what_happened(finished: Path) -> None:
    status = read_status(finished)
    assert status is not None
    assert (status["state"], status["epoch"], status["reason"]) == ("done", 4, None)
    assert not is_alive(status)
    assert [line.split(",")[0] for line in (finished / "history.csv").read_text().splitlines()[1:]] == list(
        "1234"
    )


def test_a_run_is_not_begun_over_another(finished: Path) -> None:
    with pytest.raises(RecipeError, match="already"):
        fit.begin(finished, ["celeba"], TINY, "second")


def test_the_crops_are_cut_only_once(photos: Path, finished: Path, tmp_path: Path) -> None:
    fit.begin(tmp_path / "again", [f"folder:{photos}"], TINY.quick_look(), "again")
    cut = list((finished.parents[1] / "data" / "crops").glob("*/found.npy"))
    before = [path.stat().st_mtime_ns for path in cut]

    assert fit.go_on(tmp_path / "again") == "done"

    assert len(cut) == 1
    assert [path.stat().st_mtime_ns for path in cut] == before


def test_the_same_run_can_go_on_from_a_finished_model(photos: Path, finished: Path, tmp_path: Path) -> None:
    recipe = replace(TINY, start="first", stages=(Stage(0, 5, 1e-2),), input_height=64, input_width=64)
    fit.begin(tmp_path / "next", [f"folder:{photos}"], recipe, "next")

    assert fit.go_on(tmp_path / "next") == "done", (tmp_path / "next" / "log.txt").read_text()
    # Twelve photos cannot say from where it may be sure, and a model that never is answers nobody.
    before, after = card.read(finished / "model"), card.read(tmp_path / "next" / "model")
    assert before.sure_at == after.sure_at == registry.find("small-1").card.sure_at
    assert before.fails_on == after.fails_on == (finish.GUESSED,)


def test_a_network_that_wants_narrow_pictures_becomes_a_model_for_square_ones(
    photos: Path, home: Path
) -> None:
    """As those of the student projects, which looked at 218 x 178 pixels; and one can go on from it."""
    shape = {"input_height": 48, "input_width": 32}
    from_nothing: dict[str, Any] = {"backbone": "resnet18", "start": "random", **shape}
    narrow = replace(TINY.quick_look(), **from_nothing, mirror_average=True)
    fit.begin(home / "runs" / "narrow", [f"folder:{photos}"], narrow, "narrow")
    further = replace(TINY, start="narrow", stages=(Stage(0, 1, 1e-2),), mirror_average=False)
    fit.begin(home / "runs" / "further", [f"folder:{photos}"], further, "further")

    for name in ("narrow", "further"):
        assert fit.go_on(home / "runs" / name) == "done", (home / "runs" / name / "log.txt").read_text()

        made = card.read(home / "runs" / name / "model")
        assert (
            LiteRTEngine(card.checked_bytes(home / "runs" / name / "model", made, card.LITERT)).input_size
            == 48
        )
        assert made.sure_at == finish.USUAL_BAR


@pytest.mark.parametrize(
    ("data", "words"),
    [("folder:/nowhere/at/all", "no folder"), ("nonsense", "no data set")],
)
def test_photos_that_are_not_there_fail_in_one_sentence(data: str, words: str, tmp_path: Path) -> None:
    fit.begin(tmp_path / "run", [data], TINY, "run")

    assert fit.go_on(tmp_path / "run") == "failed"

    status = read_status(tmp_path / "run")
    assert status is not None
    assert words in status["reason"]


def test_one_class_alone_is_refused(photos: Path, tmp_path: Path) -> None:
    for part in ("train", "test"):
        place = tmp_path / "women" / part / "female"
        place.mkdir(parents=True)
        for number, file in enumerate(sorted((photos / part / "female").iterdir())):
            (place / f"{number}.jpg").write_bytes(file.read_bytes())
    fit.begin(tmp_path / "run", [f"folder:{tmp_path / 'women'}"], TINY, "run")

    assert fit.go_on(tmp_path / "run") == "failed"

    status = read_status(tmp_path / "run")
    assert status is not None
    assert "women" in status["reason"] or "female" in status["reason"]


@pytest.mark.parametrize("root", ["a", "b", "c", "d"])
def test_without_a_final_test_some_of_each_label_are_watched_however_few_there_are(root: str) -> None:
    ids = [f"{root}/{number}.jpg" for number in range(20)]
    split = ["train"] * 16 + ["validation"] * 4
    table = tabled(ids, [number % 2 for number in range(20)], split=split, identity=[*"xx", *[None] * 18])

    counts = pd.crosstab(roles.of(table), table["label"])

    assert counts.T[roles.JUDGE].tolist() == [2, 2]
    assert counts.T[roles.MONITOR].min() >= 1
    assert counts.T[roles.LEARN].min() >= 5


def test_a_photo_that_was_deleted_since_is_no_longer_there(tmp_path: Path) -> None:
    for name in ("female/a.png", "male/b.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"a photo")
    dataset = open_dataset(f"folder:{tmp_path}")
    crops = Crops(np.zeros((2, 8, 8, 3), np.uint8), np.ones(2, np.bool_))
    sources = [fit.Source(dataset, crops, pd.Series(roles.MONITOR, index=dataset.table.index))]
    there = fit.still_there(sources, fit.examples(sources, roles.MONITOR, TINY))

    (tmp_path / "female" / "a.png").unlink()

    assert [there(example) for example in range(2)] == [False, True]


def test_of_many_only_their_usual_share_is_watched() -> None:
    table = tabled([str(number) for number in range(4000)], [n % 2 for n in range(4000)], split="train")

    watched = roles.of(table) == roles.MONITOR

    assert watched.tolist() == [roles.place(one) < roles.MONITORED for one in table["id"]]


def test_the_command_line_says_what_it_cannot_follow(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--data", "celeba", "--preset", "nonsense"]) == 2
    assert "There is no preset" in capsys.readouterr().err
    assert main(["resume", "/nowhere"]) == 2


@pytest.mark.parametrize("words", [["celeba", "--backbones"], ["--offline-kit", "--yes"]])
def test_what_would_mean_nothing_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prepare", *words])


def test_a_terminal_counts_the_tries_of_a_search_and_the_epochs_of_a_run(tmp_path: Path) -> None:
    Progress(tmp_path).tell(now=True, stage="trying", epoch=3, epochs=8)
    status = read_status(tmp_path)
    assert status is not None

    assert follow_command.line(status, "try") == "trying · try 3 of 8"
    assert follow_command.line(status) == "trying · epoch 3 of 8"


def test_where_nothing_was_begun_the_next_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))

    assert main(["runs"]) == 0

    assert "-m training fit" in capsys.readouterr().out


def test_photos_that_are_not_there_leave_no_run_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"

    assert main(["fit", "--data", f"folder:{tmp_path / 'photos'}", "--out", str(run)]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert not run.exists()


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_its_own_json(name: str) -> None:
    assert parse(json.loads(json.dumps(PRESETS[name].as_json()))) == PRESETS[name]


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"colour": 1}, {"stages": []}, {"dropout": "much"}, {"optimizer": "magic"}]
)
def test_a_recipe_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((RecipeError, TypeError)):
        parse(wrong)


def _trainer(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "training", "resume", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _epochs(folder: Path) -> list[int]:
    path = folder / "history.csv"
    return [int(line.split(",")[0]) for line in path.read_text().splitlines()[1:]] if path.exists() else []


@pytest.mark.slow
def test_killed_at_any_moment_a_run_goes_on_and_loses_at_most_an_epoch(
    photos: Path, finished: Path, tmp_path: Path
) -> None:
    """Each kill comes after another epoch's checkpoint or, every second one, in the middle of writing it."""
    epochs = 60 * KILLS  # each of a moment
    recipe = replace(TINY, stages=(Stage(-1, epochs, 1e-3),))
    folder = tmp_path / "run"
    fit.begin(folder, [f"folder:{photos}"], recipe, "run")
    dice = random.Random(4)
    for kill in range(KILLS):
        known = len(_epochs(folder))
        trainer = _trainer(folder)
        for _ in _until(trainer):
            saving = list((folder / "checkpoint").glob(".*.part"))
            if (saving and kill % 2) or len(_epochs(folder)) > known + dice.randint(0, 1):
                break
        assert trainer.poll() is None
        trainer.send_signal(signal.SIGKILL)
        trainer.communicate()
        done = _epochs(folder)
        assert done == list(range(1, len(done) + 1))
        assert len(done) >= known
        at = checkpoint.latest(folder / "checkpoint")
        assert at is None or len(done) - 1 <= at.position.epoch <= len(done) + 1
        assert not done or checkpoint.best(folder / "checkpoint") is not None

    trainer = _trainer(folder)
    _, said = trainer.communicate(timeout=300)

    assert trainer.returncode == 0, said.decode()
    assert _epochs(folder) == list(range(1, epochs + 1))
    assert (folder / "model" / "card.json").exists()


def _until(trainer: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Look again and again for as long as it works, often enough to meet it in the middle of a save."""
    while trainer.poll() is None:
        yield
        time.sleep(0.005)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.of_size(tmp_path / "small", mb=20) as place:
        yield place


def test_a_full_disk_ends_the_run_with_that_reason_and_keeps_the_last_epoch(
    photos: Path, finished: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_disk / "run"
    fit.begin(folder, [f"folder:{photos}"], replace(TINY, averaging=0.0), "run")
    write = Progress.history

    def until_full(progress: Progress, rows: list[Mapping[str, Any]]) -> None:
        write(progress, rows)
        disks.fill(small_disk)

    monkeypatch.setattr(Progress, "history", until_full)

    state = fit.go_on(folder)

    status = read_status(folder)
    assert state == "failed"
    assert status is not None
    assert "disk is full" in status["reason"]
    (small_disk / "ballast").unlink()
    assert not list((folder / "checkpoint").glob(".*.part"))
    kept = checkpoint.latest(folder / "checkpoint")
    assert kept is not None
    assert kept.position.epoch == 1
    assert all(np.isfinite(weight).all() for weight in kept.weights)
