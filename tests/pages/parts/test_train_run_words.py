"""A run in words: every stage that the trainer tells has its own, and no name becomes markup."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pages.parts import train_run_words
from tests.training.queued import asked
from training import jobs, run_state
from training.run_state import Run

TRAINING = Path(run_state.__file__).parent


def told() -> Iterator[str]:
    """The stages as they stand where the trainer tells them, also those that begin a longer text."""
    for file in ("fit.py", "finetune.py", "finish.py", "search_trials.py", "run_state.py"):
        yield from re.findall(r'stage=f?"([^"]+)"', (TRAINING / file).read_text(encoding="utf-8"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    return replace(jobs.enqueue(asked(tmp_path)), state="running")


def test_every_stage_that_the_trainer_tells_has_words(run: Run) -> None:
    stages = set(told())

    assert {"calibrating", "trying", "measuring on {part.dataset.name}"} <= stages
    assert [stage for stage in stages if train_run_words.stage(replace(run, stage=stage)) == "At work"] == []


def test_every_name_is_harmless(run: Run) -> None:
    nasty = replace(run, stage="measuring on ![x](http://a)<b>", name="<script>")

    assert "![x]" not in train_run_words.progress(nasty)
    assert "<b>" not in train_run_words.progress(nasty).replace("\\<", "")
    assert train_run_words.title(nasty) == "\\<script\\>"
    assert train_run_words.why(replace(run, reason="*a*", code="?")).endswith("\\*a\\*")


def test_a_reason_whose_facts_were_lost_is_told_as_none(run: Run) -> None:
    assert train_run_words.why(replace(run, code="keeps_dying", facts={})) == run_state.SENTENCES["died"]
