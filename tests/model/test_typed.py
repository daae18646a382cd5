"""How a command begins that somebody is to type."""

import sys

import pytest

from model import registry, typed


def test_a_command_begins_with_the_projects_own_environment_where_this_runs_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", str(registry.ROOT / ".venv"))

    assert typed.python() in (".venv/bin/python", r".venv\Scripts\python")


def test_elsewhere_it_begins_with_whatever_python_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/usr")

    assert typed.python() == "python"
