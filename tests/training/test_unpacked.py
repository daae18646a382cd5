"""What a zip leaves on this computer is known and can be deleted; to look at it unpacks nothing."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from pages.parts import evaluation_photos
from tests.training.pictures import photo
from training import crop_folders, mistakes, run_state, unpacked
from training.datasets import open_dataset
from training.recipe import Recipe


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


def test_a_zip_that_is_gone_is_not_here(archive: Path) -> None:
    open_dataset(f"zip:{archive}")
    archive.unlink()

    assert not unpacked.is_here(archive)
