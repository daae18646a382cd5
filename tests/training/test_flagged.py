"""What visitors give to learn from: the crop and nothing else, whole or not at all, and gone when they say so."""

import errno
import json
from datetime import date
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from PIL import Image

from model.faces import Pixels
from tests.training import disks, locks
from training import crop_folders, flagged, mistakes, run_state
from training.datasets import open_dataset
from training.flagged import FlaggedError, Said
from training.recipe import Recipe
from training.table import DatasetError

SAID = Said("male", 0.9, "rupa-1", "similarity-1")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def crop() -> Pixels:
    rng = np.random.default_rng(0)
    return np.asarray(np.kron(rng.integers(0, 256, (12, 12, 3)), np.ones((16, 16, 1))), np.uint8)


def _other(crop: Pixels, number: int = 1) -> Pixels:
    """Another face, of which no two are the same."""
    return np.roll(crop, 16 * number, axis=0)


def _files(home: Path) -> list[str]:
    files = (path for path in home.rglob("*") if path.is_file() and path.name != ".lock")
    return sorted(path.relative_to(home).as_posix() for path in files)


def test_a_face_is_kept_as_a_photo_to_train_on(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "female", SAID)

    kept = open_dataset(f"folder:{home / 'data' / 'flagged'}")
    assert kept.table["id"].to_list() == [f"female/{name}.jpg"]
    assert kept.table["label"].to_list() == [0]
    assert flagged.dataset().read(0) == kept.read(0)
    assert flagged.ids() == [name]


