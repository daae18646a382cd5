"""What tests in several rooms need: photos that lie beside the repository, where they do."""

import os
from pathlib import Path

import pytest


def _beside_the_data(name: str) -> Path:
    data = os.environ.get("RUPA_DATA")
    folder = Path(data).resolve().parent / name if data else None
    if not folder or not folder.is_dir():
        pytest.skip(f"needs the folder {name} beside RUPA_DATA, and there is none")
    return folder


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """Portraits, groups and pictures without a face."""
    return _beside_the_data("photos")


@pytest.fixture(scope="session")
def hostile_images() -> Path:
    """Files that were made to break image readers."""
    return _beside_the_data("hostile_images")
