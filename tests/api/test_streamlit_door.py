"""What a page of Rupa never asks of Streamlit is not done, whoever asks; what it does ask is done as before."""

import asyncio
import urllib.request
from urllib.parse import urlsplit

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from api.streamlit_door import FILES_PER_S, MOST_BYTES, MOST_FILES, StreamlitDoor, files_asked_for
from benchmarks.floods import NOBODY, ask
from benchmarks.visitor import Visitor
from tests.api import asgi
from tests.api.conftest import SAMPLES

SOON_S = 5.0  # a server that did as it was told took twelve seconds and more


class Stranger(Visitor):
    """Sends what it likes, and knows what kinds of answers came."""

    def __init__(self, address: str) -> None:
        self.told: list[str | None] = []
        super().__init__(address)

    def send(self, message: BackMsg, times: int = 1) -> list[str | None]:
        """What came back, up to the answer to a last message that has one."""
        self.told.clear()
        for one in [message] * times + [BackMsg(app_heartbeat=True)]:
            self._send(one)
        self._until(lambda: "heartbeat_ack" in self.told)
        return self.told

    def _took(self, message: ForwardMsg) -> None:
        self.told.append(message.WhichOneof("type"))
        super()._took(message)


def drop(files: int) -> BackMsg:
    message = BackMsg()
    message.file_urls_request.request_id = "drop"
    message.file_urls_request.file_names.extend(["a"] * files)
    return message


def rerun(**said: str) -> BackMsg:
    message = BackMsg()
    message.rerun_script.page_name = ""
    for name, value in said.items():
        message.rerun_script.widget_states.widgets.add(id=name, json_trigger_value=value)
    return message


def crumbs(count: int) -> BackMsg:
    """As many controls that say nothing; two bytes each, and much more once they are read."""
    message = rerun()
    for _ in range(count):
        message.rerun_script.widget_states.widgets.add()
    return message


def files(count: int) -> BackMsg:
    """What a page says that was given so many files."""
    message = rerun()
    said = message.rerun_script.widget_states.widgets.add(id="drop").file_uploader_state_value
    for number in range(count):
        file = said.uploaded_file_info.add(name=f"IMG_{number}.jpg", file_id=NOBODY, size=number * 7919)
        file.file_urls.file_id = file.file_urls.upload_url = file.file_urls.delete_url = NOBODY
    return message


def download() -> BackMsg:
    message = BackMsg()
    message.backend_operation_request.deferred_file.file_id = "a"
    return message


def installation() -> BackMsg:
    message = download()
    message.backend_operation_request.install_skills.SetInParent()
    return message


@pytest.fixture(scope="module")
def port(app_address: str) -> int:
    port = urlsplit(app_address).port
    assert port
    return port


def server(port: int) -> psutil.Process:
    [server] = [
        one
        for one in psutil.Process().children(recursive=True)
        if any(door.status == "LISTEN" and door.laddr.port == port for door in one.net_connections())
    ]
    return server


def test_the_state_of_the_source_code_is_nobodys_to_ask_and_git_is_not_started(
    app_address: str, port: int
) -> None:
    def spent_on_children_s() -> float:
        spent = server(port).cpu_times()
        return spent.children_user + spent.children_system

    before = spent_on_children_s()
    with Stranger(app_address) as stranger:
        told = stranger.send(BackMsg(load_git_info=True), times=100)

    assert "git_info_changed" not in told
    assert spent_on_children_s() - before < 0.1


def test_no_stranger_empties_what_the_app_remembers(app_address: str) -> None:
    """Streamlit's answer to this message empties the caches of all visits, and what this one had said."""
    with Stranger(app_address) as visitor:
        visitor.answered("a.png", (SAMPLES / "astronaut.png").read_bytes())
        visitor.send(BackMsg(clear_cache=True))
        visitor._forget()
        visitor.rerun()

        assert "rupa-card" in visitor.html


