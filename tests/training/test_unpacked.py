"""What a zip leaves on this computer is known and can be deleted; to look at it unpacks nothing."""

import os
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from pages.parts import evaluation_photos
from tests.training import disks
from tests.training.pictures import photo
from training import background, crop_folders, mistakes, run_state, unpacked
from training.datasets import open_dataset
from training.recipe import Recipe
from training.zips import ZipError, extract


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as made:
        made.writestr("female/a.png", photo(1))
        made.writestr("male/b.png", photo(2))
    evaluation_photos.forget()
    return tmp_path / "faces.zip"


def test_photos_and_their_faces_stay_until_they_are_deleted(archive: Path, tmp_path: Path) -> None:
    assert (unpacked.count(), unpacked.is_here(archive)) == (0, False)

    open_dataset(f"zip:{archive}")
    assert (unpacked.count(), unpacked.is_here(archive)) == (1, True)

    faces = crop_folders.root(tmp_path / "home") / "faces"
    crop_folders.use(faces, {f"zip:{archive}": unpacked.place(archive).name})

    run = tmp_path / "home" / "runs" / "learnt"
    run_state.begin(run, [f"zip:{archive}"], Recipe(), "learnt")
    black = np.zeros((9, 9, 3), np.uint8)
    mistakes.write(run, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [black])

    unpacked.delete()
    assert (unpacked.count(), unpacked.is_here(archive)) == (0, False)
    assert not faces.exists()
    assert mistakes.read(run) is None
    assert archive.is_file()


def test_another_zip_under_the_same_name_is_another(archive: Path) -> None:
    open_dataset(f"zip:{archive}")
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("female/c.png", photo(3))

    assert not unpacked.is_here(archive)


def test_looking_at_an_evaluation_unpacks_nothing(archive: Path) -> None:
    assert not evaluation_photos.here(f"zip:{archive}")
    assert unpacked.count() == 0

    open_dataset(f"zip:{archive}")

    assert evaluation_photos.here(f"zip:{archive}")


@pytest.mark.parametrize("left", [".unpacking-x/photos", ".deleted-x"])
@pytest.mark.parametrize("meet", [unpacked.count, unpacked.delete])
def test_photos_that_a_killed_process_left_are_swept_when_nobody_is_at_it(
    archive: Path, tmp_path: Path, left: str, meet: Callable[[], object]
) -> None:
    lying = tmp_path / "home" / "data" / "unpacked" / left / "female" / "0.jpg"
    lying.parent.mkdir(parents=True)
    lying.write_bytes(photo(1))
    root = tmp_path / "home" / "data" / "unpacked"

    with background.turn(root / ".lock"):
        assert unpacked.count() == 0
        assert lying.is_file()
    meet()

    assert [path.name for path in root.iterdir()] == [".lock"]


def test_who_is_killed_while_deleting_leaves_no_whole_zip_and_no_faces(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_dataset(f"zip:{archive}")
    forgotten = Mock()
    monkeypatch.setattr(mistakes, "forget", forgotten)
    monkeypatch.setattr(unpacked.shutil, "rmtree", Mock(side_effect=KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        unpacked.delete()

    assert not unpacked.place(archive).exists()
    assert forgotten.called


def test_two_that_open_the_same_zip_at_once_have_its_photos(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2)

    def slowly(*what: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # for the other, who has seen as well that there is nothing yet
        extract(*what)

    monkeypatch.setattr(unpacked, "extract", slowly)

    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda _: open_dataset(f"zip:{archive}"), range(2)))

    assert [len(dataset) for dataset in opened] == [2, 2]
    assert unpacked.count() == 1


def test_where_nothing_can_be_written_the_zip_is_not_called_damaged(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disks.of_size(tmp_path / "small", mb=1) as small:
        monkeypatch.setenv("RUPA_HOME", str(small))
        with zipfile.ZipFile(archive, "a") as made:
            made.writestr("female/large.png", os.urandom(2**20))

        with pytest.raises(ZipError) as full:
            open_dataset(f"zip:{archive}")
        disks.close(small)
        with pytest.raises(ZipError) as closed:
            open_dataset(f"zip:{archive}")

    assert (full.value.code, closed.value.code) == ("zip_no_room", "disk_closed")


def test_a_zip_that_is_gone_is_not_here(archive: Path) -> None:
    open_dataset(f"zip:{archive}")
    archive.unlink()

    assert not unpacked.is_here(archive)
