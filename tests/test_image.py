"""The image of the Dockerfile, as far as it can be held to its promises without Docker."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.test_architecture import ROOMS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """As Docker reads them: comments away, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", "").splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def test_it_stands_on_a_base_of_one_version(instructions: list[tuple[str, str]]) -> None:
    bases = {rest.split()[0] for word, rest in instructions if word == "FROM"}

    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[123]\.\d+-slim-\w+", bases.pop())


def test_it_runs_as_nobody_in_particular(instructions: list[tuple[str, str]]) -> None:
    words = [word for word, _ in instructions]
    users = [rest for word, rest in instructions if word == "USER"]

    assert users == ["rupa"]
    assert words.index("USER") < words.index("HEALTHCHECK") < words.index("CMD")


def test_its_health_check_is_a_program(instructions: list[tuple[str, str]]) -> None:
    [check] = [rest for word, rest in instructions if word == "HEALTHCHECK"]

    python, flag, program = json.loads(check.partition("CMD")[2])

    assert (python, flag) == ("python", "-c")
    assert "/healthz" in ast.unparse(ast.parse(program))


def test_it_has_every_room_that_the_server_needs() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}

    assert "*" in lines
    assert {*ROOMS, "app.py", ".streamlit", "requirements.txt"} <= let_in
    assert [name for name in let_in if not (ROOT / name).exists()] == []