def test_a_drop_without_measure_is_let_go_while_the_others_are_answered(app_address: str) -> None:
    with Stranger(app_address) as stranger:
        stranger._send(drop(300_000))
        with urllib.request.urlopen(f"{app_address}/_stcore/health", timeout=SOON_S) as answer:
            assert answer.status == 200

        assert "file_urls_response" not in stranger.send(BackMsg(set_run_on_save=True))
        assert "file_urls_response" in stranger.send(drop(MOST_FILES // 5))


def test_drops_from_one_address_come_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pages it has open; who has another address, or drops nothing, does not wait for them."""
    let_in: list[str] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        let_in.append(scope["name"])

    async def scene() -> list[float]:
        rest, wake, pauses = asyncio.sleep, asyncio.Event(), []

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            await wake.wait()

        async def send(_: Message) -> None: ...

        def opened(name: str, client: str, message: BackMsg) -> "asyncio.Task[None]":
            async def receive() -> Message:
                return {"type": "websocket.receive", "bytes": message.SerializeToString()}

            line = {**asgi.scope("/_stcore/stream", client=client), "type": "websocket", "name": name}
            return asyncio.create_task(door(line, receive, send))

        monkeypatch.setattr(asyncio, "sleep", pause)
        door = StreamlitDoor(page)
        tasks = [
            opened("first", "a", drop(500)),
            opened("second", "a", drop(50)),
            opened("press", "a", rerun()),
        ]
        tasks.append(opened("other", "b", drop(5)))
        for _ in range(20):
            await rest(0)
        assert [round(pause * FILES_PER_S) for pause in pauses] == [504, 5]
        assert let_in == ["press"]
        wake.set()
        await asyncio.gather(*tasks)
        return pauses

    assert len(asgi.run(scene())) == 3
    assert sorted(let_in[1:]) == ["first", "other", "second"]


@pytest.mark.parametrize(
    ("message", "files"),
    [
        (rerun(), 0),
        (rerun(button="x" * 9_000_000), 0),
        (crumbs(2_000), 0),
        (crumbs(100_000), None),
        (files(MOST_FILES), 0),
        (BackMsg(stop_script=True), 0),
        (BackMsg(app_heartbeat=True), 0),
        (download(), 0),
        (drop(1), 1),
        (drop(MOST_FILES), MOST_FILES),
        (drop(MOST_FILES + 1), None),
        (installation(), None),
        (BackMsg(load_git_info=True), None),
        (BackMsg(clear_cache=True), None),
        (BackMsg(set_run_on_save=True), None),
        (BackMsg(debug_disconnect_websocket=True), None),
        (BackMsg(debug_shutdown_runtime=True), None),
        (BackMsg(), None),
    ],
)  # fmt: skip
def test_each_kind_of_message_is_told_from_the_others(message: BackMsg, files: int | None) -> None:
    assert files_asked_for(message.SerializeToString()) == files


@settings(max_examples=30)
@given(st.integers(0, 2**21), st.sampled_from([b"", rerun().SerializeToString(), b"\x08\x01", b"\xff" * 9]))
def test_nothing_comes_through_behind_what_may(size: int, between: bytes) -> None:
    """Of two messages in one Streamlit does the last."""
    first = rerun(a="x" * size).SerializeToString()

    assert files_asked_for(first) == 0
    for message in (
        BackMsg(load_git_info=True),
        BackMsg(clear_cache=True),
        drop(MOST_FILES + 1),
        installation(),
    ):
        assert files_asked_for(first + between + message.SerializeToString()) is None


def test_what_is_too_long_is_not_read() -> None:
    assert files_asked_for(drop(1).SerializeToString() + b"\x0a" + bytes(MOST_BYTES)) is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/_stcore/health", 200),
        ("/_stcore/host-config", 200),
        ("/_stcore/upload_file/a/b", 200),
        ("/_stcore/metrics", 404),
        ("/_stcore/metrics\n", 404),
        ("/_stcore/script-health-check", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/stream", 404),
    ],
)
def test_of_streamlits_addresses_those_that_browsers_ask_for_are_answered(path: str, status: int) -> None:
    assert asgi.ask(StreamlitDoor(asgi.Reader()), asgi.scope(path, "GET")).status == status


def test_how_many_visits_there_were_is_not_told(port: int) -> None:
    assert ask(port, "GET", "/_stcore/metrics") == 404
    assert ask(port, "GET", "/_stcore/health") == 200
