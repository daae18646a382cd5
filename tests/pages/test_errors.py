"""The Errors page shows the faces asked for and no others, counts votes, and copes with few, bad and missing things."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import errors_known, errors_map, evaluation_photos
from pages.parts.session_errors import NO_FACE, WrongAnswer
from tests.pages.shown import words
from tests.training.tables import about, table
from training import evaluations, prediction_table, votes
from training.evaluations import Kept
from ui import state

PAGE = Path(__file__).resolve().parents[2] / "pages" / "errors.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer with no evaluation and no photos."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(evaluations, "kept", list)
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path


@pytest.fixture
def keep(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kept]:
    """Make this table the one evaluation there is."""

    def write(made: pd.DataFrame, **said: object) -> Kept:
        path = home / "evaluation-photos-all.parquet"
        prediction_table.write(path, made, about(**said))
        kept = Kept(path, about(**said), False)
        monkeypatch.setattr(evaluations, "kept", lambda: [kept])
        return kept

    return write


@pytest.fixture
def with_photos(home: Path) -> str:
    """A folder with the photos of `table(0, n=60)`, as the data set's name."""
    made = table(0, n=60)
    for id_, label in zip(made["id"], made["label"], strict=True):
        folder = home / "photos" / ("female", "male")[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60), (90 + 60 * int(label), 120, 140)).save(folder / id_)
    return f"folder:{home / 'photos'}"


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["lang"] = spoken
    return app.run()


def pills(app: AppTest, label: str) -> Any:
    return next(group for group in app.pills if group.label == label)


def with_folder(made: pd.DataFrame) -> pd.DataFrame:
    made["id"] = [
        f"{('female', 'male')[label]}/{id_}" for id_, label in zip(made["id"], made["label"], strict=True)
    ]
    return made


def test_without_an_evaluation_the_page_says_how_to_get_one() -> None:
    app = visit()

    assert not app.exception
    assert [shown.value for shown in app.info] == [
        "There is no evaluation yet. Evaluate a model on the Evaluate page, and its errors stand here."
    ]


def test_it_opens_with_the_wrong_answers_and_the_accuracy(keep: Callable[..., Kept]) -> None:
    made = table(0, n=400)
    keep(made)

    app = visit()

    found = made[made["found"]]
    wrong = int(((found["p_male"] > 0.5) != found["label"]).sum())
    assert not app.exception
    assert f"**{wrong} of {len(found)} faces**" in words(app)
    assert f"{100 * (1 - wrong / len(found)):.1f}%" in words(app)


def test_chips_hold_all_at_once(keep: Callable[..., Kept]) -> None:
    made = table(0, n=400)
    keep(made)
    app = visit()

    pills(app, "Labelled").set_value(0).run()
    next(box for box in app.selectbox if box.label == "Race, as labelled").set_value("White").run()

    found = made[made["found"] & (made["label"] == 0) & (made["race"] == "White")]
    assert not app.exception
    assert f"**{int((found['p_male'] > 0.5).sum())} of {int(made['found'].sum())} faces**" in words(app)


def test_chips_that_hold_for_no_face_are_one_sentence(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=200))
    app = visit()

    pills(app, "Labelled").set_value(0).run()
    pills(app, "Taken for").set_value(0).run()

    assert not app.exception
    assert "No face is like that. Let go of one of the chips." in words(app)


def test_photos_that_are_not_here_leave_the_numbers_and_no_empty_boxes(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=200))

    app = visit()

    assert not app.exception
    assert "These photos are not on this computer" in words(app)
    assert "nothing to vote on" not in words(app)
    assert [group for group in app.pills if "What do you say?" in group.label] == []


def test_a_vote_is_kept_moves_the_accuracy_and_is_taken_back(
    keep: Callable[..., Kept], with_photos: str
) -> None:
    keep(with_folder(table(0, n=60)), spec=with_photos)
    app = visit()
    assert "with your" not in words(app)
    [label] = [group.label for group in app.pills if "What do you say?" in group.label]

    pills(app, label).set_value("wrong").run()
    assert "with your 1 vote" in words(app)
    assert [one.vote for one in votes.read(with_photos).values()] == ["wrong"]
    pills(app, label).set_value(None).run()

    assert not app.exception
    assert "with your" not in words(app)
    assert votes.read(with_photos) == {}


def test_votes_that_cannot_be_read_are_one_sentence(keep: Callable[..., Kept], with_photos: str) -> None:
    keep(with_folder(table(0, n=60)), spec=with_photos)
    path = votes.file(with_photos)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe")

    app = visit()

    assert not app.exception
    assert [shown.value for shown in app.warning] == [
        f"The file of votes {path.name} is damaged; mend it or move it away, then vote."
    ]
    assert [group for group in app.pills if "What do you say?" in group.label] == []


