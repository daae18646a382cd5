"""Formats that are kept: made by a job, offered while they are of this very model, bounded, gone with their run."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from model import registry
from model.card import ModelError
from tests.training import jobs as at_work
from training import formats, page_jobs
from training.formats import FormatError
from training.page_asked import Export

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "no-data"))
    return small_home


def put(name: str, size: int, age_s: float, report: bytes = b"{}") -> Path:
    path = registry.home() / "data" / "exports" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("parity.json", report)
        archive.writestr("model.onnx", os.urandom(size))
    when = path.stat().st_mtime - age_s
    os.utime(path, (when, when))
    return path


def test_a_job_makes_it_and_it_is_kept_until_the_model_is_another(home: Path) -> None:
    job = page_jobs.start(Export("small-1", "onnx"))
    done = at_work.until(at_work.over, job)
    artifact = registry.find("small-1")

    made = formats.kept(artifact)

    assert done.state == "done", (done, (job.folder / "log.txt").read_text()[-800:])
    assert list(made) == ["onnx"]
    assert made["onnx"].path == done.made == home / "data" / "exports" / "small-1" / "onnx.zip"
    assert made["onnx"].parity.same_label == 1.0
    with zipfile.ZipFile(made["onnx"].path) as archive:
        assert set(archive.namelist()) == {"model.onnx", "card.json", "parity.json", "README.txt"}
        other = archive.read("parity.json").replace(made["onnx"].parity.keras_sha256.encode(), b"0" * 64)
    put("small-1/onnx.zip", 10, 0, report=other)
    assert formats.kept(artifact) == {}


def test_what_cannot_be_written_is_said_by_its_code(home: Path) -> None:
    with (home / "runs" / "small-1" / "model" / "model.keras").open("ab") as file:
        file.write(b"!")

    job = at_work.until(at_work.over, page_jobs.start(Export("small-1", "litert")))

    assert (job.state, job.code) == ("failed", "file_changed")
    assert formats.kept(registry.find("small-1")) == {}


@pytest.mark.parametrize("report", [b"", b"[]", b"[" * 90_000, b'{"model": 1}', b" " * 200_000])
def test_a_zip_that_says_nothing_that_can_be_read_is_not_offered(home: Path, report: bytes) -> None:
    put("small-1/onnx.zip", 10, 0, report=report)
    (home / "data" / "exports" / "small-1" / "litert.zip").write_bytes(b"PK\3\4 cut off")

    assert formats.kept(registry.find("small-1")) == {}


def test_looking_at_what_there_is_loads_no_tensorflow(home: Path) -> None:
    look = (
        "import sys; from model import registry; from training import formats\n"
        "formats.kept(registry.find('small-1'))\n"
        "assert not {'tensorflow', 'keras', 'onnxruntime', 'pandas'} & set(sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT).returncode == 0


def test_room_is_made_from_the_oldest(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_BYTES", 25_000)
    before = put("small-1/onnx.zip", 10_000, 1)
    ages = [
        put(f"other/{kind}.zip", 10_000, age) for kind, age in (("onnx", 50), ("litert", 90), ("keras", 5))
    ]
    left, working = (home / "data" / "exports" / "other" / f".{name}.zip.1.part" for name in ("old", "new"))
    for folder in (left, working):
        folder.mkdir()
    os.utime(left, (1, 1))

    path = formats.place("small-1", "onnx")

    assert path == before
    assert [one.exists() for one in (before, *ages)] == [False, True, False, True]
    assert (left.exists(), working.exists()) == (False, True)


def test_a_model_that_is_gone_leaves_nothing_and_a_name_reaches_nowhere_else(home: Path) -> None:
    mine, others = put("small-1/onnx.zip", 10, 0), put("other/onnx.zip", 10, 0)
    outside = home / "data" / "active.json"
    outside.write_text("{}")

    for name in ("small-1", "..", ".", "", "../../data", "nobody", "other/onnx.zip"):
        formats.forget(name)

    assert [one.exists() for one in (mine, others, outside)] == [False, True, True]


def test_what_is_not_there_has_no_place(home: Path) -> None:
    with pytest.raises(ModelError):
        formats.place("../../etc", "onnx")
    with pytest.raises(FormatError, match="choose one of keras, onnx, litert, litert-int8"):
        formats.place("small-1", "pickle")  # type: ignore[arg-type]


def test_every_sentence_ends_as_one() -> None:
    assert all(sentence.endswith(".") for sentence in formats.SENTENCES.values())
