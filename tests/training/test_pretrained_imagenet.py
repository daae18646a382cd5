"""Weights are fetched once and whole, or refused within seconds: proven on a real server that misbehaves."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from training import pretrained_imagenet
from training.pretrained_imagenet import FILES, UnreachableError, WeightsFile, fetch

CONTENT = b"weights, let us say" * 100_000


class _Shelf(BaseHTTPRequestHandler):
    asked: int = 0
    sent = CONTENT

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200 if self.path == "/shelf/some_notop.h5" else 404)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(self.sent)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Shelf]]:
    """A server with one weights file, which Keras' home is taken to be."""
    handler = type("Shelf", (_Shelf,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        monkeypatch.setattr(pretrained_imagenet, "HOME", f"http://127.0.0.1:{server.server_port}/")
        digest = hashlib.md5(CONTENT).hexdigest()
        monkeypatch.setitem(FILES, "some", WeightsFile("shelf/some_notop.h5", digest))
        monkeypatch.setitem(FILES, "gone", WeightsFile("shelf/gone_notop.h5", digest))
        monkeypatch.setitem(FILES, "unsigned", WeightsFile("shelf/some_notop.h5"))
        yield handler
        server.shutdown()


def test_a_file_is_fetched_once(shelf: type[_Shelf], tmp_path: Path) -> None:
    paths = [fetch("some"), fetch("some")]

    assert paths == [tmp_path / "models" / "some_notop.h5"] * 2
    assert paths[0].read_bytes() == CONTENT
    assert shelf.asked == 1


def test_a_spoilt_file_is_fetched_again(shelf: type[_Shelf]) -> None:
    fetch("some").write_bytes(CONTENT[:1000])

    assert fetch("some").read_bytes() == CONTENT
    assert shelf.asked == 2


@pytest.mark.parametrize(
    ("name", "sent", "reason"),
    [
        ("some", CONTENT[::-1], "published"),
        ("some", CONTENT[:-9], "broke off"),
        ("unsigned", CONTENT, "published"),
        ("gone", CONTENT, "Not Found"),
    ],
    ids=["another content", "cut off", "no weights", "not there"],
)
def test_what_is_not_the_published_file_is_refused_and_not_kept(
    shelf: type[_Shelf], tmp_path: Path, name: str, sent: bytes, reason: str
) -> None:
    shelf.sent = sent

    with pytest.raises(UnreachableError, match=reason):
        fetch(name)

    assert not list((tmp_path / "models").iterdir())


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(pretrained_imagenet, "ANSWER_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(pretrained_imagenet, "HOME", f"http://127.0.0.1:{silent.getsockname()[1]}/")

        with pytest.raises(UnreachableError, match=r"no answer within 0\.2 seconds"):
            fetch("vgg16")
