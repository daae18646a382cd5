"""The evaluation that was chosen stays chosen, whatever others come and go, and each can be told from the others."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest

from model import running
from pages.parts import chosen_evaluation
from tests.training.tables import about, table
from training import evaluations, prediction_table


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    monkeypatch.setattr(running, "status", lambda: running.Status("warming"))
    st.cache_resource.clear()
    return tmp_path


def page() -> None:
    import streamlit as st

    from pages.parts import chosen_evaluation

    kept = chosen_evaluation.choose()
    st.markdown(f"{kept.path.name} {len(chosen_evaluation.open_view(kept).table)}" if kept else "none")


def visit() -> AppTest:
    return AppTest.from_function(page).run()


def kept(dataset: str, file: str, rows: int = 20, made: str = "2026-01-01T00:00:00+00:00") -> Path:
    said = about(model="rupa-1", dataset=dataset, made=made)
    path = evaluations.folder("rupa-1") / f"evaluation-{file}.parquet"
    prediction_table.write(path, table(1, n=rows), said)
    return path


def test_an_evaluation_that_comes_later_does_not_take_the_chosen_ones_place(home: Path) -> None:
    app = visit()
    [before] = app.markdown

    kept("aaa", "aaa-all")
    app.run()

    assert app.markdown[0].value == before.value
    assert "evaluation-utkface-validation.parquet" in before.value


def test_turning_to_an_evaluation_leaves_no_warning_in_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept("zzz", "zzz-all")  # a default of the first one is none
    warned: list[object] = []
    monkeypatch.setattr(policies, "runtime", SimpleNamespace(exists=lambda: True))  # as in a server
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies, "_LOGGER", SimpleNamespace(warning=lambda *said, **_: warned.append(said)))
    app = AppTest.from_function(page)
    app.session_state[chosen_evaluation._NEXT] = str(path)

    app.run()

    assert path.name in app.markdown[0].value
    assert warned == []


def test_two_of_the_same_name_can_be_told_apart_and_opened(home: Path) -> None:
    kept("photos", "photos-11111111-all", 20)
    kept("photos", "photos-22222222-all", 30)
    kept("photos", "photos-33333333-all", 40, made="2026-02-01T00:00:00+00:00")
    app = visit()

    titles = app.selectbox[1].options
    rows = set()
    for title in [title for title in titles if title.startswith("photos")]:
        app.selectbox[1].select(title).run()
        rows.add(app.markdown[0].value.rpartition(" ")[2])

    assert len(set(titles)) == len(titles)
    assert rows == {"20", "30", "40"}


def test_where_the_chosen_one_is_gone_another_is_shown(home: Path) -> None:
    path = kept("aaa", "aaa-all")
    app = visit()
    app.selectbox[1].select(next(title for title in app.selectbox[1].options if "aaa" in title)).run()
    assert path.name in app.markdown[0].value

    shutil.rmtree(path.parent)
    app.run()

    assert not app.exception
    assert "utkface" in app.markdown[0].value


def test_a_newer_evaluation_of_the_same_photos_takes_the_place_of_the_older(home: Path) -> None:
    app = visit()
    shipped = next(one for one in evaluations.kept() if one.path.stem == "evaluation-celeba-test")
    app.selectbox[1].select(
        next(title for title in app.selectbox[1].options if "CelebA, test" in title)
    ).run()

    newer = replace(shipped.about, made="2099-01-01T00:00:00+00:00")
    prediction_table.write(evaluations.folder("rupa-1") / shipped.path.name, table(1, n=33), newer)
    app.run()

    assert app.markdown[0].value == f"{shipped.path.name} 33"
