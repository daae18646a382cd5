"""Examples of augmentation: a real process makes them, and they lie in memory only."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training import portraits
from training import preview
from training.preview import COUNT, Order
from training.recipe import AUGMENTATIONS

PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    yield tmp_path / "home"
    preview.forget()


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for label, data in (("female", portraits.nobody()), ("male", portraits.face())):
        (folder / label).mkdir()
        (folder / label / "photo.png").write_bytes(data)
    return folder


def made(order: Order) -> Order:
    assert order.ready.wait(PATIENCE_S)
    return order


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)), np.int16)


def test_the_first_face_of_the_photos_is_shown_in_every_way(portrait: Path, home: Path) -> None:
    order = made(preview.of_data([f"folder:{portrait}"]))

    found = order.variants
    assert found is not None
    assert tuple(found.of) == AUGMENTATIONS
    assert {len(pictures) for pictures in found.of.values()} == {COUNT}
    original = pixels(found.original)
    for name, pictures in found.of.items():
        apart = [np.abs(pixels(picture) - original).mean() for picture in pictures]
        assert (max(apart) > 8) == (name != "none"), name
    assert list(home.rglob("*")) == []
    assert preview.of_data([f"folder:{portrait}"]) is order


def test_where_nobody_is_there_are_no_examples(portrait: Path) -> None:
    assert made(preview.of_photo(portrait / "female" / "photo.png")).variants is None


def test_what_failed_is_tried_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = made(preview.of_photo(tmp_path / "photo.png"))
    assert failed.variants is None
    assert preview.of_photo(tmp_path / "photo.png") is failed

    monkeypatch.setattr(preview, "AGAIN_S", 0.0)
    (tmp_path / "photo.png").write_bytes(portraits.face())

    assert made(preview.of_photo(tmp_path / "photo.png")).variants is not None


@pytest.mark.parametrize("packed", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_not_from_the_command_is_none(packed: bytes) -> None:
    assert preview.read(packed) is None
