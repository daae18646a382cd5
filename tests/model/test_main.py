"""The terminal: tables, JSON, CSV, drawings, and an exit code that scripts can trust."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.__main__ import main
from tests.model import small_network

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the app's own with one finished model, `small`."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "runs" / "small").mkdir(parents=True)
    small_network.artifact(folder / "runs" / "small" / "model", name="small")
    return folder


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(home))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "foto ☕"
    (folder / "in").mkdir(parents=True)
    (folder / "one.png").write_bytes(SAMPLE.read_bytes())
    (folder / "in" / "one.png").write_bytes(SAMPLE.read_bytes())
    Image.fromarray(np.full((60, 80, 3), 99, np.uint8)).save(folder / "sky.jpg")
    return folder


def test_json_is_one_object_a_photo(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([str(photos), "--json", "--model", "small"])

    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [Path(one["file"]).name for one in told] == ["one.png", "one.png", "sky.jpg"]
    assert told[0]["faces"][0]["label"] in ("female", "male", "unsure")
    assert told[2]["error"]["code"] == "no_face"


def test_a_failed_file_is_named_the_rest_is_done_and_the_exit_code_says_so(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")

    code = main([str(photos), str(photos / "missing.jpg"), "--model", "small"])

    told = capsys.readouterr().out
    assert code == 1
    assert re.search(r"broken\.jpg +-  The picture is damaged", told)
    assert re.search(r"missing\.jpg +-  The file cannot be opened: No such file or directory", told)
    assert re.search(r"one\.png +1  (looks (fe)?male|not sure) +\d+\.\d%  \d+ x \d+ at \d+, \d+\n", told)
    assert told.count("one.png") == 2


def test_csv_has_a_row_a_face_and_a_row_for_a_photo_without(photos: Path, tmp_path: Path) -> None:
    main([str(photos), "--csv", str(tmp_path / "table.csv"), "--model", "small"])

    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {Path(row["file"]).name for row in rows} == {"one.png", "sky.jpg"}
    assert rows[-1]["error"].startswith("No face was found")
    assert float(rows[0]["female"]) + float(rows[0]["male"]) == pytest.approx(1, abs=1e-3)


def test_drawings_of_namesakes_do_not_overwrite_each_other(photos: Path, tmp_path: Path) -> None:
    main([str(photos), "--annotate", str(tmp_path / "drawn"), "--model", "small"])

    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["one-2.jpg", "one.jpg", "sky.jpg"]
    drawn = np.asarray(Image.open(tmp_path / "drawn" / "one.jpg").convert("RGB")).astype(int)
    plain = np.asarray(Image.open(SAMPLE).convert("RGB")).astype(int)
    assert drawn.shape == plain.shape
    assert (np.abs(drawn - plain).max(axis=2) > 100).any()


def test_drawing_into_the_photos_own_folder_leaves_them_as_they_are(photos: Path) -> None:
    Image.open(SAMPLE).convert("RGB").save(photos / "me.jpg")
    before = (photos / "me.jpg").read_bytes()

    assert main([str(photos / "me.jpg"), "--annotate", str(photos), "--model", "small"]) == 0

    assert (photos / "me.jpg").read_bytes() == before
    assert (photos / "me-2.jpg").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_name_that_is_no_text_does_not_end_the_run(photos: Path, tmp_path: Path) -> None:
    os.rename(os.fsencode(photos / "sky.jpg"), os.fsencode(photos) + b"/\xff\x1b[31m.jpg")
    command = [
        sys.executable,
        "-m",
        "model",
        str(photos),
        "--model",
        "small",
        "--csv",
        str(tmp_path / "t.csv"),
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"one.png") == 2
    assert b"\x1b" not in done.stdout
    assert len((tmp_path / "t.csv").read_bytes().splitlines()) >= 4


@pytest.mark.parametrize(
    "extra",
    [["--csv", "nowhere/t.csv"], ["--annotate", __file__], ["--model", "nobody"]],
    ids=["csv", "annotate", "model"],
)
def test_what_cannot_be_written_is_said_before_the_work_begins(
    extra: list[str], photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photos), "--model", "small", *extra]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize("size", ["nan", "inf", "-5", "0", "many"])
def test_a_face_size_that_makes_no_sense_is_refused(size: str, photos: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(photos), f"--min-face={size}"])

    assert end.value.code == 2


@pytest.mark.parametrize("name", ["nobody", "../escape"])
def test_a_model_that_is_not_there_is_one_sentence(
    name: str, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(photos), "--model", name]) == 1
    assert "There is no model called" in capsys.readouterr().err


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "No picture was found" in capsys.readouterr().err


def test_it_answers_from_a_shell_without_tensorflow(photos: Path) -> None:
    """The program as a person starts it; importing TensorFlow would cost three seconds and half a gigabyte."""
    spy = "import sys, runpy\nsys.argv = ['model', *sys.argv[1:]]\n"
    spy += "try:\n    runpy.run_module('model', run_name='__main__')\nexcept SystemExit as end:\n"
    spy += "    heavy = {'tensorflow', 'keras', 'streamlit', 'mtcnn'} & set(sys.modules)\n"
    spy += "    print('heavy:', sorted(heavy)); sys.exit(end.code)\n"

    done = subprocess.run(
        [sys.executable, "-c", spy, str(photos / "one.png"), "--model", "small"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stdout
