"""What each photo of a run is for stays so, whatever comes or goes; no picture is learnt from and judged by."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from model import card
from tests.training import pictures, portraits, queued
from training import fit, progress, roles
from training.roles import JUDGE, LEARN, MONITOR, Dealt

DEAL = partial(roles.deal, seed=0)


def photo_file(folder: Path, number: int, name: str = "", again: bool = False) -> Path:
    """The picture of this number, in the folder of its label; `again` in another size, as if it were saved anew."""
    path = folder / ("male" if number % 2 else "female") / (name or f"{number:03}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pictures.photo(number, size=(64, 64) if again else (96, 96)))
    return path


def by_id(dealt: Dealt) -> dict[str, tuple[str, str]]:
    table = dealt.dataset.table
    return dict(zip(table["id"], zip(dealt.role, table["split"], strict=True), strict=True))


def shown(dealt: list[Dealt], *wanted: str) -> set[int]:
    """The numbers of the pictures in these roles; each is the last three digits of its name."""
    return {
        int(Path(id_).stem[-3:])
        for one in dealt
        for id_, role in zip(one.dataset.table["id"], one.role, strict=True)
        if role in wanted
    }


def test_a_run_keeps_what_each_photo_is_for_where_its_folder_grew_and_shrank(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for number in range(60):
        photo_file(photos, number)
    specs = [f"folder:{photos}"]
    first = roles.dealt(tmp_path, specs, DEAL)
    roles.keep(tmp_path, first)
    gone = photo_file(photos, 7)

    for number in range(60, 66):
        photo_file(photos, number, f"a{number}.png")
    gone.unlink()
    [after] = roles.dealt(tmp_path, specs, DEAL)

    before = by_id(first[0])
    assert by_id(after) == {id_: part for id_, part in before.items() if id_ != "male/007.png"}
    assert {role for role, _ in before.values()} == {LEARN, MONITOR, JUDGE}
    assert after.dataset.read(0) == (photos / after.dataset.table["id"][0]).read_bytes()


def test_a_run_that_goes_on_learns_from_the_photos_it_began_with(small_home: Path, tmp_path: Path) -> None:
    photos = queued.photos(tmp_path / "faces", each=4)
    run = small_home / "runs" / "mine"
    fit.begin(run, [f"folder:{photos}"], queued.TINY, "mine")
    progress.request_stop(run, "pause")
    assert fit.go_on(run) == "paused"

    (photos / "train" / "female" / "late.png").write_bytes(portraits.face(5))
    progress.forget_stop_request(run)
    assert fit.go_on(run) == "done"

    assert card.read(run / "model").trained_on[0].photos == 8


def test_photos_that_came_after_a_run_had_too_few_are_learnt_from(small_home: Path, tmp_path: Path) -> None:
    photos = tmp_path / "faces"
    run = small_home / "runs" / "mine"
    for part in ("train", "validation", "test"):
        (photos / part / "female").mkdir(parents=True)
        (photos / part / "female" / "0.png").write_bytes(portraits.face(0))
    fit.begin(run, [f"folder:{photos}"], queued.TINY, "mine")
    assert fit.go_on(run) == "failed"

    (photos / "train" / "male").mkdir()
    (photos / "train" / "male" / "1.png").write_bytes(portraits.face(1))

    assert fit.go_on(run) == "done"


def test_a_picture_in_two_folders_of_one_run_is_on_one_side_and_the_folders_are_told_apart(
    tmp_path: Path,
) -> None:
    for number in range(40):
        photo_file(tmp_path / "a" / "photos", number, f"x{number:03}.png")
        photo_file(tmp_path / "b" / "photos", number, f"{number * 17 % 40:02}-{number:03}.png")
    specs = [f"folder:{tmp_path / side / 'photos'}" for side in "ab"]

    dealt = roles.dealt(tmp_path, specs, DEAL)
    roles.keep(tmp_path, dealt)

    assert [one.dataset.name for one in dealt] == ["photos", "photos 2"]
    assert shown(dealt, JUDGE)
    assert not shown(dealt, JUDGE) & shown(dealt, LEARN, MONITOR)
    assert not shown(dealt, MONITOR) & shown(dealt, LEARN)
    again = roles.dealt(tmp_path, specs, DEAL)
    assert [by_id(one) for one in again] == [by_id(one) for one in dealt]


def test_folders_with_and_without_a_test_hold_the_same_pictures_back(tmp_path: Path) -> None:
    for number in range(60):
        photo_file(tmp_path / "many" / ("train" if number < 50 else "valid"), number)
        if number < 16:
            photo_file(tmp_path / "few" / ("train" if number < 12 else "valid"), number)
            photo_file(tmp_path / "whole" / "train", number)
    for number, part in ((60, "valid"), (61, "valid"), (62, "test"), (63, "test")):
        photo_file(tmp_path / "whole" / part, number)

    dealt = roles.dealt(tmp_path, [f"folder:{tmp_path / name}" for name in ("many", "few", "whole")], DEAL)

    assert all((one.role == MONITOR).any() for one in dealt)
    assert not shown(dealt, MONITOR) & shown(dealt, LEARN)


@pytest.mark.parametrize(("looked_at", "again"), [(1000, True), (0, False)], ids=["looked at", "equal files"])
@pytest.mark.parametrize("watch", [0, 20])
def test_no_copy_of_a_watched_photo_is_learnt_from(
    watch: int, looked_at: int, again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "MOST_LOOKED_AT", looked_at)
    for number in range(50):
        part = tmp_path / "photos" / ("train" if number < 40 else "valid")
        photo_file(part, number)
        photo_file(part, number, f"copy-{number:03}.png", again)

    dealt = roles.dealt(tmp_path, [f"folder:{tmp_path / 'photos'}"], partial(roles.deal, seed=0, watch=watch))

    assert (dealt[0].role == MONITOR).sum() >= 20
    assert not shown(dealt, MONITOR) & shown(dealt, LEARN)
    assert shown(dealt, JUDGE) == set(range(40, 50))


def test_where_a_published_list_knows_everybody_no_picture_is_looked_at(tmp_path: Path) -> None:
    columns: dict[str, Sequence[object]] = {
        "gender": [number % 2 for number in range(40)],
        "age": [30] * 40,
        "group": [f"g{number}" for number in range(40)],
    }
    for part in ("train", "validation"):
        names = [f"{part}-{number}.jpg" for number in range(40)]
        pictures.write_parquet(
            tmp_path / "utkface" / f"{part}.parquet", [pictures.photo(1)] * 40, names, columns
        )
    dataset = roles.open_dataset("utkface", tmp_path)

    [dealt] = DEAL([dataset])

    assert not roles.compared(dataset.table)
    assert np.array_equal(dealt.role, roles.of(dataset.table))
