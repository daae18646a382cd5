"""A finished model that many tests ask and none changes, and a home with nothing in it."""

from pathlib import Path

import pytest

from model.registry import Artifact
from tests.model import small_network


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A real one, in a run's folder, that was never trained."""
    home = tmp_path_factory.mktemp("home")
    return small_network.artifact(home / "runs" / "small-1" / "model")


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own, without data sets beside it."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    return tmp_path / "home"
