"""Photos in, answers out: the same as from the terminal, and a reason for whatever cannot be answered."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api import routes
from api.photos import MAX_FILES
from api.work import Work
from model import running
from model.__main__ import main
from model.annotate import Mark, annotate
from model.card import ModelError
from model.images import MAX_BYTES
from model.pipeline import Pipeline
from tests.api.answers import promised, refused
from tests.model import hostile

PREDICT = "/api/v1/predict"
NO_FACE = hostile.encoded(hostile.scene(), "PNG")


def send(client: TestClient, *files: bytes, annotated: bool = False) -> Response:
    form = [("files", (f"photo-{n}.jpg", data)) for n, data in enumerate(files)]
    return client.post(PREDICT + ("?annotated=true" if annotated else ""), files=form)


def without_times(reading: dict[str, Any]) -> dict[str, Any]:
    return reading | {"timings_ms": sorted(reading["timings_ms"])}


def test_the_answer_is_the_terminals(
    client: TestClient, portrait: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(portrait), "--json"])
    printed = json.loads(capsys.readouterr().out)

    answer = promised(client.post(PREDICT, files=[("files", (str(portrait), portrait.read_bytes()))]))

    assert answer["model"] == "rupa-1"
    assert [without_times(reading) for reading in answer["readings"]] == [without_times(printed)]
    assert [face["label"] for face in printed["faces"]] == ["female"]


def test_several_photos_come_back_in_their_order_each_with_its_own_reason(
    client: TestClient, portrait: Path
) -> None:
    answer = promised(send(client, b"", portrait.read_bytes(), b"no picture", NO_FACE))

    readings = answer["readings"]
    assert [reading["file"] for reading in readings] == [f"photo-{n}.jpg" for n in range(4)]
    codes = [reading["error"] and reading["error"]["code"] for reading in readings]
    assert codes == ["empty", None, "not_an_image", "no_face"]


def test_a_photo_without_a_face_is_answered(client: TestClient) -> None:
    response = send(client, NO_FACE)

    assert response.status_code == 200
    assert promised(response)["readings"][0]["error"]["code"] == "no_face"


def test_the_annotated_photo_is_the_one_that_the_model_draws(
    client: TestClient, warm: running.Running, portrait: Path
) -> None:
    reading = warm.pipeline.read(portrait.read_bytes())
    assert reading.pixels is not None
    assert (reading.pixels.shape[1], reading.pixels.shape[0]) == (reading.width, reading.height)
    marks = [Mark(a.face.box, a.label, a.confidence, a.sure) for a in reading.faces]

    response = send(client, portrait.read_bytes(), annotated=True)

    assert response.headers["content-type"] == "image/png"
    drawn = np.asarray(Image.open(io.BytesIO(response.content)))
    assert np.array_equal(drawn, annotate(reading.pixels, marks))
    assert not np.array_equal(drawn, reading.pixels)


def test_the_frame_is_round_the_face_where_the_photo_was_read_smaller(
    client: TestClient, warm: running.Running, portrait: Path
) -> None:
    small = Image.open(portrait).convert("RGB")
    large = hostile.encoded(small.resize((small.width * 4, small.height * 4)), "JPEG")
    reading = warm.pipeline.read(large)
    assert reading.pixels is not None
    shrunk = reading.pixels.shape[1] / reading.width
    assert shrunk < 0.9
    (face,) = reading.faces
    x, y, width, height = (part * shrunk for part in face.face.box)
    mark = Mark((x, y, width, height), face.label, face.confidence, face.sure)

    drawn = np.asarray(Image.open(io.BytesIO(send(client, large, annotated=True).content)))

    assert np.array_equal(drawn, annotate(reading.pixels, [mark]))


TOO_BIG = hostile.encoded(hostile.scene(), "PNG") + bytes(MAX_BYTES)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty"),
        (b"not a picture at all", 415, "not_an_image"),
        (b"II*\0 and so on", 415, "unsupported"),
        (TOO_BIG, 413, "too_big"),
        (hostile.black_png(12001, 100), 413, "too_many_pixels"),
        (NO_FACE[: len(NO_FACE) // 2], 422, "truncated"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_one_photo_that_cannot_be_read_is_refused(
    client: TestClient, data: bytes, status: int, code: str
) -> None:
    refused(send(client, data), status, code)
    refused(send(client, data, annotated=True), status, code)


def test_what_is_no_form_with_photos_is_refused(client: TestClient) -> None:
    one = ("files", ("a.png", NO_FACE))

    refused(client.post(PREDICT, json={"files": []}), 415, "not_multipart")
    refused(client.post(PREDICT), 415, "not_multipart")
    refused(client.post(PREDICT, files=[("photos", ("a.png", NO_FACE))]), 422, "no_files")
    refused(client.post(PREDICT, files=[("files", (None, "text"))]), 422, "no_files")
    refused(client.post(PREDICT, files=[one] * (MAX_FILES + 1)), 413, "too_many_files")
    refused(client.post(PREDICT + "?annotated=true", files=[one] * 2), 422, "one_photo")
    form = {"content-type": "multipart/form-data"}
    refused(client.post(PREDICT, content=b"--x", headers=form), 400, "form_broken")
    form = {"content-type": "multipart/form-data; boundary=x"}
    refused(client.post(PREDICT, content=b"no boundary here", headers=form), 400, "form_broken")


def test_a_warming_model_and_a_missing_one_are_told_apart(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, portrait: Path
) -> None:
    with monkeypatch.context() as warming:
        warming.setattr(running, "status", lambda: running.Status("warming"))
        response = send(client, portrait.read_bytes())
        assert "warming up" in refused(response, 503, "warming")
        assert response.headers["retry-after"] == "1"

    def no_model() -> None:
        raise ModelError("no_model")

    monkeypatch.setattr(running, "get", no_model)
    response = send(client, portrait.read_bytes())
    assert response.json()["error"]["code"] == "no_model"
    assert (response.status_code, "retry-after" in response.headers) == (503, False)


def test_a_fault_of_ours_is_a_sentence_and_never_a_traceback(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(Pipeline, "read", fault)

    response = send(client, NO_FACE)

    refused(response, 500, "fault")
    assert "secret" not in response.text


def test_other_addresses_are_refused_as_json(client: TestClient) -> None:
    assert client.get("/api/nothing").json()["error"]["code"] == "not_found"
    assert client.get(PREDICT).json()["error"]["code"] == "method_not_allowed"
    assert client.get(PREDICT).status_code == 405


def test_files_made_to_break_readers_are_refused_or_answered(
    client: TestClient, hostile_images: Path
) -> None:
    files = sorted(hostile_images.iterdir())[::6]
    statuses = set()
    for file in files:
        response = send(client, file.read_bytes())
        promised(response)
        statuses.add(response.status_code)

    assert len(files) > 30
    assert statuses <= {200, 413, 415, 422}
    assert {200, 415, 422} <= statuses


def test_thirty_clients_at_once_all_get_the_right_answer_or_a_clean_refusal(
    client: TestClient, portrait: Path
) -> None:
    data = portrait.read_bytes()
    with ThreadPoolExecutor(30) as threads:
        responses = list(threads.map(lambda _: send(client, data), range(60)))

    right = [response for response in responses if response.status_code == 200]
    assert len(right) >= 30
    assert all(answer["faces"][0]["label"] == "female" for r in right for answer in r.json()["readings"])
    for response in responses:
        promised(response)
        assert response.status_code in (200, 503)


def test_where_the_queue_is_full_the_next_is_told_to_come_again(
    warm: running.Running, portrait: Path
) -> None:
    work = Work(at_once=1, max_waiting=1)
    client = TestClient(Starlette(routes=routes.routes(work)), "http://localhost")

    with work.place(), work.place():
        response = send(client, portrait.read_bytes())
        refused(response, 503, "busy")
        assert response.headers["retry-after"] == "1"

    assert send(client, portrait.read_bytes()).status_code == 200
