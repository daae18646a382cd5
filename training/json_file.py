"""A JSON object out of a file that may be gone, cut off, huge or another's."""

import json
from pathlib import Path
from typing import Any


def read(path: Path, most_bytes: int) -> dict[str, Any]:
    """Raises `OSError` where it cannot be read and `ValueError` where it is no such object."""
    with path.open("rb") as file:
        data = file.read(most_bytes)
    try:
        found = json.loads(data)
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deep") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is not an object")
    return found
