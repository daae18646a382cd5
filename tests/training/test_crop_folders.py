"""Folders of cut faces: they go with the photos that they were cut out of, or after a long rest."""

import os
import time
from pathlib import Path

import pytest

from training import crop_folders


def begun(
    home: Path, name: str, sources: list[str], idle_s: float = 0.0, size: int = 100, state: str = ""
) -> Path:
    folder = crop_folders.root(home) / name
    crop_folders.use(folder, dict.fromkeys(sources, state))
    (folder / "pixels.npy").write_bytes(bytes(size))
    used = time.time() - idle_s
    os.utime(folder, (used, used))
    return folder


def test_faces_go_with_each_collection_that_they_were_cut_out_of(tmp_path: Path) -> None:
    mine = begun(tmp_path, "mine", ["collection:a"])
    begun(tmp_path, "mine", ["collection:b"])  # the same photos, kept twice
    others = begun(tmp_path, "others", ["folder:/photos"])
    begun(tmp_path, "published", [])

    crop_folders.forget("collection:c", tmp_path)
    assert mine.is_dir()

    crop_folders.forget("collection:b", tmp_path)
    assert not mine.exists()
    assert others.is_dir()
    assert sorted(path.name for path in crop_folders.root(tmp_path).iterdir()) == ["others", "published"]


def test_what_has_rested_longest_makes_room_for_what_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, old, lately = (begun(tmp_path, f"of-{days}", [], days * 24 * 3600.0) for days in (30, 20, 1))
    room = sum(file.stat().st_size for folder in (old, lately) for file in folder.iterdir())
    monkeypatch.setattr(crop_folders, "MOST_BYTES", room + 10)

    crop_folders.use(crop_folders.root(tmp_path) / "new", {})
    assert [folder.exists() for folder in (oldest, old, lately)] == [False, True, True]

    monkeypatch.setattr(crop_folders, "MOST_BYTES", 0)
    crop_folders.use(crop_folders.root(tmp_path) / "new", {})
    assert [folder.exists() for folder in (old, lately)] == [False, True]


def test_a_deletion_that_was_interrupted_is_ended_later(tmp_path: Path) -> None:
    begun(tmp_path, "mine", []).rename(crop_folders.root(tmp_path) / ".deleted-mine-1")

    crop_folders.forget("collection:a", tmp_path)

    assert list(crop_folders.root(tmp_path).iterdir()) == []


def test_faces_of_photos_that_were_changed_since_go_when_those_are_cut(tmp_path: Path) -> None:
    before = begun(tmp_path, "mine-1", ["folder:/photos"], state="a")
    part = begun(tmp_path, "mine-2", ["folder:/photos"], state="a")
    assert before.is_dir()

    after = begun(tmp_path, "mine-3", ["folder:/photos"], state="b")

    assert [folder.exists() for folder in (before, part, after)] == [False, False, True]


@pytest.mark.parametrize("damaged", ["null", "7", "", '[["a"]]', '"a"'])
def test_a_folder_that_does_not_say_whose_faces_it_holds_is_in_nobodys_way(
    tmp_path: Path, damaged: str
) -> None:
    begun(tmp_path, "damaged", ["collection:a"])
    (crop_folders.root(tmp_path) / "damaged" / "sources.json").write_text(damaged)
    others = begun(tmp_path, "others", ["collection:a"])

    crop_folders.forget("collection:a", tmp_path)

    assert not others.exists()


def test_what_somebody_reads_on_windows_goes_with_the_next_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = begun(tmp_path, "mine", ["zip:/faces.zip"])

    def refused(path: Path, to: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as windows:
        windows.setattr(Path, "rename", refused)
        crop_folders.forget_kind("zip", tmp_path)
    assert mine.is_dir()

    begun(tmp_path, "others", [])

    assert not mine.exists()
