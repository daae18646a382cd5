"""Crops of a data set: one for each photo that shows somebody, cut once, and going on where it was interrupted."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from model import atomic
from model.faces import Face
from tests.training import disks
from training import background, chosen, crop_folders, crops
from training.crops import SIZE
from training.folders import open_folder
from training.table import Dataset, DatasetError

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture
def mixed(tmp_path: Path) -> Dataset:
    """A portrait, a sky, something broken, and the portrait again."""
    Image.fromarray(np.full((90, 120, 3), (120, 160, 220), np.uint8)).save(tmp_path / "sky.png")
    files = [
        SAMPLE.read_bytes(),
        (tmp_path / "sky.png").read_bytes(),
        b"\xff\xd8\xff broken",
        SAMPLE.read_bytes(),
    ]
    table = pd.DataFrame({"id": ["a", "b", "c", "d"], "label": [0, 0, 1, 0]})
    return Dataset("mixed", table, "free", files.__getitem__)


def test_a_photo_without_anybody_or_broken_has_no_crop(mixed: Dataset, tmp_path: Path) -> None:
    cut = crops.cut(mixed, tmp_path)

    assert cut.found.tolist() == [True, False, False, True]
    assert cut.pixels.shape == (4, SIZE, SIZE, 3)
    assert np.array_equal(cut.pixels[0], cut.pixels[3])
    assert cut.pixels[0].std() > 20
    assert not cut.pixels[1].any()


def test_what_is_cut_is_not_cut_again(mixed: Dataset, tmp_path: Path) -> None:
    crops.cut(mixed, tmp_path)
    told: list[tuple[int, int]] = []

    again = crops.cut(mixed, tmp_path, progress=lambda done, of: told.append((done, of)))

    assert told == [(4, 4)]
    assert again.found.tolist() == [True, False, False, True]


def test_an_interrupted_cut_goes_on(mixed: Dataset, tmp_path: Path) -> None:
    crops.cut(mixed, tmp_path)
    [found] = tmp_path.rglob("found.npy")
    column = np.lib.format.open_memmap(found, "r+")
    column[3] = 0
    column.flush()
    told: list[int] = []

    again = crops.cut(mixed, tmp_path, progress=lambda done, of: told.append(done))

    assert told == [3, 4]
    assert again.found.tolist() == [True, False, False, True]


def test_a_disk_without_room_for_all_faces_says_so_before_a_photo_is_looked_at(
    mixed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Mock(return_value=iter(()))  # who wrote a face there would be killed by a signal
    monkeypatch.setattr(crops, "look_at_all", looked)

    with disks.of_size(tmp_path / "small", mb=1) as small:
        with pytest.raises(OSError, match="space") as full:
            crops.cut(mixed.part([0] * 20), small)

        assert atomic.is_full(full.value)
        assert not looked.called
        assert list(small.rglob("pixels*")) == []


def test_a_face_is_on_the_disk_before_it_is_said_to_be_found(
    mixed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, said = np.memmap.flush, []

    def watched(mapped: np.memmap) -> None:
        flush(mapped)
        if mapped.ndim == 4 and (found := list(tmp_path.rglob("found.npy"))):
            said.append(np.load(found[0]).tolist())

    monkeypatch.setattr(np.memmap, "flush", watched)
    monkeypatch.setattr(crops, "_AT_ONCE", 2)

    crops.cut(mixed, tmp_path)

    assert said == [[0, 0, 0, 0], [1, -1, 0, 0]]


def test_two_that_begin_with_the_same_photos_at_once_do_not_meet(
    mixed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, both = np.lib.format.open_memmap, threading.Barrier(2)

    def slowly(path: Path, mode: Any, *how: Any) -> np.memmap:
        made = make(path, mode, *how)
        if mode == "w+":
            with suppress(threading.BrokenBarrierError):
                both.wait(0.3)  # for the other, who has seen as well that there is nothing yet
        return made

    monkeypatch.setattr(np.lib.format, "open_memmap", slowly)

    with ThreadPoolExecutor(2) as pool:
        cuts = list(pool.map(lambda _: crops.cut(mixed, tmp_path), range(2)))

    assert [cut.found.tolist() for cut in cuts] == [[True, False, False, True]] * 2


def test_whose_faces_come_is_written_down_by_who_cuts_them_in_the_state_of_the_folders_name(
    mixed: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states, held, use = iter(["saved", "saved again"]), [], crop_folders.use

    def watched(folder: Path, sources: Mapping[str, str]) -> None:
        with background.alone(folder) as mine:
            held.append(not mine)
        use(folder, sources)

    monkeypatch.setattr(crops, "state", lambda source: next(states))
    monkeypatch.setattr(crop_folders, "use", watched)

    crops.cut(replace(mixed.part([2]), sources=("folder:/photos",)), tmp_path)

    assert held == [True]
    assert next(states) == "saved again"


def test_other_photos_have_another_folder(mixed: Dataset, tmp_path: Path) -> None:
    crops.cut(mixed, tmp_path)
    crops.cut(mixed.part([0, 1]), tmp_path)

    assert len(list(tmp_path.rglob("pixels.npy"))) == 2


def test_a_photo_that_vanishes_ends_the_cut_and_is_looked_at_once_it_is_back(tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "female" / "0.png"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(SAMPLE.read_bytes())
    (photo.parent / "empty.png").touch()
    dataset = open_folder(tmp_path / "photos")
    photo.rename(tmp_path / "elsewhere.png")

    with pytest.raises(DatasetError) as vanished:
        crops.cut(dataset, tmp_path)
    assert (vanished.value.code, vanished.value.facts) == ("photo_gone", {"id": "female/0.png"})

    (tmp_path / "elsewhere.png").rename(photo)
    assert crops.cut(dataset, tmp_path).found.tolist() == [True, False]


def test_photos_of_another_folder_or_other_files_of_the_same_name_are_cut_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    photos = [tmp_path / group / "photos" / "female" / "0.jpg" for group in ("a", "b")]
    for photo in photos:
        photo.parent.mkdir(parents=True)
        photo.write_bytes(b"one")

    def folder(photo: Path) -> Path:
        dataset = chosen.together([f"folder:{photo.parents[1]}"], "photos")
        return crops.folder_of(dataset.part([0]), tmp_path)

    before = folder(photos[0])
    assert folder(photos[0]) == before != folder(photos[1])

    photos[0].write_bytes(b"another")

    assert folder(photos[0]) != before


def test_the_large_face_in_the_middle_is_what_a_photo_is_about() -> None:
    points = np.zeros((5, 2), np.float32)
    middle, corner, tiny = (
        Face(box, 0.99, points) for box in ((80, 80, 60, 60), (0, 0, 70, 70), (100, 100, 12, 12))
    )

    assert crops.main_face([corner, tiny, middle], 220, 220) is middle
