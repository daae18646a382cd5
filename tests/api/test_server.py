"""The guards in the real server, over real sockets, before Streamlit's own routes too."""

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from tests.waiting import waited

UPLOAD = "/_stcore/upload_file/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000"
FORM = b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\nphoto\r\n--x--\r\n'
MB_TO_TRY = 400
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture(scope="module")
def door(app_address: str) -> tuple[str, int]:
    parts = urlsplit(app_address)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def ask(
    door: tuple[str, int], method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(*door, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content, answer.headers


def test_a_program_gets_its_answer_beside_the_pages(door: tuple[str, int], portrait: Path) -> None:
    start, end = (
        b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n',
        b"\r\n--x--\r\n",
    )
    assert waited(lambda: ask(door, "GET", "/healthz")[0] != 503)

    form = start + portrait.read_bytes() + end
    status, content, _ = ask(door, "POST", "/api/v1/predict", form, **MULTIPART)

    assert status == 200
    assert json.loads(content)["readings"][0]["faces"][0]["label"] == "female"


def test_the_pages_carry_the_headers_and_answer_to_our_names_only(door: tuple[str, int]) -> None:
    status, _, headers = ask(door, "GET", "/")
    assert status == 200
    assert "frame-ancestors 'self'" in headers["content-security-policy"]

    assert ask(door, "GET", "/", Host="evil.example")[0] == 400
    assert ask(door, "GET", "/_stcore/health", Host="evil.example")[0] == 400


def test_a_visit_cannot_be_opened_from_another_site(door: tuple[str, int]) -> None:
    status, _, _ = ask(
        door, "GET", "/_stcore/stream", Origin="http://evil.example", Connection="Upgrade", Upgrade="websocket",
        Sec_WebSocket_Version="13", Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip

    assert status == 403


def test_a_forged_visit_holds_nothing(door: tuple[str, int]) -> None:
    token = generate_xsrf_token_string()
    ours = {
        "Content_Type": MULTIPART["Content-Type"],
        "X_Xsrftoken": token,
        "Cookie": f"_streamlit_xsrf={token}",
    }

    assert b"Invalid session_id" in ask(door, "PUT", UPLOAD, FORM, **ours)[1]
    assert ask(door, "PUT", UPLOAD, FORM, **(ours | {"Cookie": "a=b"}))[0] == 403
    status, content, _ = ask(door, "PUT", UPLOAD, FORM, **ours, Origin="http://evil.example")
    assert (status, json.loads(content)["error"]["code"]) == (403, "origin_foreign")


@pytest.mark.parametrize("path", ["/api/v1/predict", "/_stcore/agent/run", "/"])
def test_a_body_without_end_is_answered_and_cut_off(door: tuple[str, int], path: str) -> None:
    part = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a"\r\n\r\n'
    sent = 0
    with socket.create_connection(door, timeout=20) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        line.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + chunk(part))
        try:
            while sent < MB_TO_TRY:
                line.sendall(chunk(bytes(2**20)))
                sent += 1
        except (BrokenPipeError, ConnectionResetError):
            pass

    assert sent < MB_TO_TRY
    assert ask(door, "GET", "/_stcore/health")[1] == b"ok"


def test_a_client_that_finishes_sending_reads_why_it_was_too_much(door: tuple[str, int]) -> None:
    status, content, _ = ask(door, "POST", "/api/v1/predict", bytes(70 * 2**20), **{"Content-Type": "x/y"})

    assert (status, json.loads(content)["error"]["code"]) == (413, "body_too_big")