def test_beside_its_pixels_only_what_the_model_said_is_kept(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "female", SAID, today=lambda: date(2026, 3, 1))

    assert _files(home) == [f"data/flagged/female/{name}.jpg", "data/flagged/said.jsonl"]
    with Image.open(home / "data" / "flagged" / "female" / f"{name}.jpg") as photo:
        assert photo.size == (192, 192)
        assert not photo.getexif()
        assert set(photo.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert np.abs(np.asarray(photo, int) - crop).mean() < 6
    assert json.loads((home / "data" / "flagged" / "said.jsonl").read_text()) == {
        "id": name,
        "should_be": "female",
        "label": "male",
        "p_male": 0.9,
        "model": "rupa-1",
        "crop": "similarity-1",
        "date": "2026-03-01",
    }


def test_a_face_is_gone_when_the_visitor_says_so(home: Path, crop: Pixels) -> None:
    first, second = flagged.save(crop, "female", SAID), flagged.save(_other(crop), "male", SAID)
    cut = crop_folders.root(home) / "faces-0123"
    crop_folders.use(cut, dict.fromkeys(open_dataset(flagged.NAME).sources, ""))

    flagged.delete(first)
    assert not cut.exists()
    flagged.delete(first)

    assert flagged.ids() == [second]
    assert first not in "".join(_files(home))
    assert first not in (home / "data" / "flagged" / "said.jsonl").read_text()


def test_runs_that_learnt_from_it_show_a_deleted_face_no_longer(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "female", SAID)
    learnt, others = home / "runs" / "learnt", home / "runs" / "others"
    for folder, data in ((learnt, flagged.NAME), (others, "celeba")):
        run_state.begin(folder, [data], Recipe(), folder.name)
    tried = learnt / "search" / "trial-0001"
    tried.mkdir(parents=True)
    for folder in (learnt, tried, others):
        mistakes.write(folder, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [crop])

    flagged.delete(name)

    assert mistakes.read(learnt) is mistakes.read(tried) is None
    assert mistakes.read(others) is not None


def _learnt(home: Path, crop: Pixels) -> Path:
    """A run that learnt from kept faces, and shows one that it gets wrong."""
    run_state.begin(home / "runs" / "learnt", [flagged.NAME], Recipe(), "learnt")
    _shows(home / "runs" / "learnt", crop)
    return home / "runs" / "learnt"


def _shows(run: Path, crop: Pixels) -> None:
    mistakes.write(run, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [crop])


def test_a_face_is_deleted_where_the_disk_is_full(
    tmp_path: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disks.of_size(tmp_path / "small", mb=1) as small:
        monkeypatch.setenv("RUPA_HOME", str(small))
        said = small / "data" / "flagged" / flagged.SAID
        said.parent.mkdir(parents=True)
        said.write_text(json.dumps({"id": "0" * 16, "long": "x" * 300_000}))  # too much to have beside itself
        run = _learnt(small, crop)
        first, second = flagged.save(crop, "female", SAID), flagged.save(_other(crop), "male", SAID)
        disks.fill(small)

        flagged.delete(first)

        assert flagged.ids() == [second]
        assert first not in said.read_text()
        assert flagged.said() == {second: ("male", SAID)}
        assert mistakes.read(run) is None


def test_no_run_shows_a_face_that_is_gone_when_who_deletes_it_is_killed_or_fails(
    home: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, run = flagged.save(crop, "female", SAID), _learnt(home, crop)
    remove, shown = flagged._remove, []

    def watched(gone: str) -> None:
        shown.append(mistakes.read(run))
        remove(gone)

    def broken(lines: object) -> None:
        _shows(run, crop)  # it was at work meanwhile
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(flagged, "_remove", watched)
    monkeypatch.setattr(flagged, "_write_lines", broken)

    with pytest.raises(OSError, match="broken"):
        flagged.delete(name)

    assert shown == [None]
    assert mistakes.read(run) is None


def test_another_process_has_its_turn_before_a_face_is_kept_or_deleted(
    home: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = home / "data" / "flagged" / ".lock"

    with locks.waited_for(lock, lambda: flagged.save(crop, "female", SAID), monkeypatch):
        assert flagged.ids() == []
    [name] = flagged.ids()
    with locks.waited_for(lock, lambda: flagged.delete(name), monkeypatch):
        assert flagged.ids() == [name]
    assert flagged.ids() == []


def test_a_kept_face_can_be_looked_at_until_it_is_deleted(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "male", SAID)

    assert flagged.face(name) == flagged.Kept("male", flagged.jpeg(crop))
    flagged.delete(name)
    assert flagged.face(name) is None


def test_what_somebody_put_there_by_hand_is_no_kept_face(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "male", SAID)
    (home / "data" / "flagged" / "male" / "holiday.jpg").write_bytes(b"")

    assert flagged.ids() == [name]


def test_no_more_faces_than_the_bound(home: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flagged, "MAX_FACES", 2)
    flagged.save(crop, "female", SAID)
    flagged.save(_other(crop), "male", SAID)

    with pytest.raises(FlaggedError, match="delete some") as refused:
        flagged.save(_other(crop, 2), "male", SAID)

    assert refused.value.code == "flagged_full"
    assert len(flagged.ids()) == 2


@pytest.mark.parametrize("label", ["female", "male"])
def test_one_picture_is_kept_once(home: Path, crop: Pixels, label: str) -> None:
    name = flagged.save(crop, "female", SAID)

    with pytest.raises(FlaggedError) as refused:
        flagged.save(crop.copy(), label, SAID)
    assert refused.value.code == "flagged_before"
    assert flagged.ids() == [name]
    flagged.delete(name)
    flagged.save(crop, label, SAID)


def test_one_visit_leaves_room_for_the_others(
    home: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagged, "MAX_OF_ONE", 2)
    first = flagged.save(crop, "female", SAID, visit="one")
    flagged.save(_other(crop, 1), "female", SAID, visit="one")

    with pytest.raises(FlaggedError) as refused:
        flagged.save(_other(crop, 2), "female", SAID, visit="one")
    assert refused.value.code == "flagged_enough"
    flagged.save(_other(crop, 3), "female", SAID, visit="other")
    flagged.delete(first)
    flagged.save(_other(crop, 4), "female", SAID, visit="one")


def test_all_are_deleted_at_once(home: Path, crop: Pixels) -> None:
    names = [flagged.save(_other(crop, n), "female", SAID, visit="one") for n in range(5)]

    flagged.delete(*names[1:])

    assert flagged.ids() == names[:1]
    assert set(flagged.said()) == set(names[:1]) == set(flagged._given_by) & set(names)


def test_a_face_that_the_disk_does_not_take_leaves_nothing(
    home: Path, crop: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data" / "flagged" / "said.jsonl").mkdir(parents=True)

    with pytest.raises(FlaggedError) as refused:
        flagged.save(crop, "male", SAID)

    assert refused.value.code == "flagged_failed"
    assert _files(home) == []


def test_faces_given_at_the_same_time_are_all_kept(home: Path, crop: Pixels) -> None:
    threads = [Thread(target=flagged.save, args=(_other(crop, n), "female", SAID)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lines = (home / "data" / "flagged" / "said.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == flagged.ids()
    assert len(lines) == 8


@pytest.mark.parametrize("name", ["../../secret", "", "a" * 16 + "/", "A" * 16])
def test_only_a_kept_face_can_be_deleted(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        flagged.delete(name)
    with pytest.raises(ValueError, match="not an id"):
        flagged.face(name)


@pytest.mark.parametrize(("label", "side"), [("unsure", 192), ("male", 900)])
def test_only_a_labelled_crop_is_kept(home: Path, label: str, side: int) -> None:
    with pytest.raises(ValueError, match="kept"):
        flagged.save(np.zeros((side, side, 3), np.uint8), label, SAID)
    assert _files(home) == []


def test_where_nothing_was_given_there_is_nothing_to_train_on(home: Path) -> None:
    assert flagged.ids() == []
    with pytest.raises(DatasetError):
        flagged.dataset()


def test_what_was_said_of_each_kept_face_is_known_and_hostile_lines_are_not(home: Path, crop: Pixels) -> None:
    name = flagged.save(crop, "female", SAID)
    other = flagged.save(_other(crop), "female", SAID)
    lines = [{"id": other, "label": "male", "p_male": 7}, {"id": "../../x", "p_male": 1}, {"id": "0" * 16}]
    path = home / "data" / "flagged" / flagged.SAID
    kept = [line for line in path.read_text().splitlines() if name in line]
    path.write_text("\n".join([*kept, "[]", *(json.dumps(line) for line in lines)]))

    assert flagged.said() == {name: ("female", SAID)}
