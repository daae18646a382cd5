"""A home in which the app has kept nothing yet, for tests of pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from tests.training import jobs


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the app will keep things, on a computer without data sets; nothing is left at work."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path / "home"
    jobs.kill_all()
