"""Every check says go where all is well, and in one sentence what to mend where it really is broken."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po

from model import registry, running, typed
from model.card import LABELS, ModelError
from model.images import PhotoError
from pages.parts import stage_check, stage_lobby
from pages.parts.stage_check import Found
from tests.training import disks, portraits, tables
from tests.training.pictures import photo, write_parquet
from training import collection, evaluations, flagged, prediction_table, stage_ready
from words.speech import LOCALES

SAMPLES = Path(__file__).resolve().parents[3] / "ui" / "assets" / "samples"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    return tmp_path / "home"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped model's folder, in a copy that may be broken."""
    shutil.copytree(registry.SHIPPED, tmp_path / "artifacts")
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "artifacts")
    return tmp_path / "artifacts" / registry.DEFAULT


def said(found: Found) -> tuple[str, str]:
    sentence = found.sentence.format(python=typed.python(), **found.facts)
    assert sentence.endswith(".")
    return found.level, found.code


def a_fairface(home: Path, each: int = 12) -> None:
    """So many women and men, with FairFace's columns."""
    n = 2 * each
    columns: dict[str, list[object]] = {
        "age": [3] * n,
        "gender": [0, 1] * each,
        "race": [0] * n,
        "service_test": [False] * n,
    }
    file = home.parent / "sets" / "fairface" / "validation-0.parquet"
    write_parquet(file, [photo(row) for row in range(n)], [None] * n, columns)


def an_evaluation(model: str, dataset: str, made: str = "2026-01-01T00:00:00+00:00") -> Path:
    path = evaluations.folder(model) / f"evaluation-{dataset}-validation.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    about = tables.about(model=model, dataset=dataset, split="validation", made=made)
    prediction_table.write(path, tables.table(n=40), about)
    return path


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_the_shipped_model_is_whole() -> None:
    assert said(stage_check.model()) == ("go", "model_whole")


@pytest.mark.parametrize("file", ["model.tflite", "model.keras", "evaluation-aaf-validation.parquet"])
def test_a_file_that_one_bit_differs_in_is_named(shipped: Path, file: str) -> None:
    damage(shipped / file)

    found = stage_check.model()

    assert said(found) == ("mend", "model_broken")
    assert file in found.sentence.format(**found.facts)


def test_a_card_that_is_gone_is_to_be_mended(shipped: Path) -> None:
    (shipped / "card.json").unlink()

    assert said(stage_check.model()) == ("mend", "model_broken")


def test_a_chosen_model_that_is_gone_is_told_while_the_shipped_one_answers(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "active.json").write_text('{"model": "gone"}')

    assert said(stage_check.model()) == ("instead", "model_passed_over")


def test_the_engine_answers_a_whole_photo() -> None:
    three = (SAMPLES / "three.jpg").read_bytes()

    assert said(stage_check.engine()) == ("go", "engine_answers")
    pipeline = running.get().pipeline
    assert said(stage_check.speed(pipeline, three, 3, slow_ms=60_000)) == ("go", "speed_right")
    assert said(stage_check.speed(pipeline, three, 3, slow_ms=0.01)) == ("mend", "speed_slow")
    assert said(stage_check.speed(pipeline, portraits.nobody(), 3)) == ("mend", "speed_unanswered")
    assert said(stage_check.speed(pipeline, three[:2000], 3)) == ("mend", "speed_unanswered")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PhotoError("busy"), "engine_warming"),
        (ModelError("no_model"), "no_model"),
        (ImportError("no such library"), "engine_failed"),
    ],
)
def test_an_engine_that_does_not_come_is_told(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str
) -> None:
    def get(timeout_s: float) -> None:
        raise fault

    monkeypatch.setattr(running, "get", get)

    assert said(stage_check.engine()) == ("mend", code)


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("http://localhost:8501/stage", "go"),
        ("http://127.0.0.1:8501/stage", "go"),
        ("https://192.168.1.5:8501/stage", "go"),
        ("http://192.168.1.5:8501/stage", "instead"),
        ("http://localhost.example.org/stage", "instead"),
        ("http://[", "instead"),
        ("", "instead"),
    ],
)
def test_browsers_lend_cameras_to_this_computer_and_to_https_only(url: str, level: str) -> None:
    assert stage_check.address(url).level == level


@pytest.mark.parametrize("check", [stage_check.files, stage_check.samples])
def test_a_file_that_is_gone_or_empty_is_named(check: object, tmp_path: Path) -> None:
    whole, empty = tmp_path / "whole.css", tmp_path / "empty.css"
    whole.write_text("p {}")
    empty.touch()

    assert callable(check)
    assert check([whole]).level == "go"
    for broken in (empty, tmp_path / "gone.css"):
        found = check([whole, broken])
        assert found.level != "go"
        assert broken.name in found.sentence.format(**found.facts)


