"""Photos in plain folders: a person's own (female/ and male/), and UTKFace, All-Age-Faces and CelebA as published.

Links are not followed and hidden files not seen. What a name says is believed only where all of it can be read;
files without a label that can be read are listed as skipped.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from model.images import MAX_BYTES
from training.sources import LICENCES
from training.table import FEMALE, MALE, SPLITS, Dataset, DatasetError, tabled

MAX_FILES = 1_000_000
MANY = 5_000  # files and folders; to look through more takes longer than a page may
PHOTO_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp")
)
CLASSES = {
    **dict.fromkeys(("female", "females", "woman", "women", "perempuan", "wanita", "0"), FEMALE),
    **dict.fromkeys(("male", "males", "man", "men", "laki-laki", "lakilaki", "laki", "pria", "1"), MALE),
}
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training", "latih"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "validasi"), "validation"),
    **dict.fromkeys(("test", "testing", "uji"), "test"),
}
_UTKFACE_RACES = ("White", "Black", "Asian", "Indian", "Other")
_UTKFACE_NAME = re.compile(r"(?P<age>\d{1,3})_(?P<gender>[01])_(?P<race>[0-4])_\d+")
_AAF_NAME = re.compile(r"(?P<number>\d{5})A(?P<age>\d{2,3})\.")
_LAST_WOMAN_OF_AAF = 7380


@dataclass(frozen=True)
class Files:
    """Photos under one folder, by their relative names."""

    root: Path
    names: tuple[str, ...]

    def read(self, row: int) -> bytes:
        """At most a byte more than a photo may have, which its loader then refuses."""
        try:
            with (self.root / self.names[row]).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise DatasetError("photo_gone", id=self.names[row]) from error


def open_folder(root: Path, name: str | None = None) -> Dataset:
    """The data set in this folder, whichever of the known arrangements it has."""
    if not is_folder(root):
        raise DatasetError("no_folder", path=root)
    names = _photos(root)
    if not names:
        raise DatasetError("no_photos", path=root)
    name = name or root.name
    for arranged in (_by_class, _celeba, _utkface, _aaf):
        dataset = arranged(root, names, name)
        if dataset:
            return dataset
    raise DatasetError("no_classes", path=root)


def is_folder(path: Path) -> bool:
    """Whether it is there; a name that no file can have, or a place that one may not look into, is not."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_large(root: Path) -> bool:
    """Whether it holds more than `MANY`, which is known without looking through all of it."""
    seen = 0
    for _, below, files in os.walk(root, followlinks=False):
        seen += len(below) + len(files)
        if seen > MANY:
            return True
    return False


def class_and_split(parts: Iterable[str]) -> tuple[int, str | None] | None:
    """What the folders above a photo say: its label, and its split where one is named."""
    split = None
    for part in parts:
        word = part.strip().lower().replace("_", "-").replace(" ", "-")
        if word in CLASSES:
            return CLASSES[word], split
        split = SPLIT_WORDS.get(word, split)
    return None


def _photos(root: Path) -> list[str]:
    names: list[str] = []
    seen = 0
    for folder, below, files in os.walk(root, followlinks=False):
        below[:] = sorted(one for one in below if not one.startswith((".", "__MACOSX")))
        seen += len(files)
        if seen > MAX_FILES:
            raise DatasetError("too_many_photos", path=root, most=MAX_FILES)
        for file in sorted(files):
            path = Path(folder, file)
            if (
                path.suffix.lower() in PHOTO_SUFFIXES
                and not file.startswith(".")
                and not os.path.islink(path)
            ):
                names.append(path.relative_to(root).as_posix())
    return names


def _dataset(
    root: Path, name: str, licence: str, names: list[str], table: pd.DataFrame, kept: Iterable[str]
) -> Dataset:
    skipped = tuple(sorted(set(names) - set(kept)))
    return Dataset(name, table, licence, Files(root, tuple(kept)).read, skipped=skipped)


def _by_class(root: Path, names: list[str], name: str) -> Dataset | None:
    known = {each: class_and_split(each.split("/")[:-1]) for each in names}
    found = {each: said for each, said in known.items() if said}
    if not found:
        return None
    table = tabled(
        list(found), [label for label, _ in found.values()], split=[split for _, split in found.values()]
    )
    return _dataset(root, name, "Your own photos.", names, table, found)


