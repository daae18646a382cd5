"""Finished models that many tests look at and none changes."""

from pathlib import Path

import pytest

from model.registry import Artifact
from tests.model import small_network


@pytest.fixture(scope="session")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A finished model whose last layer sees the mean of the feature map."""
    return small_network.artifact(tmp_path_factory.mktemp("models") / "pooled")


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A finished model with a hidden layer between the feature map and the answer."""
    return small_network.artifact(tmp_path_factory.mktemp("models") / "dense", head="dense")


@pytest.fixture
def models_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `RUPA_HOME`, and beside it an empty place for shipped models."""
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("model.registry.SHIPPED", tmp_path / "artifacts")
    return tmp_path
