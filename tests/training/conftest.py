"""A finished model that many tests ask and none changes."""

import pytest

from model.registry import Artifact
from tests.model import small_network


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A real one, in a run's folder, that was never trained."""
    home = tmp_path_factory.mktemp("home")
    return small_network.artifact(home / "runs" / "small-1" / "model")
