"""The faces behind a number begin on their first page, whichever faces they are."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.training.tables import about, table
from training import evaluations, prediction_table
from training.evaluations import Kept

PAGE = Path(__file__).resolve().parents[3] / "pages" / "evaluate.py"


def test_another_cell_opens_on_its_first_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "data"))
    st.cache_resource.clear()
    kept = Kept(tmp_path / "evaluation-photos-all.parquet", about(), False)
    prediction_table.write(kept.path, table(0, n=600, right=0.5), kept.about)
    monkeypatch.setattr(evaluations, "kept", lambda: [kept])
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["rupa.evaluate.cell"] = "0-1"
    app.run()
    [pages] = [
        key for key in app.session_state._state.filtered_state if key.startswith("rupa-pages-evaluate")
    ]
    app.session_state[pages] = 2
    assert "49 to 96 of" in captions(app.run())

    app.session_state["rupa.evaluate.cell"] = "1-0"

    assert "1 to 48 of" in captions(app.run())
    assert not app.exception


def captions(app: AppTest) -> str:
    return "\n".join(str(shown.value) for shown in app.caption)
