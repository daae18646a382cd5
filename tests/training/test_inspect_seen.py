"""What was seen in photos is of these photos alone, and looked at once."""

import os
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from model import images
from tests.training import pictures, portraits
from tests.training.choosing import folder
from training import (
    inspect_seen,
    inspection,
)
from training.datasets import HeldPhoto, in_memory, open_dataset

pytestmark = pytest.mark.usefixtures("empty_home")


def test_what_was_seen_is_of_these_photos_alone(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 3)}"
    dataset = open_dataset(source)
    path = inspect_seen.place(dataset, [source])
    inspect_seen.write(path, inspect_seen.look(dataset))
    assert inspect_seen.read(path, 6) is not None
    assert inspect_seen.read(path, 5) is None

    (tmp_path / "a" / "male" / "0.png").write_bytes(pictures.photo(99))

    assert inspect_seen.place(open_dataset(source), [source]) != path


def test_leaving_photos_out_keeps_the_others_alike() -> None:
    same, other = pictures.photo(1), pictures.photo(2)
    dataset = in_memory([HeldPhoto(f"{n}", n % 2, same if n != 2 else other) for n in range(5)])
    seen = inspect_seen.look(dataset)
    assert seen.same.tolist() == [[0, 1], [0, 3], [0, 4]]

    left = seen.part(np.array([1, 2, 3, 4]))

    assert left.same.tolist() == [[0, 2], [2, 3]]
    assert len(set(left.groups()[[0, 2, 3]])) == 1
    [copies] = [f for f in inspection.inspect_seen(dataset.part([1, 2, 3, 4]), left) if f.code == "copies"]
    assert copies.facts["photos"] == 2


def test_ten_thousand_of_one_photo_are_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "a" / "female" / "0.png"
    first.parent.mkdir(parents=True)
    (tmp_path / "a" / "male").mkdir()
    first.write_bytes(portraits.face())
    for n in range(1, 10_000):
        os.link(first, tmp_path / "a" / ("female" if n % 2 else "male") / f"{n}.png")
    dataset = open_dataset(f"folder:{tmp_path / 'a'}")

    load = Mock(wraps=images.load)
    monkeypatch.setattr(images, "load", load)

    seen = inspect_seen.look(dataset)
    found = inspection.inspect_both(dataset, seen)

    assert load.call_count == 1
    assert (seen.faces == 1).all()
    assert {"copies", "two_labels"} <= {finding.code for finding in found}
    assert len(inspection.spare(next(f for f in found if f.code == "copies"), dataset.table, seen)) == 9_999


def test_of_what_was_seen_only_the_newest_is_kept(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_seen, "KEPT", 2)
    none = np.empty((0, 2), np.int64)
    seen = inspect_seen.Seen(np.ones(1, bool), np.ones((1, 2), np.int64), np.ones(1, np.int64), none, none)
    places = [empty_home / "data" / "inspections" / f"{n}.npz" for n in range(3)]
    for turn, place in enumerate(places):
        inspect_seen.write(place, seen)
        if place.exists():
            os.utime(place, (turn, turn))

    assert [place.exists() for place in places] == [False, True, True]
