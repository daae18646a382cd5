"""The settings of runs in a table: what they learnt by, in the visitor's words and numbers."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from training import jobs
from training.jobs import Asked
from training.recipe import PRESETS


def page() -> None:
    from pages.parts import runs_settings
    from training import jobs

    runs_settings.show(jobs.runs())


def told(preset: str, spoken: str) -> dict[str, str]:
    jobs.enqueue(Asked(("folder:/nowhere",), PRESETS[preset]))
    app = AppTest.from_function(page)
    app.query_params["lang"] = spoken
    [table] = app.run().dataframe
    return dict(table.value.itertuples(index=False))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))


def test_the_size_is_that_of_the_model_it_goes_on_from() -> None:
    quick = told("quick", "en")

    assert (quick["Picture size"], quick["It begins with"]) == ("160 × 160", "The model rupa-1")


def test_values_are_words_and_numbers_of_the_visitor() -> None:
    best = told("best", "id")

    assert "0,02" in best.values()
    assert not {"gap", "adamw", "everyday"} & set(best.values())
