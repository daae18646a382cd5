"""What programs are told where the model could not be opened: at once, and why."""

import threading
from concurrent.futures import Future
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from model import running
from model.card import ModelError
from model.images import PhotoError
from model.running import Running
from tests.api.answers import promised, refused

PHOTO = {"files": ("a.jpg", b"photo")}


def fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    opening: Future[Running] = Future()
    opening.set_exception(error)
    monkeypatch.setattr(running, "_opening", opening)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ModelError("no_model"), "no_model", "There is no model here"),
        (PhotoError("no_decoder"), "no_decoder", "Pictures cannot be read now"),
        (OSError("the secret inside"), "no_engine", "The model does not start"),
    ],
)
def test_whoever_asks_how_it_is_hears_why_and_starts_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, words: str
) -> None:
    fail(monkeypatch, error)

    response = client.get("/healthz")

    assert response.status_code == 503
    said = promised(response, "/healthz", "get")["error"]
    assert said["code"] == code
    assert said["message"].startswith(words)
    assert running.status() == running.Status("failed", error=error)


def test_who_sends_a_photo_hears_why_at_once_while_it_is_tried_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, ModelError("no_model"))
    begun, go_on = threading.Event(), threading.Event()

    def opened() -> NoReturn:
        begun.set()
        go_on.wait(60)
        raise ModelError("no_model")

    monkeypatch.setattr(running, "opened", opened)
    try:
        refused(client.post("/api/v1/predict", files=PHOTO), 503, "no_model")

        assert begun.wait(10)
        refused(client.post("/api/v1/predict", files=PHOTO), 503, "warming")
    finally:
        go_on.set()
