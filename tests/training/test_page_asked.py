"""What a page asks for: it survives its file, its words are those of the command, and nothing else is taken for it."""

import json
from typing import Any, get_args

import pytest

from training import __main__, page_asked
from training.page_asked import Asked, Evaluate, Export, Fetch, Inspect, Judge, Rehearse, Stress, Unpack

SEVERAL = Rehearse('{"preset": "quick"}', ("celeba", "folder:two\nlines"))
EACH: list[tuple[Asked, dict[str, Any]]] = [
    (Evaluate("m", "folder:x"), {"model": "m", "data": "folder:x", "split": None, "fetch": False}),
    (Evaluate("m", "celeba", "test"), {"split": "test"}),
    (Fetch("m", "fairface", "validation"), {"split": "validation", "fetch": True}),
    (Stress("m", "aaf", "all"), {"model": "m", "data": "aaf", "split": "all"}),
    (Judge("m", "a-run"), {"model": "m", "run": "a-run"}),
    (Export("m", "litert-int8"), {"model": "m", "to": "litert-int8"}),
    (SEVERAL, {"recipe": SEVERAL.recipe, "data": list(SEVERAL.photos)}),
    (Inspect("chosen:x"), {"data": "chosen:x", "unpack": False}),
    (Unpack("zip:x"), {"data": "zip:x", "unpack": True}),
]


def test_there_is_an_example_of_each_kind() -> None:
    assert {type(asked) for asked, _ in EACH} == set(get_args(Asked))


@pytest.mark.parametrize(("asked", "understood"), EACH)
def test_the_command_understands_it_and_its_file_gives_it_back(
    asked: Asked, understood: dict[str, Any]
) -> None:
    choice = vars(__main__._parser().parse_args(asked.words()))

    assert understood.items() <= choice.items()
    assert page_asked.read(json.loads(json.dumps(page_asked.written(asked)))) == asked


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"kind": "delete", "model": "m"},
        {"kind": ["evaluate"], "model": "m", "photos": "x", "split": None},
        {"kind": "evaluate", "model": "m", "data": "x", "split": None},  # as it once was
        {"kind": "evaluate", "model": "m"},
        {"kind": "evaluate", "model": 5, "photos": "x", "split": None},
        {"kind": "evaluate", "model": "m", "photos": ["x"], "split": None},
        {"kind": "evaluate", "model": "m", "photos": "x", "split": None, "more": "y"},
        {"kind": "rehearse", "recipe": "quick", "photos": "x"},
        {"kind": "rehearse", "recipe": "quick", "photos": ["x", 5]},
    ],
)
def test_what_is_old_or_broken_or_anothers_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="nothing that a page asks for"):
        page_asked.read(said)
