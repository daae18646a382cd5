"""How a command begins that somebody is to type in the project's folder."""

import os
import sys
from pathlib import Path

from model import registry


def python() -> str:
    """The project's own environment where this runs in it: another `python` would lack the packages."""
    if Path(sys.prefix) != registry.ROOT / ".venv":
        return "python"
    return r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python"
