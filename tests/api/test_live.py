"""The line of the Live page, with the real model: whom it answers, and where it ends."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from api import live
from api.hosts import Hosts
from model import running
from model.live import Live, LiveError
from tests.api.conftest import SAMPLES

VISITS = {"one", "two", "three", "four"}


class From:
    """Lets a test come from another address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and (came_from := Headers(scope=scope).get("came-from")):
            scope["client"] = (came_from, 1)
        await self._app(scope, receive, send)


@pytest.fixture
def client(warm: running.Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    visits = SimpleNamespace(is_active_session=VISITS.__contains__)  # a visit needs a browser
    monkeypatch.setattr(live, "get_instance", lambda: visits)
    middleware = [Middleware(Hosts, allowed=["testserver"]), Middleware(From)]
    app = Starlette(routes=[live.route()], middleware=middleware)
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("frames") / "frame.jpg"
    with Image.open(SAMPLES / "astronaut.png") as portrait:
        portrait.convert("RGB").resize((480, 480)).save(file, quality=80)
    return Path(file).read_bytes()


def hello(line: WebSocketTestSession, visit: str = "one") -> None:
    line.send_text(visit)
    assert line.receive_json() == {"ready": True}


def closed_with(line: WebSocketTestSession) -> int:
    while True:
        try:
            line.receive_json()
        except WebSocketDisconnect as ended:
            return int(ended.code)


def test_every_frame_has_its_answer_and_soon_the_face_is_in_it(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(live.PATH) as line:
        hello(line)
        for _ in range(200):
            line.send_bytes(frame)
            answer = line.receive_json()
            if answer["faces"] and answer["faces"][0]["answer"]:
                break

    [face] = answer["faces"]
    assert (face["number"], face["answer"], answer["seen"]) == (1, "female", 1)
    assert face["male"] < 0.2
    assert all(0 < part < 1 for part in face["box"])
    assert json.dumps(answer).isascii()


def test_a_model_that_is_promoted_answers_from_the_next_frame_on(
    client: TestClient, frame: bytes, warm: running.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = replace(warm.artifact.card, sure_at=1.0)
    never_sure = replace(warm, artifact=replace(warm.artifact, card=card))
    with client.websocket_connect(live.PATH) as line:
        hello(line)
        assert label(line, frame) == "female"
        monkeypatch.setattr(running, "get", lambda: never_sure)

        assert label(line, frame) == "unsure"


def label(line: WebSocketTestSession, frame: bytes) -> str:
    for _ in range(200):
        line.send_bytes(frame)
        faces = line.receive_json()["faces"]
        if faces and faces[0]["answer"]:
            return str(faces[0]["answer"])
    raise AssertionError("no answer")


def test_a_stream_that_nobody_looks_at_any_more_ends_its_line(
    client: TestClient, frame: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(self: Live, pixels: object) -> None:
        raise LiveError

    with client.websocket_connect(live.PATH) as line:
        hello(line)
        monkeypatch.setattr(Live, "see", ended)
        line.send_bytes(frame)
        assert closed_with(line) == live.FAULT


def test_a_hello_that_is_no_text_is_sent_away(client: TestClient) -> None:
    with client.websocket_connect(live.PATH) as line:
        line.send_bytes(b"one")
        assert closed_with(line) == live.REFUSED


def test_lines_that_never_say_who_they_are_are_few(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_WAITING", 1)
    with client.websocket_connect(live.PATH), client.websocket_connect(live.PATH) as second:
        assert closed_with(second) == live.BUSY


def test_once_the_line_is_closed_nothing_of_it_is_left(client: TestClient, frame: bytes) -> None:
    for _ in range(5):
        with client.websocket_connect(live.PATH) as line:
            hello(line)
            line.send_bytes(frame)
            line.receive_json()

    assert live.lines() == 0
    ending = [thread for thread in threading.enumerate() if thread.name == "live"]
    for thread in ending:
        thread.join(20)
    assert not any(thread.is_alive() for thread in ending)


def test_who_is_no_visit_is_sent_away(client: TestClient) -> None:
    with client.websocket_connect(live.PATH) as line:
        line.send_text("somebody")
        assert closed_with(line) == live.REFUSED


def test_a_page_of_another_site_gets_no_line(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(live.PATH, headers={"Origin": "http://evil.example"}),
    ):
        pass


def test_a_visit_has_one_line_and_the_newer_one_counts(client: TestClient, frame: bytes) -> None:
    with client.websocket_connect(live.PATH) as first:
        hello(first)
        with client.websocket_connect(live.PATH) as second:
            hello(second)
            assert closed_with(first) == live.REPLACED
            second.send_bytes(frame)
            assert "faces" in second.receive_json()


def test_there_are_no_more_lines_than_can_be_answered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_LINES", 1)
    with client.websocket_connect(live.PATH) as first:
        hello(first)
        with client.websocket_connect(live.PATH) as second:
            second.send_text("two")
            assert closed_with(second) == live.BUSY


def test_where_even_those_who_said_nothing_are_too_many_the_browser_is_told_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_WAITING", 0)
    with client.websocket_connect(live.PATH) as line:
        assert closed_with(line) == live.BUSY


@pytest.mark.parametrize("what", [bytes(live.MAX_FRAME_BYTES + 1), None])
def test_what_is_too_large_or_never_a_picture_ends_the_line(client: TestClient, what: bytes | None) -> None:
    with client.websocket_connect(live.PATH) as line:
        hello(line)
        for _ in range(1 if what else live.MAX_BAD_FRAMES + 1):
            line.send_bytes(what or b"\xff\xd8\xff no picture")
        assert closed_with(line) == live.REFUSED


def test_bad_frames_are_passed_over_where_good_ones_come_between_them(
    client: TestClient, frame: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_BAD_FRAMES", 1)
    with client.websocket_connect(live.PATH) as line:
        hello(line)
        for _ in range(2):
            line.send_bytes(frame[:300])
            assert "error" in line.receive_json()
            line.send_bytes(frame)
            assert "faces" in line.receive_json()


def test_a_line_whose_browser_is_gone_does_not_take_the_newer_one_with_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(self: WebSocket, code: int = 1000, reason: str | None = None) -> None:
        raise WebSocketDisconnect(1006)

    with client.websocket_connect(live.PATH) as first:
        hello(first)
        with monkeypatch.context() as patched, client.websocket_connect(live.PATH) as second:
            patched.setattr(WebSocket, "close", gone)
            hello(second)


def test_an_address_with_most_lines_gives_one_to_another_address_and_gets_none_back(
    client: TestClient, frame: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_LINES", 2)
    school, home = {"came-from": "10.0.0.1"}, {"came-from": "10.0.0.2"}

    def line(headers: dict[str, str]) -> WebSocketTestSession:
        return client.websocket_connect(live.PATH, headers=headers)

    with line(school) as quieter, line(school) as other, line(home) as newer, line(school) as again:
        hello(quieter, "one")
        hello(other, "two")
        hello(newer, "three")
        assert closed_with(quieter) == live.GAVE_WAY
        again.send_text("four")
        assert closed_with(again) == live.BUSY
        for kept in (other, newer):
            kept.send_bytes(frame)
            assert "faces" in kept.receive_json()


def test_who_says_nothing_gives_way_to_an_address_with_fewer(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MAX_WAITING", 2)
    many = {"came-from": "10.0.0.1"}
    with (
        client.websocket_connect(live.PATH, headers=many) as first,
        client.websocket_connect(live.PATH, headers=many),
        client.websocket_connect(live.PATH, headers={"came-from": "10.0.0.2"}) as one,
    ):
        assert closed_with(first) == live.GAVE_WAY
        hello(one)
