"""The evaluations that can be looked at are found, each once, and a broken one hides no other."""

from dataclasses import replace
from pathlib import Path

from tests.training.tables import about, table
from training import evaluations, prediction_table


def test_what_came_with_the_models_is_found(tmp_path: Path) -> None:
    kept = evaluations.kept(tmp_path)

    assert ("rupa-1", "utkface", "validation") in {
        (one.about.model, one.about.dataset, one.about.split) for one in kept
    }
    assert all(one.shipped for one in kept)


def test_of_the_same_photos_the_newer_evaluation_is_shown(tmp_path: Path) -> None:
    shipped = next(one for one in evaluations.kept(tmp_path) if one.about.dataset == "utkface")
    newer = replace(shipped.about, made="2099-01-01T00:00:00+00:00")
    path = evaluations.folder("rupa-1", tmp_path) / shipped.path.name
    prediction_table.write(path, table(1, n=20), newer)

    found = [one for one in evaluations.kept(tmp_path) if one.about.dataset == "utkface"]

    assert [(one.path, one.shipped) for one in found] == [(path, False)]


def test_a_broken_file_hides_no_other(tmp_path: Path) -> None:
    folder = evaluations.folder("mine", tmp_path)
    prediction_table.write(
        folder / "evaluation-a-all.parquet", table(1, n=20), replace(about(), model="mine")
    )
    (folder / "evaluation-b-all.parquet").write_bytes(b"PAR1 not really")

    found = [one.path.name for one in evaluations.kept(tmp_path) if one.about.model == "mine"]

    assert found == ["evaluation-a-all.parquet"]


def test_a_file_that_is_written_anew_is_in_another_state(tmp_path: Path) -> None:
    path = evaluations.folder("mine", tmp_path) / "evaluation-a-all.parquet"
    prediction_table.write(path, table(1, n=20), replace(about(), model="mine"))
    one = next(one for one in evaluations.kept(tmp_path) if one.path == path)
    before = one.state

    prediction_table.write(path, table(1, n=40), about())

    assert one.state != before
