"""Many photos: a file of answers to go on with, listing without a list, and the same answers from Ray."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import Mock

import pytest

from model import label_many, typed
from model.__main__ import main
from model.label_many import Answers, LabelError
from model.picture_files import PlaceError, opener, pictures
from model.pipeline import Reading
from tests.model import small_network

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "samples" / "astronaut.png"

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs requirements-cluster.txt")
needs_fsspec = pytest.mark.skipif(find_spec("fsspec") is None, reason="needs requirements-cluster.txt")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "runs" / "small").mkdir(parents=True)
    small_network.artifact(folder / "runs" / "small" / "model", name="small")
    return folder


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(home))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "foto ☕"
    (folder / "b").mkdir(parents=True)
    for name in ("a.png", "b/1.png", "b.png", "c.png"):
        (folder / name).write_bytes(SAMPLE.read_bytes())
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a picture")
    (folder / "notes.txt").write_text("no picture")
    return folder


def told(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text().splitlines()]


def names(out: Path) -> list[str]:
    return [Path(str(one["file"])).name for one in told(out)]


def test_pictures_come_in_the_order_of_their_paths_with_folders_between_them(photos: Path) -> None:
    found = list(pictures([photos, Path("named.xyz")]))

    assert found[:-1] == sorted(p for p in photos.rglob("*") if p.suffix in (".png", ".jpg"))
    assert found[-1] == Path("named.xyz")


def test_a_folder_is_listed_only_when_its_turn_comes(photos: Path) -> None:
    coming = pictures([photos])
    next(coming)
    (photos / "b" / "2.png").write_bytes(SAMPLE.read_bytes())

    assert photos / "b" / "2.png" in list(coming)


def test_what_the_file_of_answers_holds_already_is_left_out(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    command = [str(photos), "--out", str(out), "--model", "small"]
    main(command)
    whole = out.read_bytes()
    first, second = whole.splitlines(keepends=True)[:2]
    out.write_bytes(first + second[:40])  # killed while it wrote

    code = main(command)

    again = told(out)
    before = [json.loads(line) for line in whole.splitlines()]
    assert code == 1  # one of them is broken
    assert out.read_bytes().startswith(first)
    assert [one["file"] for one in again] == [one["file"] for one in before]
    assert [one["faces"] for one in again] == [one["faces"] for one in before]
    assert {one["error"]["code"] for one in before if one["error"]} == {"truncated"}


def test_a_last_answer_without_the_end_of_its_line_is_completed(tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    first, last = (json.dumps(Reading(name).as_json()) for name in ("a.jpg", "b.jpg"))
    out.write_text(f"{first}\n{last}")  # the power failed before the last byte

    answers = Answers(out)
    answers.add(json.dumps(Reading("c.jpg").as_json()))

    assert answers.known == {"a.jpg", "b.jpg"}
    assert [one["file"] for one in told(out)] == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    "content",
    [
        b"diary\n",
        b"diary",
        b'["no", "answer"]\n',
        b"\xff\xfe\n",
        b"{}\n",
        b'{"a": 1}',
        b'{"file": "a.jpg"}',
        b'{"file": "a.jpg"}\n{"file": "' + b"b" * 1_000_000 + b'"}\n{"file": "c.jpg"}\n',
    ],
    ids=range(8),
)
def test_a_file_that_holds_something_else_is_never_written_to(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "diary"
    file.write_bytes(content)

    with pytest.raises(LabelError) as raised:
        Answers(file)

    assert raised.value.code == "out_is_other"
    assert file.read_bytes() == content


def test_without_ray_one_sentence_says_what_to_install(photos: Path) -> None:
    hidden = (
        "import sys; from importlib import util; from model import label_many, __main__;"
        "label_many.find_spec = lambda name: None;"
        "sys.exit(__main__.main([sys.argv[1], '--engine', 'ray', '--model', 'small']))"
    )
    command = [sys.executable, "-c", hidden, str(photos)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.strip() == label_many.SENTENCES["no_ray"].format(python=typed.python())
    assert (ROOT / "requirements-cluster.txt").is_file()


@needs_ray
def test_a_cluster_that_is_not_there_is_one_sentence(
    photos: Path, free_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{free_port}")

    code = main([str(photos), "--engine", "ray", "--model", "small"])

    assert code == 1
    assert capsys.readouterr().err.strip() == label_many.SENTENCES["cluster_lost"]


def test_a_fault_on_the_cluster_is_not_taken_for_a_cluster_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class RayError(Exception):
        pass

    class TaskError(RayError):
        pass

    ray, data = Mock(), Mock()
    ray.exceptions.RayError, ray.exceptions.RayTaskError, ray.exceptions.RayActorError = (
        RayError,
        TaskError,
        TaskError,
    )
    ray.cluster_resources.return_value = {}
    data.from_arrow_refs.side_effect = TaskError("Traceback ...\nModelError: It is damaged.")
    monkeypatch.setattr(label_many, "_started", lambda: (ray, data))

    with pytest.raises(LabelError, match=r"ModelError: It is damaged\.") as raised:
        list(label_many.lines([], "small", 20))

    assert raised.value.code == "failed_there"


def test_a_table_is_not_promised_where_only_lines_can_be_had(photos: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(photos), "--engine", "ray", "--csv", str(photos / "table.csv")])

    assert not (photos / "table.csv").exists()


@needs_fsspec
def test_an_address_gives_the_same_pictures_in_the_same_order(photos: Path) -> None:
    there = list(pictures([f"file://{photos}"]))

    assert [str(one).removeprefix("file://") for one in there] == [str(one) for one in pictures([photos])]
    assert opener(there[0])() == SAMPLE.read_bytes()


@needs_fsspec
@pytest.mark.parametrize("address", ["nowhere://bucket", "file:///no/such/folder", "://"])
def test_an_address_that_leads_nowhere_is_one_sentence(address: str) -> None:
    with pytest.raises(PlaceError) as raised:
        list(pictures([address]))

    assert raised.value.code in ("place_unreadable", "no_fsspec")
    assert address in str(raised.value)


@needs_ray
def test_ray_says_what_the_local_engine_says_and_goes_on_where_it_was(photos: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    main([str(photos), "--out", str(here), "--model", "small"])
    there.write_bytes(here.read_bytes().splitlines(keepends=True)[0])
    alone = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # on the loopback
    command = [sys.executable, "-m", "model", str(photos), "--out", str(there), "--model", "small"]

    ended = subprocess.run(
        [*command, "--engine", "ray"], cwd=ROOT, capture_output=True, text=True, env=os.environ | alone
    )

    assert ended.returncode == 1, ended.stderr  # one of them is broken
    assert names(there) == names(here)
    assert [one["error"] for one in told(there)] == [one["error"] for one in told(here)]
    assert [one["faces"] for one in told(there)] == [one["faces"] for one in told(here)]
