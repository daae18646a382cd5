"""`open_dataset(spec)`: labelled photos from any source as one table that streams.

`utkface`, `aaf`, `celeba`, `celeba-in-the-wild` and `fairface` lie in folders of their own under `RUPA_DATA`;
`folder:PATH` and `zip:PATH` are a person's own photos.
"""

import os
from pathlib import Path

from model import registry
from training import sources
from training.folders import open_folder
from training.table import Dataset, DatasetError

__all__ = ["KNOWN", "Dataset", "DatasetError", "data_home", "open_dataset"]

KNOWN = ("utkface", "aaf", "celeba", "celeba-in-the-wild", "fairface")
_BY_HAND = "ask its authors for it, and put it there as they publish it."
_ADVICE = {
    "fairface": "fetch them by python -m training prepare fairface.",
    "celeba": "fetch them by python -m training prepare celeba.",
}


def data_home() -> Path:
    """Where the data sets lie: `RUPA_DATA`, or a folder of what the app keeps."""
    given = os.environ.get("RUPA_DATA")
    return Path(given) if given else registry.home() / "data" / "datasets"


def open_dataset(spec: str, home: Path | None = None) -> Dataset:
    """The data set of this name or place."""
    kind, _, place = spec.partition(":")
    if kind == "folder" and place:
        return open_folder(Path(place))
    if spec not in KNOWN:
        raise DatasetError("unknown_dataset", spec=spec[:80], known=", ".join(KNOWN))
    return _published(spec, home or data_home())


def _published(name: str, home: Path) -> Dataset:
    folder = home / name.partition("-")[0]
    files = sorted(folder.rglob("*.parquet")) if folder.is_dir() else []
    wild = [file for file in files if file.name == "in_the_wild.parquet"]
    aligned = [file for file in files if file not in wild]
    if name == "celeba-in-the-wild" and wild:
        return sources.celeba(wild, name, split="test")
    if name == "celeba" and aligned:
        return sources.celeba(aligned)
    if name == "utkface" and files:
        return sources.utkface(files)
    if name == "aaf" and files:
        return sources.aaf(files)
    if name == "fairface" and files:
        return sources.fairface(files)
    if name != "celeba-in-the-wild" and folder.is_dir() and any(folder.iterdir()):
        return open_folder(folder, name)
    raise DatasetError("not_there", name=name, folder=folder, advice=_ADVICE.get(name, _BY_HAND))
