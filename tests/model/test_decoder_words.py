"""The decoder's words are a stranger's: right ones pass, all others are a ValueError and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.decoder_words import answer, is_ready
from model.decoding import MAX_PIXELS, MAX_SIDE

PX = 1_000_000
TOO_MANY = {"width": 65500, "height": 65500, "max_mp": 50, "max_side": 12000}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def said(words: object) -> dict[str, Any]:
    return answer(json.dumps(words).encode(), "PNG", PX)


@pytest.mark.parametrize(
    "words",
    [
        {"size": [1000, 1000], "full_size": [2000, 2000]},
        {"size": [1, 1], "full_size": [1, MAX_SIDE]},
        {"error": "truncated", "facts": {}},
        {"error": "unsupported", "facts": {"format": "PNG"}},
        {"error": "too_many_pixels", "facts": TOO_MANY},
    ],
    ids=str,
)
def test_what_a_decoder_says_comes_through(words: dict[str, Any]) -> None:
    assert said(words) == words


@pytest.mark.parametrize(
    "words",
    [
        {"size": [1000, 1001], "full_size": [2000, 2000]},
        {"size": [10, 10], "full_size": [9, 10]},
        {"size": [10, 10], "full_size": [MAX_SIDE + 1, 10]},
        {"size": [10, 10], "full_size": [MAX_SIDE, MAX_PIXELS // MAX_SIDE + 1]},
        {"size": [0, 10], "full_size": [10, 10]},
        {"size": [-10, -10], "full_size": [10, 10]},
        {"size": [True, 10], "full_size": [10, 10]},
        {"size": [10.0, 10], "full_size": [10, 10]},
        {"size": [10], "full_size": [10, 10]},
        {"size": [10, 10]},
        {"size": [10, 10], "full_size": [10, 10], "gps": [1, 2]},
        {"error": "unsupported", "facts": {"format": "JPEG"}},
        {"error": "too_many_pixels", "facts": {}},
        {"error": "too_many_pixels", "facts": TOO_MANY | {"width": "many"}},
        {"error": "too_many_pixels", "facts": TOO_MANY | {"width": 10**20}},
        {"error": "too_slow", "facts": {"seconds": 4}},
        {"error": "no_decoder", "facts": {}},
        {"error": ["truncated"], "facts": {}},
        {"error": "truncated", "facts": []},
        {"ready": True},
        None,
    ],
    ids=str,
)
def test_anything_else_is_refused(words: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        said(words)


@given(st.binary(max_size=60) | JSON.map(lambda words: json.dumps(words).encode()))
def test_no_bytes_get_through_or_raise_anything_else(text: bytes) -> None:
    assert not is_known(text)


def test_neither_depth_nor_length_gets_through() -> None:
    assert not is_known(b"[" * 4096)
    assert not is_known(b"1" * 4096)


def is_known(text: bytes) -> bool:
    try:
        answer(text, "PNG", PX)
    except ValueError:
        return False
    return True


def test_ready_is_one_word() -> None:
    assert is_ready(b'{"ready": true}')
    assert not is_ready(b'{"ready": false}')
    assert not is_ready(b'{"ready": true, "and": "more"}')
