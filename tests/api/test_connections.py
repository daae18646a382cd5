"""Connections that do not get on are closed, and there are never too many: a real server, with a quick clock."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from api import certificate, connections
from api.connections import Limits
from tests.waiting import waited

LIMIT_S = 20
HEAD_S = 0.8
LARGE = 64 * 2**20


class Quick(H11Protocol):
    """What is guarded here, so that the class of all servers stays as it is."""


@dataclass
class Door:
    port: int
    server: uvicorn.Server

    @contextlib.contextmanager
    def knock(self, source: str = "127.0.0.1") -> Iterator[socket.socket]:
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, LIMIT_S, source_address=(source, 0)) as line:
            yield line

    def let_in(self, line: socket.socket) -> bool:
        """Whether an answer comes over this line."""
        try:
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return line.recv(1000).startswith(b"HTTP/1.1 200")
        except ConnectionResetError:
            return False


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Gives as much as is asked for."""
    large = scope["path"] == "/large"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(LARGE // 2**20 if large else 0):
        await send({"type": "http.response.body", "body": bytes(2**20), "more_body": True})
    await send({"type": "http.response.body", "body": b"yes"})


@contextlib.contextmanager
def served(certificate: Path | None = None) -> Iterator[Door]:
    config = uvicorn.Config(
        _app, http=Quick, lifespan="off", log_level="critical", ws="none", ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen()
    serving = threading.Thread(target=lambda: asyncio.run(server.serve([door])), daemon=True)
    serving.start()
    yield Door(door.getsockname()[1], server)
    server.should_exit = True
    serving.join(LIMIT_S)


@pytest.fixture(scope="module", autouse=True)
def guarded() -> None:
    limits = Limits(head_s=HEAD_S, stuck_s=HEAD_S, look_every_s=0.05, together=6, of_one=4)
    connections.guard(limits, Quick)


@pytest.fixture(scope="module")
def door(guarded: None) -> Iterator[Door]:
    with served() as door:
        yield door


@pytest.fixture(scope="module")
def tls_door(guarded: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    file = tmp_path_factory.mktemp("tls") / "here.pem"
    certificate.ready(file, ["127.0.0.1"])
    with served(file) as door:
        yield door


def closed(line: socket.socket) -> bool:
    """Wait for the end of the line."""
    try:
        while line.recv(2**20):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_who_never_says_the_whole_question_is_let_go(door: Door, said: bytes) -> None:
    with door.knock() as line:
        line.sendall(said)

        assert closed(line)


def test_a_question_that_comes_a_letter_at_a_time_is_given_up(door: Door) -> None:
    with door.knock() as line:
        line.settimeout(HEAD_S / 10)
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 1000:
                line.sendall(b"a")
                sent += 1
                with contextlib.suppress(TimeoutError):
                    line.recv(1)

    assert 0 < sent < 100


def test_so_is_the_second_one_on_the_same_line(door: Door) -> None:
    with door.knock() as line:
        assert door.let_in(line)
        line.sendall(b"GET / HTTP/1.1\r\nHo")

        assert closed(line)


def test_who_takes_nothing_of_the_answer_is_let_go_and_nothing_of_it_is_kept(door: Door) -> None:
    with door.knock() as line:
        line.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        taken = len(line.recv(1))
        assert waited(lambda: not door.server.server_state.connections, LIMIT_S)
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(2**20):
                taken += len(part)

    assert taken < LARGE


def test_a_large_answer_is_taken_whole_by_who_takes_it(door: Door) -> None:
    with door.knock() as line:
        line.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        taken = 0
        while part := line.recv(2**20):
            taken += len(part)

    assert taken > LARGE


def test_one_address_leaves_room_for_another_and_all_of_them_have_an_end(door: Door) -> None:
    with contextlib.ExitStack() as open:
        mine = [open.enter_context(door.knock()) for _ in range(4)]
        assert door.let_in(mine[-1])
        fifth = open.enter_context(door.knock())
        assert not door.let_in(fifth)
        other = [open.enter_context(door.knock("127.0.0.2")) for _ in range(2)]
        assert door.let_in(other[-1])
        assert not door.let_in(open.enter_context(door.knock("127.0.0.2")))


def test_under_tls_they_count_before_the_handshake_which_has_an_end(tls_door: Door) -> None:
    believing = ssl._create_unverified_context()
    with contextlib.ExitStack() as open:
        silent = [open.enter_context(tls_door.knock()) for _ in range(4)]
        assert closed(open.enter_context(tls_door.knock()))
        other = believing.wrap_socket(open.enter_context(tls_door.knock("127.0.0.2")))
        assert tls_door.let_in(open.enter_context(other))

        assert all(closed(line) for line in silent)
    assert waited(lambda: not tls_door.server.server_state.connections, LIMIT_S)


def test_a_household_of_the_newer_kind_counts_as_one_address() -> None:
    lines = [SimpleNamespace(client=(f"2001:db8::{number}", 1)) for number in range(5)]
    newest = SimpleNamespace(client=lines[-1].client, connections=lines)

    assert connections._is_full(newest, Limits(of_one=4))
    assert not connections._is_full(newest, Limits(of_one=5))


def test_where_few_files_may_be_open_more_are_asked_for() -> None:
    resource = pytest.importorskip("resource")
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        connections._let_open(300)
        now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))

    assert now == 300


def test_the_server_does_not_say_what_it_is(door: Door) -> None:
    with door.knock() as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head = line.recv(1000)

    assert b"server:" not in head.lower()
