"""The real server, asked as nobody should: whatever it is, it is refused at once, and the next visitor is answered."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psutil
import pytest

from benchmarks.floods import ATTACKS, HOST, MAY_GROW_MB, NOBODY, ask, flood, raw, shook
from benchmarks.visitor import Visitor
from model import turns
from tests.api.conftest import SAMPLES

PLACES = ("/app/static/", "/static/", "/media/", "/component/x/", "/_stcore/bidi-components/x/", "/")
CLIMBS = (
    "../../",
    "..%2f..%2f",
    "%2e%2e/%2e%2e/",
    "..%5c..%5c",
    "..%252f..%252f",
    "//",
    "%00",
    "js/../../../",
)
SECRET = "keep_off_disk"  # a word of app.py
SMALL = 100_000  # an open visit keeps what it is given


@pytest.fixture(scope="module")
def port(app_address: str) -> int:
    port = urlsplit(app_address).port
    assert port
    return port


@pytest.fixture(scope="module")
def photo() -> bytes:
    return (SAMPLES / "astronaut.png").read_bytes()


def said(port: int, path: str) -> tuple[int, str]:
    """Status and body of an answer to exactly this path."""
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := line.recv(2**16):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head[9:12]), body.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "path",
    [f"{place}{climb}app.py" for place in PLACES for climb in CLIMBS],
)
def test_no_path_climbs_out(port: int, path: str) -> None:
    status, body = said(port, path)

    assert SECRET not in body
    assert status in (400, 404) or "<title>Streamlit</title>" in body


@pytest.mark.parametrize(
    "path",
    ["/app/static/", "/app/static", "/app/static/fonts", "/app/static/fonts/", "/static/", "/static/js/", "/media/",
     "/component/", "/_stcore/bidi-components/", "/_stcore/upload_file/", "/api/", "/live/"],
)  # fmt: skip
def test_no_folder_is_listed(port: int, path: str) -> None:
    status, body = said(port, path)

    # A redirect adds or takes a slash, and that address is in this list too.
    assert status in (301, 307, 400, 404, 405) or "<title>Streamlit</title>" in body
    assert "picture.js" not in body
    assert "Index of" not in body


def test_a_head_without_measure_is_not_read_to_its_end(port: int) -> None:
    for more in (b"X: " + b"a" * 400_000, b"X: a\r\n" * 60_000):
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            try:
                line.sendall(b"GET / HTTP/1.1\r\n" + HOST + more + b"\r\n\r\n")
                answer = line.recv(100)
            except ConnectionError:
                answer = b""

        assert answer[9:12] in (b"", b"400")


def test_a_forged_id_opens_a_visit_of_its_own_and_not_somebody_elses(
    app_address: str, port: int, photo: bytes
) -> None:
    ours = f"http://localhost:{port}"
    with Visitor(app_address) as visitor:
        visitor.answered("a.png", photo)
        for forged in (
            visitor.session[:-1],
            visitor.session.upper(),
            "../" + visitor.session,
            "*",
            "a" * 5000,
        ):
            said_so = f"Sec-WebSocket-Protocol: streamlit, x, {forged}\r\n".encode()
            assert shook(port, ours, said_so) in (101, 400)
        visitor.rerun()

        assert "rupa-card" in visitor.html


def test_pictures_of_a_visit_have_no_address_of_their_own(app_address: str, photo: bytes) -> None:
    with Visitor(app_address) as before, Visitor(app_address) as visitor:
        visitor.answered("a.png", photo)

        assert any("data:image/jpeg;base64," in picture for picture in visitor.pictures)
        assert visitor.addresses <= before.addresses  # those of the samples, which everybody sees


def test_only_who_has_a_visits_id_brings_files_to_it_and_nobody_gets_them_back(
    app_address: str, port: int, photo: bytes
) -> None:
    with Visitor(app_address) as one, Visitor(app_address) as two:
        assert one.session != two.session
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one.session)
        place = one.place("a.png").upload_url
        assert one.put(place, "a.png", photo) == 204
        assert one.put(place.replace(one.session, NOBODY), "a.png", photo) == 400
        assert "PNG" not in said(port, place)[1]
        assert one.put(place, "a.png", b"", method="DELETE") == 204


def test_who_waits_is_told_the_place_in_the_line(app_address: str, photo: bytes) -> None:
    """More photos at once than are read at a time; all are answered."""
    visitors = [Visitor(app_address) for _ in range(turns.AT_ONCE + 4)]
    with ThreadPoolExecutor(len(visitors)) as room:
        list(room.map(lambda visitor: visitor.answered("a.png", photo + visitor.session.encode()), visitors))
    told = {caption for visitor in visitors for caption in visitor.captions}
    for visitor in visitors:
        visitor.close()

    assert "Many photos came at once. Yours is number 1 in the line." in told


def test_after_a_flood_memory_is_back_and_a_visitor_is_answered(
    app_address: str, port: int, photo: bytes
) -> None:
    """A small piece of what benchmarks/floods.py measures with ten thousand requests."""
    [server] = [
        one
        for one in psutil.Process().children(recursive=True)
        if any(door.status == "LISTEN" and door.laddr.port == port for door in one.net_connections())
    ]
    flood(app_address, 5 * len(ATTACKS), threads=4, large_bytes=SMALL)
    before = server.memory_info().rss

    told = flood(app_address, 15 * len(ATTACKS), threads=4, large_bytes=SMALL)

    assert told.wrong() == []
    assert told.statuses["large upload for an open visit"][204] == 15
    assert server.memory_info().rss - before < MAY_GROW_MB * 2**20
    with Visitor(app_address) as visitor:
        visitor.answered("a.png", photo)


def test_half_open_lines_do_not_hinder_the_next(port: int) -> None:
    lines = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(100)]
    for line in lines[::2]:
        line.sendall(b"GET / HTTP/1.1\r\nHo")

    assert ask(port, "GET", "/_stcore/health") == 200
    assert raw(port, b"\x16\x03\x01" + bytes(500) + b"\r\n\r\n") in (0, 400)
    for line in lines:
        line.close()