def test_everything_that_pages_are_drawn_with_is_looked_for() -> None:
    assets = SAMPLES.parent
    kinds = {".css", ".js", ".html", ".svg", ".woff2"}

    there = {path.relative_to(assets).as_posix() for path in assets.rglob("*") if path.suffix in kinds}

    assert set(stage_lobby._FILES) == there


def test_errors_have_faces_only_where_the_photos_are(home: Path, shipped: Path) -> None:
    assert said(stage_check.errors()) == ("instead", "faces_missing")
    a_fairface(home)
    assert said(stage_check.errors()) == ("instead", "faces_missing")
    an_evaluation(registry.DEFAULT, "mine")
    assert said(stage_check.errors()) == ("instead", "faces_own")
    an_evaluation(registry.DEFAULT, "fairface")
    assert said(stage_check.errors()) == ("go", "faces_here")

    shutil.rmtree(home)
    for file in shipped.glob("evaluation-*"):
        damage(file)
        file.write_bytes(file.read_bytes()[:100])
    assert said(stage_check.errors()) == ("instead", "figures_missing")


def test_photos_to_learn_from_are_a_data_set_and_nothing_that_people_gave(home: Path) -> None:
    assert said(stage_check.photos()) == ("instead", "photos_missing")
    mine = collection.add([("female", b"somebody")])
    assert said(stage_check.photos()) == ("instead", "photos_own")
    collection.delete(mine.id)
    rng = np.random.default_rng(0)
    for label in LABELS * 11:
        face = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        flagged.save(face, label, flagged.Said("female", 0.6, "rupa-1", "1"))
    assert said(stage_check.photos()) == ("instead", "photos_missing")

    a_fairface(home)
    assert said(stage_check.photos()) == ("go", "photos_here")
    few = stage_ready.few("fairface", most=22)
    assert (few.women, few.men) == (11, 11)
    assert stage_ready.few("fairface", most=22) == few


def test_the_quick_recipe_needs_the_weights_that_it_starts_from(shipped: Path) -> None:
    assert said(stage_check.quick_recipe()) == ("go", "recipe_ready")
    damage(shipped / "model.keras")
    assert said(stage_check.quick_recipe()) == ("instead", "recipe_lacks")


def test_two_models_can_be_compared_where_both_saw_the_same_published_photos() -> None:
    an_evaluation("mine", "fairface")
    for model in (registry.DEFAULT, "mine"):
        an_evaluation(model, "photos")
    assert said(stage_check.pair()) == ("instead", "pair_missing")
    an_evaluation(registry.DEFAULT, "fairface")
    an_evaluation("aged", "fairface", made="2025-01-01T00:00:00+00:00")

    found = stage_check.pair()

    assert said(found) == ("go", "pair_here")
    assert found.facts == {"first": registry.DEFAULT, "second": "mine"}


def test_a_disk_without_room_is_told(tmp_path: Path) -> None:
    assert said(stage_check.disk(least_gb=1e-3)) == ("go", "disk_free")
    assert said(stage_check.disk(least_gb=1e6)) == ("mend", "disk_full")
    with disks.of_size(tmp_path / "small", mb=1) as small:
        (small / "data").mkdir()
        disks.fill(small)
        assert said(stage_check.disk(small, least_gb=0)) == ("mend", "disk_full")


def test_a_folder_that_cannot_be_written_to_is_told(home: Path) -> None:
    home.mkdir()
    (home / "data").write_text("a file where a folder should be")

    assert said(stage_check.disk()) == ("mend", "disk_locked")


def test_a_check_leaves_nothing_behind(home: Path) -> None:
    stage_check.disk(least_gb=1e-3)

    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_the_verdict_is_the_worst_of_all() -> None:
    mend, asking, instead, go = (Found("disk", level, "disk_free") for level in stage_check.LEVELS)

    assert stage_check.verdict([go, go]) == "go"
    assert stage_check.verdict([go, instead]) == "instead"
    assert stage_check.verdict([instead, asking]) == "asking"
    assert stage_check.verdict([instead, mend, go, asking]) == "mend"


def test_every_sentence_is_said_in_indonesian_too() -> None:
    with (LOCALES / "id.po").open("rb") as file:
        known = {message.id for message in read_po(file, locale="id") if message.string}

    assert set(stage_check.SENTENCES.values()) - known == set()
