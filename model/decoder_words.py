"""What a decoding process may say, word for word; whatever else comes is a `ValueError`.

It has read a stranger's bytes, so it is read like a stranger: the most that one taken over by a crafted picture
can do here is to lie about that picture.
"""

import json
from collections.abc import Mapping
from typing import Any

from model.decoding import MAX_PIXELS, MAX_SIDE

MAX_BYTES = 4096
_READY = {"ready": True}
_WHOLE_NUMBERS = 2**32
# The facts of each code that it may give. What happened to the process itself, only its parent says.
_FACTS = {
    "truncated": set[str](),
    "unsupported": {"format"},
    "too_many_pixels": {"width", "height", "max_mp", "max_side"},
}


def is_ready(text: bytes) -> bool:
    return _object(text) == _READY


def answer(text: bytes, format: str, working_px: int) -> dict[str, Any]:
    """`{"size", "full_size"}`, with the pixels to follow, or `{"error", "facts"}`."""
    said = _object(text)
    if said.keys() == {"error", "facts"}:
        _check_refusal(said["error"], said["facts"], format)
    elif said.keys() == {"size", "full_size"}:
        _check_sizes(said["size"], said["full_size"], working_px)
    else:
        raise ValueError("neither a picture nor a refusal")
    return said


def _object(text: bytes) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(said, dict):
        raise ValueError("no object")
    return said


def _check_refusal(code: object, facts: object, format: str) -> None:
    _must(isinstance(code, str) and code in _FACTS, "an unknown code")
    _must(isinstance(facts, Mapping) and facts.keys() == _FACTS[str(code)], "other facts than the code has")
    assert isinstance(facts, Mapping)
    for name, fact in facts.items():
        right = fact == format if name == "format" else _is_whole(fact, 0, _WHOLE_NUMBERS)
        _must(right, f"a wrong {name}")


def _check_sizes(size: object, full_size: object, working_px: int) -> None:
    for pair in (size, full_size):
        _must(isinstance(pair, list) and len(pair) == 2, "no width and height")
        assert isinstance(pair, list)
        _must(all(_is_whole(side, 1, MAX_SIDE) for side in pair), "a side that cannot be")
    assert isinstance(size, list)
    assert isinstance(full_size, list)
    _must(size[0] * size[1] <= working_px, "more pixels than wanted")
    _must(full_size[0] * full_size[1] <= MAX_PIXELS, "more pixels than allowed")
    _must(size[0] <= full_size[0] and size[1] <= full_size[1], "larger than it is")


def _is_whole(number: object, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most


def _must(right: bool, wrong: str) -> None:
    if not right:
        raise ValueError(f"the decoder said {wrong}")