def test_a_file_that_was_damaged_meanwhile_is_one_sentence(keep: Callable[..., Kept]) -> None:
    kept = keep(table(0, n=60))
    kept.path.write_bytes(b"PAR1 and nothing else")

    app = visit()

    assert not app.exception
    assert [shown.value for shown in app.error] == [
        f"The evaluation {kept.path.name} is damaged or not one of Rupa's; run it again."
    ]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_of_faces_shows_what_it_can(keep: Callable[..., Kept], n: int) -> None:
    keep(table(0, n=n, right=0, found=1).drop(columns=["race", "age", "age_band", "attr_eyeglasses"]))

    app = visit()
    next(one for one in app.toggle if one.label == "Choose on a map").set_value(True).run()

    assert not app.exception
    assert f"**{n} of {n} faces**" in words(app)


def test_an_evaluation_in_which_nobody_was_found_is_one_sentence(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=20, found=0))

    app = visit()

    assert not app.exception
    assert "In none of these photos a face was found" in words(app)


def test_what_was_circled_is_not_that_of_another_evaluation(keep: Callable[..., Kept], home: Path) -> None:
    first = errors_known.known(keep(table(0, n=400, right=0.5)))
    app = visit()
    app.session_state[f"{state.PREFIX}{errors_map._name(first)}"] = np.array([300, 301])
    app.run()
    assert not app.exception

    second = errors_known.known(keep(table(1, n=40)))
    app.run()

    assert not app.exception
    assert second.key != first.key
    assert errors_map._name(second) not in app.session_state


def test_other_faces_begin_on_the_first_page(
    keep: Callable[..., Kept], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_photos, "here", lambda _: True)
    keep(table(0, n=600, right=0.5))
    app = visit()
    [pages] = [key for key in app.session_state._state.filtered_state if key.startswith("rupa-pages-errors")]
    app.session_state[pages] = 2
    app.run()
    assert "49 to 96 of" in words(app)

    pills(app, "Labelled").set_value(1).run()

    assert not app.exception
    assert "1 to 48 of" in words(app)


def test_without_embeddings_there_is_no_map_and_nothing_is_most_alike(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=100).drop(columns="embedding"))
    app = visit()

    next(one for one in app.toggle if one.label == "Choose on a map").set_value(True).run()

    assert not app.exception
    assert "There is no map: nobody kept what the model made of these faces." in words(app)


def test_embeddings_that_are_damaged_leave_the_rest_of_the_page(keep: Callable[..., Kept]) -> None:
    kept = keep(table(0, n=100))
    whole = pq.read_table(kept.path)
    at = whole.schema.get_field_index("embedding")
    bad = pa.array([[np.float16(np.nan)]] * len(whole), pa.list_(pa.float16()))
    pq.write_table(whole.set_column(at, "embedding", bad), kept.path)

    app = visit()
    next(one for one in app.toggle if one.label == "Choose on a map").set_value(True).run()

    assert not app.exception
    assert f"of {len(errors_known.known(kept).answers)} faces**" in words(app)
    assert {shown.value for shown in app.warning} == {
        "The evaluation cannot be used: its column embedding is missing or not what it should be."
    }


def test_attributes_are_judged_where_there_are_enough_faces(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=400))
    assert "no difference to be seen" in words(visit())

    keep(table(0, n=60))

    assert "Too few photos to tell, of any of the 1 attributes." in words(visit())


def test_it_is_told_in_indonesian_with_indonesian_numbers(keep: Callable[..., Kept]) -> None:
    keep(table(0, n=400))

    app = visit("id")

    assert not app.exception
    assert app.title[0].value == "Wajah siapa yang dijawabnya keliru?"
    assert "benar menurut label" in words(app)
    assert "," in words(app).split("benar menurut label")[0][-80:]


def test_the_shipped_evaluation_opens_with_its_errors(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    path = home / "evaluation-utkface-validation.parquet"
    shutil.copy(registry.find("rupa-1").folder / path.name, path)
    kept = Kept(path, prediction_table.about(path), True)
    monkeypatch.setattr(evaluations, "kept", lambda: [kept])

    app = visit()

    assert not app.exception
    assert "**128 of 2,483 faces**" in words(app)
    assert "94.8%" in words(app)


def test_what_the_visitor_called_wrong_stands_below_also_without_an_evaluation() -> None:
    app = AppTest.from_file(PAGE, default_timeout=60)
    crop = np.full((40, 40, 3), 120, np.uint8)
    app.session_state["rupa.wrong"] = [
        WrongAnswer("a", crop, "male", "female", 0.91, datetime(2026, 1, 1, tzinfo=UTC)),
        WrongAnswer("b", crop, "unsure", NO_FACE, 0.6, datetime(2026, 1, 1, tzinfo=UTC)),
    ]

    app.run()

    assert not app.exception
    assert "What you called wrong" in [heading.value for heading in app.header]
    assert "looks male, 91%" in words(app)
    assert "you said: female" in words(app)
    assert "you said: no face" in words(app)
