"""Photos that somebody keeps here are stripped, bounded, and gone when they are deleted."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model import registry
from tests.training import disks, pictures
from tests.training.choosing import chose, folder
from training import (
    chosen,
    collection,
    crop_folders,
    jobs,
    mistakes,
    run_state,
)
from training.choices import ChosenError
from training.collection import CollectionError
from training.datasets import open_dataset
from training.recipe import PRESETS

pytestmark = pytest.mark.usefixtures("empty_home")


def test_kept_photos_have_no_metadata_are_there_once_and_can_be_added_to() -> None:
    photo = collection.encoded(pictures.photo(1))
    kept = collection.add(
        [("female", photo), ("female", photo), ("male", collection.encoded(pictures.photo(2)))]
    )
    assert (kept.women, kept.men) == (1, 1)

    more = collection.add([("male", collection.encoded(pictures.photo(3)))], kept.id)

    assert (more.id, more.women, more.men) == (kept.id, 1, 2)
    assert len(open_dataset(more.spec)) == 3
    assert collection.all_kept() == [more]


def test_a_photo_is_kept_upright_and_without_where_it_was_taken(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera with a name"
    Image.fromarray(pictures.pixels(1, (60, 40))).save(tmp_path / "a.jpg", exif=exif)

    made = collection.encoded((tmp_path / "a.jpg").read_bytes())

    assert b"a camera with a name" not in made
    (tmp_path / "b.jpg").write_bytes(made)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (40, 60)
        assert not image.getexif()


def test_photos_that_a_run_waits_for_are_not_deleted() -> None:
    photos = [
        (label, collection.encoded(pictures.photo(n))) for n, label in enumerate(["female", "male"] * 10)
    ]
    kept = collection.add(photos)
    run = jobs.enqueue(jobs.Asked((chose(kept.spec),), PRESETS["quick"]))

    with pytest.raises(CollectionError) as refused:
        collection.delete(kept.id)
    assert refused.value.code == "collection_in_use"
    jobs.stop(run)
    cut = crop_folders.root(registry.home()) / "mine-0123"
    crop_folders.use(cut, dict.fromkeys(chosen.together([kept.spec], "mine").part([0]).sources, ""))
    black = np.zeros((9, 9, 3), np.uint8)
    mistakes.write(run.folder, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [black])
    collection.delete(kept.id)

    assert collection.all_kept() == []
    assert not cut.exists()
    assert mistakes.read(run.folder) is None
    with pytest.raises(CollectionError):
        open_dataset(kept.spec)


def test_no_run_shows_photos_that_are_gone_when_who_deletes_them_is_killed(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = collection.add([("female", b"one")])
    run = empty_home / "runs" / "learnt"
    run_state.begin(run, [kept.spec], PRESETS["quick"], "learnt")
    black = np.zeros((9, 9, 3), np.uint8)
    mistakes.write(run, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [black])
    rename, shown = Path.rename, []

    def watched(path: Path, target: Path) -> Path:
        shown.append(mistakes.read(run))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", watched)
    collection.delete(kept.id)

    assert shown == [None]


@pytest.mark.parametrize("name", [".new-0123456789ab", ".deleted-0123456789ab"])
def test_photos_that_an_interrupted_process_left_are_swept_when_somebody_looks(
    empty_home: Path, name: str
) -> None:
    left = empty_home / "data" / "collections" / name / "female"
    left.mkdir(parents=True)
    (left / "0.jpg").write_bytes(pictures.photo(0))

    assert collection.all_kept() == []
    assert not left.parent.exists()


def test_more_than_may_be_kept_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = collection.add([("female", b"one")])
    monkeypatch.setattr(collection, "MAX_PHOTOS", 2)

    with pytest.raises(CollectionError) as refused:
        collection.add([("male", b"two"), ("male", b"three")], kept.id)

    assert refused.value.code == "collection_full"
    assert collection.all_kept() == [kept]


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        monkeypatch.setenv("RUPA_HOME", str(place))
        yield place


def test_a_full_disk_is_one_sentence_and_leaves_nothing(full_disk: Path, tmp_path: Path) -> None:
    kept = collection.add([("female", b"one")])
    big = [("male", bytes([n]) * 300_000) for n in range(5)]

    with pytest.raises(CollectionError) as refused:
        collection.add(big, kept.id)
    assert refused.value.code == "collection_no_room"
    assert collection.all_kept() == [kept]
    left = (full_disk / "data" / "collections").iterdir()
    assert [path.name for path in left if path.name != ".lock"] == [kept.id]

    disks.fill(full_disk)
    with pytest.raises(ChosenError) as vain:
        chose(f"folder:{folder(tmp_path / 'a', 10)}")
    assert vain.value.code == "chosen_not_kept"
