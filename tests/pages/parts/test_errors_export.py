"""What is taken along from the Errors page says what the page says, and is safe to open."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pages.parts import errors_export, errors_filters
from pages.parts.errors_filters import Choice
from pages.parts.errors_known import Known
from tests.pages.parts.errors_made import of
from tests.training.tables import table
from training import contact_sheet, votes
from training.view import Selection
from words.speech import Speech


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return of(table(3, n=500), tmp_path)


def test_the_table_to_take_along_says_what_the_page_says(known: Known) -> None:
    found = errors_filters.places(
        known, Choice(Selection(right=False), False, errors_filters.CONFIDENT, False)
    )
    id_ = str(known.view.ids[found[0]])

    content = errors_export.as_table(known, found, {id_: votes.Cast("wrong", 0, "2026-01-01")})

    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [str(known.view.ids[place]) for place in found]
    assert rows[0]["vote"] == "wrong"
    assert {row["right"] for row in rows} == {"False"}
    assert all((row["label"] == "male") == (float(row["p_male"]) <= 0.5) for row in rows)
    assert set(rows[0]) >= {"race", "age", "label_doubt"}


def test_a_table_of_hostile_names_is_no_formula(tmp_path: Path) -> None:
    made = table(0, n=40)
    made.loc[0, ["id", "race"]] = ["=cmd()", "+1"]
    made["found"] = True
    made["p_male"] = made["p_male"].fillna(0.5)
    made["embedding"] = pd.Series([np.ones(4, np.float16)] * len(made), dtype=object)
    hostile = of(made, tmp_path)

    text = errors_export.as_table(hostile, np.array([0]), {}).decode("utf-8-sig")

    assert "\r\n'=cmd()," in text
    assert "'+1" in text


def test_a_contact_sheet_has_the_first_faces_also_without_photos(known: Known) -> None:
    found = errors_filters.places(known, Choice(Selection(), False, errors_filters.CONFIDENT, False))

    made = errors_export.as_sheet(known, found, "Errors", "all", "PNG", Speech("id"))

    page = Image.open(io.BytesIO(made))
    assert len(found) > contact_sheet.MOST
    assert (
        page.height
        == Image.open(
            io.BytesIO(errors_export.as_sheet(known, found[: contact_sheet.MOST], "", "", "PNG", Speech()))
        ).height
    )
