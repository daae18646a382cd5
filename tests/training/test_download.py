"""Public data sets come whole, go on after a kill, and say in a sentence why not; a stand-in hub plays the network."""

import hashlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.training.pictures import photo, write_parquet
from training import download
from training.datasets import DatasetError, open_dataset
from training.download import SOURCES, PrepareError, prepare

ROOT = Path(__file__).resolve().parents[2]
FAIRFACE, CELEBA = SOURCES["fairface"].repository, SOURCES["celeba"].repository


@dataclass
class Hub:
    """What the stand-in serves, what it was asked, and how it misbehaves."""

    address: str
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    status: int = 200
    tamper: bool = False
    longer: bool = False
    cut_at: int | None = None
    hold_at: int | None = None
    holding: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def downloads(self) -> list[tuple[str, str | None]]:
        return [(path.rpartition("/")[2], range_) for path, range_ in self.asked if "/resolve/" in path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((path, self.headers.get("Range")))
        hub.tokens.append(self.headers.get("Authorization"))
        if hub.status != 200:
            self.answer(hub.status, b"{}")
        elif path.startswith("/api/datasets/"):
            self.answer(200, json.dumps(self.listing(path.removeprefix("/api/datasets/"))).encode())
        else:
            self.send_file(path)

    def listing(self, repository: str) -> dict[str, Any]:
        return {
            "id": repository,
            "sha": "0" * 40,
            "siblings": [
                {
                    "rfilename": name,
                    "size": len(data),
                    "lfs": {
                        "sha256": hashlib.sha256(data).hexdigest(),
                        "size": len(data),
                        "pointerSize": 130,
                    },
                }
                for name, data in self.hub.files.get(repository, {}).items()
            ],
        }

    def send_file(self, path: str) -> None:
        hub = self.hub
        match = re.fullmatch(r"/datasets/(.+?/.+?)/resolve/0{40}/(.+)", path)
        assert match, path
        data = hub.files[match[1]][match[2]]
        if hub.tamper:
            data = b"x" * len(data)
        if hub.longer:
            data += bytes(5_000_000)
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        stop = hub.cut_at or hub.hold_at or len(data)
        self.wfile.write(data[start:stop])
        if hub.cut_at:
            hub.cut_at = None
            self.close_connection = True
        elif hub.hold_at:
            self.wfile.flush()
            hub.holding.set()
            hub.go_on.wait(60)
            self.close_connection = True

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    handler = type("BoundHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    handler.hub = hub  # type: ignore[attr-defined]
    hub.files[FAIRFACE] = {
        f"1.25/{split}.parquet": miniature(tmp_path, number)
        for number, split in enumerate(
            ("train-00000-of-00002-aa", "train-00001-of-00002-bb", "validation-00000-of-1-cc")
        )
    } | {"0.25/train-00000-of-00001-dd.parquet": b"another margin", "README.md": b"read me"}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    yield hub
    hub.go_on.set()
    server.shutdown()
    server.server_close()


def miniature(folder: Path, number: int) -> bytes:
    """Four photos with FairFace's columns."""
    path = folder / "miniature.parquet"
    write_parquet(
        path,
        [photo(4 * number + row) for row in range(4)],
        [None] * 4,
        {"age": [0, 3, 5, 8], "gender": [0, 1, 0, 1], "race": [0, 2, 4, 6], "service_test": [False] * 4},
    )
    data = path.read_bytes()
    path.unlink()
    return data


def refused(name: str, home: Path) -> str:
    with pytest.raises(PrepareError) as problem:
        prepare(name, home)
    assert str(problem.value).endswith(".")
    assert "{" not in str(problem.value)
    return problem.value.code


def test_fairface_comes_whole_with_the_margin_that_shows_the_head(hub: Hub, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    done = prepare("fairface", tmp_path / "sets", progress=lambda *at: told.append(at))
    assert done.photos == 12
    assert len(done.fetched) == 3
    dataset = open_dataset("fairface", tmp_path / "sets")
    assert dataset.table["split"].value_counts().to_dict() == {"train": 8, "validation": 4}
    assert dataset.read(11) == photo(11)
    assert not any("0.25" in path for path, _ in hub.asked)
    shares = [bytes_done for _, bytes_done, _ in told]
    assert shares == sorted(shares)
    assert (
        told[-1][1]
        == told[-1][2]
        == sum(len(data) for name, data in hub.files[FAIRFACE].items() if "1.25" in name)
    )
    assert set(hub.tokens) == {None}


def test_what_is_there_is_not_asked_for(hub: Hub, tmp_path: Path) -> None:
    prepare("fairface-validation", tmp_path)
    asked = len(hub.asked)
    again = prepare("fairface-validation", tmp_path)
    assert (again.photos, again.fetched, len(hub.asked)) == (4, (), asked)
    rest = prepare("fairface", tmp_path)
    assert [name[:8] for name in rest.fetched] == ["train-00", "train-00"]


def test_files_of_ones_own_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    (tmp_path / "fairface").mkdir()
    (tmp_path / "fairface" / "validation-mine.parquet").write_bytes(miniature(tmp_path, 0))
    assert prepare("fairface-validation", tmp_path).photos == 4


def test_celeba_is_fetched_only_once_its_licence_is_accepted(hub: Hub, tmp_path: Path) -> None:
    for number, split in enumerate(("train", "valid", "test")):
        path = tmp_path / "made.parquet"
        write_parquet(path, [photo(number)], [f"{number}.jpg"], {"celeb_id": [number], "Male": [number == 1]})
        hub.files.setdefault(CELEBA, {})[f"img_align+identity+attr/{split}-00000-of-00001.parquet"] = (
            path.read_bytes()
        )
    path.unlink()
    shown: list[str] = []

    def decline(licence: str) -> bool:
        shown.append(licence)
        return False

    assert refused("celeba", tmp_path) == "licence_declined"
    with pytest.raises(PrepareError):
        prepare("celeba", tmp_path, accept=decline)
    assert hub.asked == []
    assert list(tmp_path.iterdir()) == []
    assert "non-commercial research only" in shown[0]
    assert prepare("celeba", tmp_path, accept=lambda licence: True).photos == 3
    assert "non-commercial" in (tmp_path / "celeba" / "LICENCE.txt").read_text()


def test_a_killed_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    name = "1.25/validation-00000-of-1-cc.parquet"
    size = len(hub.files[FAIRFACE][name])
    hub.hold_at = size // 2
    program = (
        "import sys; from pathlib import Path; from huggingface_hub import constants;"
        "import training.download as d; constants.DOWNLOAD_CHUNK_SIZE = 1000;"
        "d.prepare('fairface-validation', Path(sys.argv[1]),"
        " progress=lambda *at: print(at[1], flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        while int(victim.stdout.readline()) < size // 2 - 1000:
            pass
        victim.send_signal(signal.SIGKILL)
    hub.hold_at = None
    hub.go_on.set()
    (part,) = (tmp_path / "fairface").glob(".*.part")
    have = part.stat().st_size
    assert have >= 1000
    with pytest.raises(DatasetError) as problem:
        open_dataset("fairface", tmp_path)
    assert "prepare fairface-validation" in str(problem.value)

    assert prepare("fairface-validation", tmp_path).photos == 4
    assert hub.downloads()[-1] == (name.rpartition("/")[2], f"bytes={have}-")
    assert (tmp_path / "fairface" / name.rpartition("/")[2]).read_bytes() == hub.files[FAIRFACE][name]
    assert not list((tmp_path / "fairface").glob(".*"))


def test_a_dropped_connection_is_taken_up_again(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 500)
    hub.cut_at = 3000
    assert prepare("fairface-validation", tmp_path).photos == 4
    assert len(hub.downloads()) == 2
    assert hub.downloads()[1][1] is not None


def test_a_cancelled_download_keeps_its_part(hub: Hub, tmp_path: Path) -> None:
    def cancel(file: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare("fairface-validation", tmp_path, progress=cancel)
    assert list((tmp_path / "fairface").glob(".*.part"))
    assert prepare("fairface-validation", tmp_path).photos == 4


def test_a_damaged_file_is_deleted_and_never_gets_its_name(hub: Hub, tmp_path: Path) -> None:
    hub.tamper = True
    assert refused("fairface-validation", tmp_path) == "checksum"
    assert not list((tmp_path / "fairface").glob("*.parquet"))
    assert not list((tmp_path / "fairface").glob(".*.part"))
    hub.tamper = False
    assert prepare("fairface-validation", tmp_path).photos == 4


def test_a_file_that_is_longer_than_said_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.longer = True
    assert refused("fairface-validation", tmp_path) == "checksum"
    hub.longer = False
    assert prepare("fairface-validation", tmp_path).photos == 4


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "hub_refuses"), (403, "hub_refuses"), (404, "hub_refuses"), (503, "hub_trouble")],
)
def test_a_hub_that_refuses_is_one_sentence(hub: Hub, tmp_path: Path, status: int, code: str) -> None:
    hub.status = status
    assert refused("fairface", tmp_path) == code


def test_offline_is_one_sentence_that_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PrepareError) as problem:
        prepare("fairface", tmp_path)
    assert problem.value.code == "offline"
    assert str(tmp_path / "fairface") in str(problem.value)
    assert not (tmp_path / "fairface").exists()


@pytest.mark.parametrize("name", ["1.25/validation-..\\..\\evil.parquet", "1.25/validation-a:b.parquet"])
def test_names_that_would_leave_the_folder_are_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.files[FAIRFACE] = {name: b"x"}
    assert refused("fairface-validation", tmp_path) == "hub_changed"


def test_a_hub_without_the_files_is_one_sentence(hub: Hub, tmp_path: Path) -> None:
    hub.files[FAIRFACE] = {"1.25/validation-00000.parquet": b"x"}
    assert refused("fairface", tmp_path) == "hub_changed"
    assert refused("lfw", tmp_path) == "unknown_name"


def test_too_little_room_is_said_before_anything_is_fetched(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_SPARE_BYTES", 2**60)
    assert refused("fairface", tmp_path) == "no_room"
    assert hub.downloads() == []


def test_a_place_that_cannot_be_written_is_one_sentence(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "no folder").write_text("a file")
    assert refused("fairface", tmp_path / "no folder") == "cannot_write"
