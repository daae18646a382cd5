"""`python -m training evaluate`: real photos in a folder, a real model, one JSON object or plain words."""

import json
import os
import re
from pathlib import Path

import pandas as pd
import pytest

from tests.training import portraits
from tests.training.tables import exact, table
from training import evaluation, prediction_table
from training.evaluate_command import main_evaluate
from training.evaluation_text import as_text
from training.prediction_table import About


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two women and two men to validate on, one of each to test on, one of them without a face."""
    root = tmp_path / "Foto saya (2)"
    for number, name in enumerate(
        (
            "validation/female/a",
            "validation/female/b",
            "validation/male/a",
            "validation/male/b",
            "test/female/a",
        )
    ):
        path = root / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(portraits.face(number))
    (root / "test" / "male").mkdir()
    (root / "test" / "male" / "a.png").write_bytes(portraits.nobody())
    return root


def test_json_is_all_that_is_printed_and_the_predictions_are_kept(
    small_home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main_evaluate(["--model", "small-1", "--data", f"folder:{folder}", "--split", "test", "--json"])

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    summary = json.loads(said.out)
    assert (summary["photos"], summary["n"], summary["not_found"]) == (2, 1, 1)
    (kept,) = (small_home / "data" / "evaluations" / "small-1").iterdir()
    assert kept.name.startswith("evaluation-foto-saya-2-")
    assert kept.name.endswith("-test.parquet")
    made, about = prediction_table.read(kept)
    assert (about.model, about.split, about.source) == ("small-1", "test", "raw")
    assert evaluation.summary(made, sure_at=about.sure_at) == summary


def test_without_a_split_the_validation_photos_are_taken(
    small_home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_evaluate(["--model", "small-1", "--data", f"folder:{folder}"]) == 0

    said = capsys.readouterr().out
    assert said.startswith("small-1 on Foto saya (2), validation, from whole photos")
    assert "4 photos, a face found in 4; not in 0" in said
    assert "always saying female would get 50.0%" in said
    assert "The predictions are in " in said


def test_from_crops_says_so_and_keeps_a_file_of_its_own(
    small_home: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", "small-1", "--data", f"folder:{folder}", "--split", "all"]

    assert main_evaluate([*words, "--from", "crops"]) == 0
    assert main_evaluate(words) == 0

    assert "from training crops" in capsys.readouterr().out
    kept = sorted(path.name for path in (small_home / "data" / "evaluations" / "small-1").iterdir())
    assert len(kept) == 2
    assert kept[0].endswith("-all-crops.parquet")
    assert kept[1].endswith("-all.parquet")


def test_beside_the_model_the_predictions_lie_in_its_folder(small_home: Path, folder: Path) -> None:
    words = ["--model", "small-1", "--data", f"folder:{folder}", "--split", "test", "--beside-model"]

    assert main_evaluate(words) == 0

    assert len(list((small_home / "runs" / "small-1" / "model").glob("evaluation-*-test.parquet"))) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "nobody"], "There is no model called 'nobody'"),
        (["--model", "../../etc"], "There is no model called"),
        (["--data", "folder:/nowhere/at/all"], "There is no folder"),
        (["--data", "imagenet"], "imagenet is no data set that Rupa knows"),
        (["--split", "train"], "has no photos in the split train; it has validation (4), test (2)."),
    ],
)
def test_a_fault_is_one_sentence_and_no_traceback(
    small_home: Path, folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code = main_evaluate(["--model", "small-1", "--data", f"folder:{folder}", *words])

    said = capsys.readouterr()
    assert (code, said.out) == (1, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


ABOUT = About("rupa-1", "0" * 64, "similarity-1", 0.8, "utkface", "validation", "raw", "2026-01-31", "litert")


def test_the_words_say_what_the_json_says() -> None:
    found = evaluation.summary(table(0, n=900), sure_at=0.8)

    said = as_text(found, ABOUT)

    for name in ("accuracy", "answered", "accuracy_when_sure"):
        low, high = found[f"{name}_interval"]
        assert f"{100 * found[name]:.1f}% ({100 * low:.1f} to {100 * high:.1f})" in said
    worst = found["worst_group"]
    assert f"worst group      {worst['column']} {worst['group']}: {100 * worst['accuracy']:.1f}%" in said
    assert "among groups of at least 30" in said
    assert said.count("too few to tell") == sum(
        group["n"] < 30 for groups in found["groups"].values() for group in groups.values()
    )
    assert "20 years and over" in said
    assert "nan" not in said.lower().replace("indian", "").split()


def test_what_cannot_be_told_is_not_told() -> None:
    women_only = as_text(evaluation.summary(exact([[45, 5], [0, 0]])), ABOUT)
    nobody = as_text(evaluation.summary(exact([[0, 0], [0, 0]])), ABOUT)

    assert "women 90.0% (78.6 to 95.7), men cannot be told" in women_only
    assert "area under ROC   cannot be told" in women_only
    assert "this model is never unsure" in women_only
    assert "Without a face nothing can be counted." in nobody


def test_the_largest_gap_is_said_in_points_and_that_its_range_is_widened() -> None:
    parts = [exact([[45, 5], [5, 45]]), exact([[46, 4], [4, 46]]), exact([[90, 10], [10, 90]])]
    three = pd.concat(
        [part.assign(race=name) for part, name in zip(parts, ("Asian", "Black", "White"), strict=True)]
    )
    two = three[three["race"] != "White"]

    said = as_text(evaluation.summary(three), ABOUT)
    alone = as_text(evaluation.summary(two), ABOUT)

    assert "largest gap, Black to Asian: 2.0 points (-8.4 to 12.5, widened for 3 pairs)" in said
    assert re.search(r"largest gap, Black to Asian: 2\.0 points \(-[\d.]+ to [\d.]+\)", alone)


def test_no_figure_is_a_minus_nothing_and_only_all_is_all() -> None:
    summary = evaluation.summary(exact([[15_000, 1], [0, 15_000]]))
    summary["groups"] = {"race": {"Asian": summary | {"n": 40}, "Black": summary | {"n": 40}}}
    summary["gaps"] = {
        "race": {
            "best": "Black",
            "worst": "Asian",
            "difference": 0.045,
            "difference_interval": [-0.0004, 0.098],
            "p_all_alike": 0.06,
        }
    }

    said = as_text(summary, ABOUT)

    assert "Black to Asian: 4.5 points (0.0 to 9.8)" in said
    assert "right            >99.9% (>99.9 to >99.9)" in said


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (exact([[10, 2], [2, 10]]), "calibration ECE  cannot be told of fewer than 30 faces\n"),
        (exact([[45, 5], [5, 45]]), "; a model that keeps its word may look as far off\n"),
        (exact([[600, 400], [400, 600]]), "calibration ECE  0.300 (0.2"),
    ],
)
def test_a_calibration_error_that_chance_makes_is_said_to_tell_nothing(
    summary: pd.DataFrame, said: str
) -> None:
    told = as_text(evaluation.summary(summary), ABOUT)

    assert said in told
    assert ("may look as far off" in told) == ("may look as far off" in said)


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("RUPA_DATA"), reason="needs photos of RUPA_DATA, which is not set")
def test_a_published_set_is_evaluated_by_its_name(
    small_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", "small-1", "--data", "celeba-in-the-wild", "--json"]

    assert main_evaluate(words) == 0

    summary = json.loads(capsys.readouterr().out)
    assert summary["photos"] == 300
    assert summary["not_found"] <= 3
    assert (
        small_home / "data" / "evaluations" / "small-1" / "evaluation-celeba-in-the-wild-test.parquet"
    ).is_file()
