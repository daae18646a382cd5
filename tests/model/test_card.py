"""A card says what a model is; a wrong one never gets in, and a foreign file is never opened."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model import card as cards
from model.card import Card, CardError, TrainedOn

CARD = Card(
    name="small-1",
    version="1",
    made="2026-01-31T12:00:00+00:00",
    backbone="lite0",
    input_size=32,
    crop="similarity-1",
    labels=("female", "male"),
    files={"model.keras": "0" * 64, "model.tflite": "1" * 64},
    temperature=1.25,
    sure_at=0.9,
    trained_on=(TrainedOn("Made up", 10, "CC0", "train"),),
    recipe={"epochs": 1},
    results={"accuracy": {"value": 0.9, "low": 0.8, "high": 0.95}},
    fails_on=("Very small faces.",),
    not_for=("Deciding anything about a person.",),
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    cards.write(tmp_path, CARD)

    assert cards.read(tmp_path) == CARD
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../up"),
        ("name", ""),
        ("name", "Upper"),
        ("name", 7),
        ("version", 1),
        ("version", "line\nbreak"),
        ("made", "yesterday"),
        ("backbone", "x" * 65),
        ("input_size", 8),
        ("input_size", 10**9),
        ("input_size", 32.0),
        ("input_size", True),
        ("labels", ["male", "female"]),
        ("labels", "female,male"),
        ("files", {}),
        ("files", []),
        ("files", {"model.keras": "0" * 64, "model.tflite": "1" * 64, "../x": "2" * 64}),
        ("files", {"model.keras": "0" * 64, "model.tflite": "1" * 64, "a/b": "2" * 64}),
        ("files", {"model.keras": "0" * 64, "model.tflite": "not a hash"}),
        ("temperature", 0),
        ("temperature", "1"),
        ("temperature", 1e9),
        ("sure_at", 0.4),
        ("sure_at", None),
        ("trained_on", [{"name": "a"}]),
        ("trained_on", ["a"]),
        ("trained_on", [{"name": "a", "photos": -1, "licence": "b", "split": "c"}]),
        ("recipe", []),
        ("results", "good"),
        ("fails_on", "everything"),
        ("fails_on", [1]),
        ("not_for", ["x" * 501]),
    ],
)
def test_a_wrong_field_is_one_sentence(field: str, value: Any) -> None:
    raw = json.loads(CARD.as_json()) | {field: value}

    with pytest.raises(CardError) as caught:
        cards.parse(json.dumps(raw).encode())

    assert caught.value.code == "card_wrong"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"temperature": ' + b"9" * 10_000 + b"}",
        CARD.as_json().replace("1.25", "NaN").encode(),
        CARD.as_json().replace("1.25", "1e999").encode(),
        CARD.as_json().replace('"value": 0.9', '"value": 1e999').encode(),
        CARD.as_json().replace('"version"', '"name": "twice", "version"').encode(),
        CARD.as_json().replace('"version"', '"extra": 1, "version"').encode(),
        CARD.as_json().replace('"version": "1",', "").encode(),
    ],
    ids=range(13),
)
def test_bytes_that_are_no_card_are_refused(data: bytes) -> None:
    with pytest.raises(CardError):
        cards.parse(data)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(sorted(asdict(CARD))),
)
@example("\ud800", "recipe")
@example({"\ud800": 1}, "recipe")
def test_whatever_stands_in_a_field_only_a_card_error_comes_out(value: Any, field: str) -> None:
    raw = json.loads(CARD.as_json()) | {field: value}

    try:
        card = cards.parse(json.dumps(raw).encode())
    except CardError:
        return
    assert cards.parse(card.as_json().encode()) == card


def test_a_card_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_bytes(CARD.as_json().encode() + b" " * cards.MAX_CARD_BYTES)

    with pytest.raises(CardError, match="too long"):
        cards.read(tmp_path)


def test_a_missing_card_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CardError) as caught:
        cards.read(tmp_path)

    assert (caught.value.code, caught.value.facts) == ("file_missing", {"file": "card.json"})


@pytest.mark.parametrize("open_file", [cards.checked_bytes, cards.checked_path])
def test_only_the_file_that_the_card_describes_is_opened(tmp_path: Path, open_file: Any) -> None:
    (tmp_path / "model.tflite").write_bytes(b"the model")
    files = dict(CARD.files) | {"model.tflite": cards.sha256(tmp_path / "model.tflite")}
    card = replace(CARD, files=files)

    assert open_file(tmp_path, card, "model.tflite")
    (tmp_path / "model.tflite").write_bytes(b"the modeL")
    with pytest.raises(CardError) as changed:
        open_file(tmp_path, card, "model.tflite")
    with pytest.raises(CardError) as missing:
        open_file(tmp_path, card, "model.keras")
    with pytest.raises(CardError) as unknown:
        open_file(tmp_path, card, "elsewhere.bin")

    assert [error.value.code for error in (changed, missing, unknown)] == [
        "file_changed",
        "file_missing",
        "file_missing",
    ]


def test_an_interrupted_write_leaves_the_old_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write(tmp_path, CARD)

    def fail(_handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("model.atomic.os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        cards.write(tmp_path, replace(CARD, version="2"))

    assert cards.read(tmp_path) == CARD
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
