"""A choice is one file by its content, kept while it is needed, and read only where this program wrote it."""

import os
from pathlib import Path

import pytest

from model import registry
from tests.training import queued, tables
from tests.training.choosing import chose, folder
from training import (
    background,
    choices,
    evaluations,
    jobs,
    prediction_table,
    run_state,
)
from training.choices import Choice, ChosenError
from training.datasets import open_dataset
from training.recipe import PRESETS, Recipe
from training.table import SPLITS

pytestmark = pytest.mark.usefixtures("empty_home")


def test_choices_that_nobody_needs_are_dropped_after_a_rest(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 20)}"
    learnt, measured, left, again = (
        chose(source, name=name) for name in ("learnt", "measured", "left", "again")
    )
    run_state.begin(registry.home() / "runs" / "run", [learnt], Recipe(), "run")
    of = evaluations.folder("mine") / "evaluation-measured.parquet"
    prediction_table.write(of, tables.table(n=20), tables.about(spec=measured))
    for path in (registry.home() / "data" / "chosen").iterdir():
        os.utime(path, (1e9, 1e9))

    chose(source, name="again")

    there = [bool(choices.name_of(spec)) for spec in (learnt, measured, left, again)]
    assert there == [True, True, False, True]


def test_nobody_keeps_a_choice_while_another_drops_some(
    tmp_path: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, free = f"folder:{folder(tmp_path / 'a', 20)}", []
    kept = empty_home / "data" / "chosen"
    os.utime(kept / f"{chose(source).removeprefix(choices.PREFIX)}.json", (1e9, 1e9))

    def nobody() -> list[run_state.Run]:
        with background.alone(kept) as mine:
            free.append(mine)
        return []

    monkeypatch.setattr(jobs, "runs", nobody)
    chose(source, name="another")

    assert free == [False]


def test_the_same_choice_is_one_file_and_another_another(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 12)}"

    assert chose(source) == chose(source)
    assert chose(source) != chose(source, shares={"train": 0.5, "validation": 0.5, "test": 0.0})


@pytest.mark.parametrize("harm", ["gone", "changed", "not json", "a path", "a choice of choices"])
def test_what_this_program_did_not_write_is_never_opened(tmp_path: Path, empty_home: Path, harm: str) -> None:
    spec = chose(f"folder:{folder(tmp_path / 'a', 10)}")
    path = empty_home / "data" / "chosen" / f"{spec.removeprefix(choices.PREFIX)}.json"
    if harm == "gone":
        path.unlink()
    elif harm == "changed":
        path.write_text(path.read_text().replace("mine", "ours"))
    elif harm == "not json":
        path.write_bytes(b"\x80" * 100)
    elif harm == "a path":
        spec = "chosen:../../etc/passwd"
    else:
        spec = choices.keep(Choice("x", (spec,), dict.fromkeys(SPLITS, ("a",))))

    with pytest.raises(ChosenError) as refused:
        open_dataset(spec)

    assert refused.value.code == "chosen_gone"


def test_a_choice_is_read_once_to_be_named_and_not_named_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = chose(f"folder:{folder(tmp_path / 'a', 12)}")
    name = choices.name_of(spec)
    with monkeypatch.context() as unread:
        unread.delattr(choices, "find")
        assert choices.name_of(spec) == name != ""

    next(tmp_path.rglob(f"{spec.removeprefix(choices.PREFIX)}.json")).unlink()

    assert choices.name_of(spec) == ""


def test_the_sources_of_runs_that_wait_are_in_use(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 12)}"
    run = jobs.enqueue(jobs.Asked((chose(source), "celeba"), PRESETS["quick"]))

    assert choices.in_use() == {source, "celeba"}
    queued.die(run)
    assert choices.in_use() == {source, "celeba"}
    jobs.stop(run)
    assert choices.in_use() == frozenset()
