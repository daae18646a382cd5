"""Names, origins and headers: who may ask, and what a browser may do with the answer."""

import pytest
from starlette.testclient import TestClient

from api import scripts
from api.hosts import Hosts, headers
from tests.api.asgi import Reader, ask, scope


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8501", "LOCALHOST:8501", "127.0.0.1:80", "[::1]:8501", "[::1]", "class.lan:9"],
)
def test_our_names_are_answered(host: str) -> None:
    assert ask(Hosts(Reader(), ["Class.lan"]), scope(host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "evil.example:localhost", "", "localhost:", "127.0.0.2"],
)
def test_a_foreign_name_is_refused_on_every_route_before_anything_is_read(host: str) -> None:
    inside = Reader()
    for path in ("/", "/api/v1/models", "/_stcore/upload_file/a/b"):
        answer = ask(Hosts(inside), scope(path, "GET", host=host))
        assert (answer.status, answer.code) == (400, "host_unknown")

    assert inside.asked == 0


def test_two_names_or_none_are_refused() -> None:
    two, none = scope(), scope()
    two["headers"].append((b"host", b"localhost"))
    none["headers"].clear()

    assert ask(Hosts(Reader()), two).code == "host_unknown"
    assert ask(Hosts(Reader()), none).code == "host_unknown"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8501", 200),
        ("http://evil.example", 403),
        ("http://localhost:9000", 403),
        ("http://localhost", 403),
        ("null", 403),
        ("http://[broken", 403),
        ("", 403),
    ],
)
def test_what_changes_something_comes_from_our_own_pages(method: str, origin: str, status: int) -> None:
    assert ask(Hosts(Reader()), scope(method=method, origin=origin)).status == status


@pytest.mark.parametrize(
    ("origin", "status"), [("https://class.local:8501", 200), ("http://class.local:8501", 403)]
)
@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_behind_tls_a_page_without_it_is_foreign(scheme: str, origin: str, status: int) -> None:
    asked = {**scope(host="class.local:8501", origin=origin), "scheme": scheme}

    assert ask(Hosts(Reader(), ["class.local"]), asked).status == status


def test_an_address_of_the_newer_kind_is_answered_as_browsers_write_it() -> None:
    assert ask(Hosts(Reader(), ["2001:db8::1"]), scope(host="[2001:db8::1]:8501")).status == 200
    assert ask(Hosts(Reader(), ["2001:db8::1"]), scope(host="[2001:db8::2]:8501")).status == 400


def test_a_program_names_no_origin_and_reading_needs_none() -> None:
    assert ask(Hosts(Reader()), scope()).status == 200
    assert ask(Hosts(Reader()), scope("/", "GET", origin="http://evil.example")).status == 200


@pytest.mark.parametrize(
    "stranger", [{"origin": "http://evil.example"}, {"host": "evil.example", "origin": "http://evil.example"}]
)
def test_no_page_of_another_site_opens_a_visit(stranger: dict[str, str]) -> None:
    inside = Reader()
    socket = scope("/_stcore/stream", "GET", **stranger)
    socket["type"] = "websocket"
    del socket["method"]

    assert ask(Hosts(inside), socket).status == 1008
    assert inside.asked == 0


def test_every_answer_carries_the_headers_refusals_included() -> None:
    for answer in (
        ask(Hosts(Reader()), scope("/", "GET")),
        ask(Hosts(Reader()), scope("/", "GET", host="evil.example")),
    ):
        assert {name: answer.headers[name.lower()] for name in headers()} == headers()


def rules(written: str) -> dict[str, set[str]]:
    return {rule.split()[0]: set(rule.split()[1:]) for rule in written.split("; ")}


def test_no_header_lets_another_host_in() -> None:
    sources = set().union(*rules(headers()["Content-Security-Policy"]).values())

    assert sources == {"'self'", "'none'", "'unsafe-inline'", "blob:", "data:"}


def test_a_browser_runs_no_script_in_a_page_but_those_that_are_named() -> None:
    allowed = rules(headers(["alert(1)"])["Content-Security-Policy"])["script-src"]

    assert allowed == {"'self'", "blob:", "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"}
    assert len(scripts.in_pages()) == 2


@pytest.mark.parametrize(
    ("path", "stored"),
    [("/api/v1/models", False), ("/media/face.png", False), ("/healthz", False), ("/", True)],
)
def test_what_shows_a_photo_or_speaks_of_it_is_not_stored(path: str, stored: bool) -> None:
    answer = ask(Hosts(Reader()), scope(path, "GET"))

    assert (answer.headers.get("cache-control") == "no-store") is not stored


def test_the_api_behind_the_guard_says_no_store(client: TestClient) -> None:
    assert client.get("/api/openapi.json").headers["cache-control"] == "no-store"
