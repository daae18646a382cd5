import csv
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.downloads import archive, listing, plain_name, table

FACE = {
    "box": [10.0, 20.0, 30.0, 40.0],
    "score": 0.99,
    "label": "female",
    "confidence": 0.87,
    "probabilities": {"female": 0.87, "male": 0.13},
    "sure": True,
}


def record(file: str, faces: int = 1, error: str | None = None) -> dict[str, Any]:
    return {"file": file, "faces": [FACE] * faces, "error": error and {"code": "empty", "message": error}}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_table_has_a_row_for_each_face_and_for_each_photo_without_one() -> None:
    found = rows(table([record("a.jpg", faces=2), record("b.jpg", faces=0, error="The file is empty.")]))

    assert [(row["file"], row["face"], row["error"]) for row in found] == [
        ("a.jpg", "1", ""),
        ("a.jpg", "2", ""),
        ("b.jpg", "", "The file is empty."),
    ]
    assert (found[0]["x"], found[0]["label"], found[0]["male"]) == ("10.0", "female", "0.13")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_never_becomes_a_formula(name: str) -> None:
    [row] = rows(table([record(name)]))

    assert row["file"] == f"'{name}"


@given(st.text())
def test_whatever_a_file_is_called_the_downloads_can_be_read(name: str) -> None:
    assert len(rows(table([record(name)]))) == 1
    assert json.loads(listing([record(name)]))[0]["file"] == name


@given(st.text())
def test_a_name_in_the_zip_is_never_a_path(name: str) -> None:
    plain = plain_name(name)

    assert plain
    assert not {"/", "\\", ":", "\0"} & set(plain)
    assert not plain.startswith(".")
    assert len(plain) <= 80


def test_pictures_of_one_name_do_not_take_each_others_place() -> None:
    content = archive([("a/face.png", b"1"), ("b/FACE.jpg", b"2"), ("../../etc/passwd", b"3"), ("...", b"4")])

    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        found = {name: opened.read(name) for name in opened.namelist()}
    assert found == {"face.jpg": b"1", "FACE-2.jpg": b"2", "passwd.jpg": b"3", "photo.jpg": b"4"}
