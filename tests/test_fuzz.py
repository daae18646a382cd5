"""Everything that reads what a stranger sends, tried on bytes and words that nobody meant.

Whole files are cut, spliced and overwritten: each reader takes the result, or refuses it in its own words. A few
examples each by default; RUPA_FUZZ=100 makes it a hundred times as many.
"""

import contextlib
import os
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from api import live, routes
from api.hosts import Hosts
from benchmarks.fuzz import READERS, functions
from model import running

TIMES = int(os.environ.get("RUPA_FUZZ", "1"))
PATHS = [
    "/api/v1/predict",
    "/api/v1/models",
    "/api/openapi.json",
    "/api/docs",
    "/api/",
    "/healthz",
    "/api/v1/predict/x",
]
SEEDS = {name: reader.seeds() for name, reader in READERS.items()}
VISIT = "one"
CUT, SPLICE, OVERWRITE, REPEAT = range(4)
CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=12)),
    min_size=1,
    max_size=6,
)
Changes = list[tuple[int, float, float, bytes]]


def examples(count: int) -> settings:
    return settings(
        max_examples=count * TIMES,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def changed(file: bytes, changes: Changes) -> bytes:
    data = file
    for way, start, length, new in changes:
        first = int(start * len(data))
        # Mostly short: what is cut in half teaches little.
        last = first + int(length**4 * (len(data) - first)) + 1
        if way == CUT:
            data = data[:first] + data[last:]
        elif way == SPLICE:
            data = data[:first] + new + data[first:]
        elif way == OVERWRITE:
            data = data[:first] + new + data[first + len(new) :]
        else:
            data = data[:last] + data[first:][: 2**16]
    return data


@pytest.mark.parametrize("name", READERS)
def test_whole_files_are_taken(name: str) -> None:
    assert all(READERS[name].try_on(seed) for seed in SEEDS[name])


def test_the_search_for_new_paths_sees_methods_too() -> None:
    assert {zipfile.ZipFile.open, zipfile.is_zipfile} <= set(functions(zipfile, "zipfile"))


@pytest.mark.parametrize(
    ("name", "count"),
    [("photo", 40), ("zip", 60), ("zip of photos", 60), ("card", 150), ("evaluation", 60), ("recipe", 100)],
)
def test_a_changed_file_is_taken_or_refused(name: str, count: int) -> None:
    @examples(count)
    @given(st.sampled_from(SEEDS[name]), CHANGES)
    def fuzz(seed: bytes, changes: Changes) -> None:
        READERS[name].try_on(changed(seed, changes))

    fuzz()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    running.get()
    visits = SimpleNamespace(is_active_session={VISIT}.__contains__)
    app = Starlette(routes=[*routes.routes(), live.route()], exception_handlers=dict(routes.HANDLERS))
    app.add_middleware(Hosts)
    with pytest.MonkeyPatch.context() as patch, TestClient(app, "http://localhost") as client:
        patch.setattr(live, "get_instance", lambda: visits)
        yield client


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@examples(60)
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "A"]),
    query=st.dictionaries(st.sampled_from(["annotated", "x", ""]) | TEXT, TEXT, max_size=3),
    kind=st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data", "application/json", ""])
    | HEADER,
    field=st.sampled_from(["files", "file"]) | TEXT,
    name=TEXT | st.sampled_from(["../../a.jpg", "a" * 5000, '"; filename="b']),
    changes=CHANGES,
)
def test_whatever_is_asked_of_the_api_has_an_answer_of_its_own(
    client: TestClient,
    path: str,
    method: str,
    query: dict[str, str],
    kind: str,
    field: str,
    name: str,
    changes: Changes,
) -> None:
    form = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
    body = changed(form + SEEDS["photo"][0] + b"\r\n--x--\r\n", changes)

    answer = client.request(method, path, params=query, content=body, headers={"content-type": kind})

    assert answer.status_code in {200, 400, 404, 405, 413, 415, 422, 503}
    if answer.status_code != 200 and path.startswith("/api/") and method != "HEAD":
        assert set(answer.json()["error"]) == {"code", "message"}


MESSAGES = st.lists(st.one_of(st.binary(max_size=50), st.text(max_size=20), CHANGES), max_size=4)


@examples(25)
@given(hello=st.sampled_from([VISIT, VISIT, "two", ""]) | st.binary(max_size=10), messages=MESSAGES)
def test_whatever_comes_over_the_live_line_is_answered_or_ends_it(
    client: TestClient, hello: str | bytes, messages: list[Any]
) -> None:
    with contextlib.suppress(WebSocketDisconnect), client.websocket_connect(live.PATH) as line:
        said(line, hello)
        assert line.receive_json() == {"ready": True}
        for message in messages:
            frame = changed(SEEDS["photo"][0], message) if isinstance(message, list) else message
            said(line, frame)
            assert set(line.receive_json()) in ({"error"}, {"faces", "seen", "looks", "answers"})


def said(line: Any, message: str | bytes) -> None:
    line.send_text(message) if isinstance(message, str) else line.send_bytes(message)
