"""Of what a person gave, nothing is taken for a room: neither photos, nor what was learnt from them."""

from pathlib import Path

import pytest

from training import choices, jobs, run_state, stage_ready
from training.choices import Choice
from training.recipe import PRESETS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    return tmp_path


def choice(*sources: str) -> str:
    return choices.keep(Choice("some", sources, {"train": ("1",), "validation": (), "test": ()}))


def a_finished_run(home: Path, name: str, *data: str) -> None:
    folder = home / "runs" / name
    run_state.begin(folder, list(data), PRESETS["quick"], name)
    run_state.mark(folder, "done")
    (folder / "model").mkdir()
    (folder / "model" / "card.json").touch()


def test_photos_are_for_everybody_only_where_each_source_is_published(home: Path) -> None:
    gone = choice("aaf")
    (home / "data" / "chosen" / f"{gone.removeprefix(choices.PREFIX)}.json").unlink()

    for own in ("mine", "folder:/photos", "flagged", gone, choice("fairface", "mine")):
        assert not choices.for_everybody(own)
        assert stage_ready.is_own(own)
    for public in ("fairface", choice("fairface", "utkface")):
        assert choices.for_everybody(public)
        assert not stage_ready.is_own(public)


def test_a_run_that_learnt_from_a_persons_own_photos_is_not_shown(home: Path) -> None:
    a_finished_run(home, "own", "fairface", "folder:/photos")
    a_finished_run(home, "visitors", choice("fairface", "flagged"))
    assert [run.state for run in jobs.runs()] == ["done", "done"]
    assert stage_ready.finished() is None

    a_finished_run(home, "public", choice("fairface"))

    shown = stage_ready.finished()
    assert shown is not None
    assert shown.id == "public"
