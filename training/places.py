"""Where things of training lie on this computer; light, so that a page may ask without loading any table."""

import os
from pathlib import Path

from model import registry

CLOSED = (
    "Rupa cannot keep anything in its folder: nothing may be written there, or the disk lets no program have a file to "
    "itself; start Rupa with --home and another folder."
)


def data_home() -> Path:
    """Where the data sets lie: `RUPA_DATA`, or a folder of what the app keeps."""
    given = os.environ.get("RUPA_DATA")
    return Path(given) if given else registry.home() / "data" / "datasets"


def as_settings() -> dict[str, str]:
    """The same places for another process, in whichever folder it begins."""
    return {"RUPA_HOME": str(registry.home().resolve()), "RUPA_DATA": str(data_home().resolve())}


def evaluations(model: str, home: Path | None = None) -> Path:
    """Where the evaluations of this model lie that were made here."""
    return (home or registry.home()) / "data" / "evaluations" / model
