"""The faces that a run gets wrong: the surest first, few, and never taken from a file that somebody else wrote."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training import mistakes

LABELS = np.array([0, 1, 0, 1, 1], np.int32)
P_MALE = np.array([0.9, 0.2, 0.1, 0.95, 0.02], np.float32)


def pictures(chosen: NDArray[np.intp]) -> list[NDArray[np.uint8]]:
    return [np.full((160, 160, 3), 40 * at, np.uint8) for at in chosen]


def test_the_surest_wrong_answers_come_first(tmp_path: Path) -> None:
    mistakes.write(tmp_path, 3, P_MALE, LABELS, pictures)

    found = mistakes.read(tmp_path)

    assert found is not None
    assert (found.epoch, found.count) == (3, 3)
    assert [(face.label, face.answer, face.confidence) for face in found.faces] == [
        (1, 0, 0.98),
        (0, 1, 0.9),
        (1, 0, 0.8),
    ]
    assert all(face.address.startswith("data:image/jpeg;base64,/9j/") for face in found.faces)


def test_of_many_few_are_kept(tmp_path: Path) -> None:
    mistakes.write(
        tmp_path, 1, np.full(500, 0.9, np.float32), np.zeros(500, np.int32), lambda at: pictures(at % 6)
    )

    found = mistakes.read(tmp_path)

    assert found is not None
    assert (found.count, len(found.faces)) == (500, mistakes.MOST)
    assert (tmp_path / "mistakes.json").stat().st_size < 100_000


def test_without_any_there_are_none(tmp_path: Path) -> None:
    mistakes.write(tmp_path, 1, np.array([0.1, 0.9], np.float32), np.array([0, 1], np.int32), pictures)

    assert mistakes.read(tmp_path) == mistakes.Mistakes(1, 0, ())


def test_a_face_whose_photo_was_deleted_is_not_written(tmp_path: Path) -> None:
    mistakes.write(tmp_path, 3, P_MALE, LABELS, pictures, is_there=lambda at: at != 4)

    found = mistakes.read(tmp_path)

    assert found is not None
    assert (found.count, [face.confidence for face in found.faces]) == (3, [0.9, 0.8])


def test_faces_whose_photos_are_deleted_while_they_are_written_do_not_stay(tmp_path: Path) -> None:
    asked: list[int] = []

    def once(at: int) -> bool:
        asked.append(at)
        return asked.count(at) == 1

    mistakes.write(tmp_path, 3, P_MALE, LABELS, pictures, is_there=once)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoilt", ["data:text/html,<script>", "PHNjcmlwdD4=", 7, None, '/9j/"onerror=1'])
def test_what_is_no_picture_is_not_shown(tmp_path: Path, spoilt: object) -> None:
    mistakes.write(tmp_path, 3, P_MALE, LABELS, pictures)
    said = json.loads((tmp_path / "mistakes.json").read_text())
    said["faces"][0]["jpeg"] = spoilt
    (tmp_path / "mistakes.json").write_text(json.dumps(said))

    assert mistakes.read(tmp_path) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(),
        lambda one: (
            st.lists(one) | st.dictionaries(st.sampled_from(["epoch", "count", "faces", "label"]), one)
        ),
    )
)
def test_any_other_file_is_passed_over(tmp_path_factory: pytest.TempPathFactory, said: object) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "mistakes.json").write_text(json.dumps(said))

    found = mistakes.read(folder)

    assert found is None or found.faces == ()