def _utkface(root: Path, names: list[str], name: str) -> Dataset | None:
    matched = {each: _UTKFACE_NAME.match(each.rpartition("/")[2]) for each in names}
    found = {each: match for each, match in matched.items() if match}
    if not found:
        return None
    table = tabled(
        list(found),
        [MALE if match["gender"] == "0" else FEMALE for match in found.values()],
        race=[_UTKFACE_RACES[int(match["race"])] for match in found.values()],
        age=[int(match["age"]) for match in found.values()],
    )
    return _dataset(root, name, LICENCES["utkface"], names, table, found)


def _aaf(root: Path, names: list[str], name: str) -> Dataset | None:
    """As published, the pictures lie there twice: `original images`, and aligned ones beside them."""
    originals = [each for each in names if "original images" in each.split("/")]
    matched = {each: _AAF_NAME.match(each.rpartition("/")[2]) for each in originals or names}
    found = {each: match for each, match in matched.items() if match}
    if not found:
        return None
    listed = {
        **dict.fromkeys(_listed(root, "val"), "validation"),
        **dict.fromkeys(_listed(root, "train"), "train"),
    }
    table = tabled(
        list(found),
        [FEMALE if int(match["number"]) <= _LAST_WOMAN_OF_AAF else MALE for match in found.values()],
        split=[listed.get(each.rpartition("/")[2]) for each in found],
        age=[int(match["age"]) for match in found.values()],
    )
    return _dataset(root, name, LICENCES["aaf"], originals or names, table, found)


def _listed(root: Path, split: str) -> list[str]:
    """The names in All-Age-Faces' own list of a split; each stands before its label."""
    list_file = _beneath(root, f"{split}.txt")
    if not list_file:
        return []
    try:
        text = list_file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise DatasetError("bad_list", file=list_file.name) from error
    return [line.split()[0] for line in text.splitlines() if line.strip()]


def _celeba(root: Path, names: list[str], name: str) -> Dataset | None:
    attributes = _celeba_list(root, "list_attr_celeba")
    if attributes is None or "Male" not in attributes:
        return None
    aligned = [each for each in names if "img_align_celeba" in each.split("/")] or names
    found = [each for each in aligned if each.rpartition("/")[2] in attributes.index]
    if not found:
        return None
    files = [each.rpartition("/")[2] for each in found]
    partition = _celeba_list(root, "list_eval_partition")
    identity = _celeba_list(root, "identity_CelebA")
    flags = attributes.loc[files].reset_index(drop=True) == 1
    table = tabled(
        found,
        np.where(flags["Male"], MALE, FEMALE),
        split=None if partition is None else partition.iloc[:, 0].reindex(files).map(dict(enumerate(SPLITS))),
        identity=None if identity is None else _prefixed(identity.iloc[:, 0].reindex(files)),
        attributes=flags.drop(columns="Male"),
    )
    return _dataset(root, name, LICENCES["celeba"], aligned, table, found)


def _prefixed(people: pd.Series) -> pd.Series:
    return ("c" + people.astype("Int64").astype("str")).where(people.notna())


def _celeba_list(root: Path, stem: str) -> pd.DataFrame | None:
    """A list by file name; as published (.txt), or as Kaggle has it (.csv)."""
    path = _beneath(root, f"{stem}.txt") or _beneath(root, f"{stem}.csv")
    if not path:
        return None
    try:
        if path.suffix == ".csv":
            table = pd.read_csv(path, index_col=0)
        elif stem == "list_attr_celeba":
            table = pd.read_csv(path, sep=r"\s+", skiprows=1)
        else:
            table = pd.read_csv(path, sep=r"\s+", header=None, index_col=0)
        return table.astype(np.int64)
    except (OSError, ValueError) as error:
        raise DatasetError("bad_list", file=path.name) from error


def _beneath(root: Path, name: str) -> Path | None:
    """This file, in the folder or at most two folders down (Anno/, Eval/, image sets/)."""
    for pattern in (name, f"*/{name}", f"*/*/{name}"):
        found = sorted(
            path for path in root.glob(pattern) if os.path.isfile(path) and not os.path.islink(path)
        )
        if found:
            return found[0]
    return None
