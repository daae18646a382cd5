"""The document promises what the server does: every address, and every kind of answer."""

from pathlib import Path

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from api import routes
from api.openapi import DOCUMENT
from api.refusals import PHOTO_STATUS, SENTENCES, STATUS
from model import registry, running
from model.sentences import SENTENCES as OF_PHOTOS
from tests.api.answers import promised

FOR_PEOPLE = {"/api/docs", "/api/openapi.json"}


def test_every_address_is_described_and_no_other() -> None:
    addresses = set()
    for route in routes.routes():
        if isinstance(route, Mount):
            inner = [inside for inside in route.routes if isinstance(inside, Route)]
            addresses |= {route.path + inside.path for inside in inner}
        elif isinstance(route, Route):
            addresses.add(route.path)

    assert set(DOCUMENT["paths"]) == addresses - FOR_PEOPLE


def test_the_server_hands_it_out_as_it_is(client: TestClient) -> None:
    assert client.get("/api/openapi.json").json() == DOCUMENT


def test_every_refusal_has_its_status_and_its_sentence() -> None:
    assert STATUS.keys() == SENTENCES.keys()
    assert PHOTO_STATUS.keys() <= OF_PHOTOS.keys()
    assert {status for status in STATUS.values() if status >= 500} == {500, 503}


def test_it_is_ready_only_when_warm(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = client.get("/healthz")
    assert ready.status_code == 200
    assert promised(ready, "/healthz", "get")["model"] == "rupa-1"

    monkeypatch.setattr(running, "status", lambda: running.Status("warming"))
    warming = client.get("/healthz")
    assert warming.status_code == 503
    assert promised(warming, "/healthz", "get")["error"]["code"] == "warming"


def test_models_come_from_their_cards_and_a_broken_card_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "runs" / "my-own" / "model"
    broken.mkdir(parents=True)
    (broken / "card.json").write_text("{}")
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))

    answer = promised(client.get("/api/v1/models"), "/api/v1/models", "get")

    models = {model["name"]: model for model in answer["models"]}
    card = registry.find("rupa-1").card
    assert models["rupa-1"]["answers"]
    assert models["rupa-1"]["shipped"]
    assert models["rupa-1"]["fails_on"] == list(card.fails_on)
    assert models["my-own"]["error"]["code"] == "card_wrong"


def test_its_page_asks_nobody_else(client: TestClient) -> None:
    page = client.get("/api/docs")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in page.text
