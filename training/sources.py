"""What each published parquet calls its columns, turned into our table. Labels are converted here, at the door."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from training.parquet import ParquetRows
from training.table import AGE_BANDS, FEMALE, MALE, SPLITS, Dataset, DatasetError, tabled

LICENCES = {
    "utkface": "UTKFace: for non-commercial research only; the photos may not be passed on.",
    "aaf": "All-Age-Faces: for non-commercial research only; the photos may not be passed on.",
    "celeba": "CelebA: for non-commercial research only; the photos may not be passed on.",
    "fairface": "FairFace: CC BY 4.0.",
}
FAIRFACE_RACES = (
    "East Asian",
    "Indian",
    "Black",
    "White",
    "Middle Eastern",
    "Latino_Hispanic",
    "Southeast Asian",
)
_BY_WORD = {"female": FEMALE, "male": MALE}
_MALE_IS_ZERO = {0: MALE, 1: FEMALE}
_MALE_IS_ONE = {1: MALE, 0: FEMALE, -1: FEMALE}
_NOT_ATTRIBUTES = {"celeb_id", "partition", "Male", "path", "file", "row"}


def utkface(files: list[Path]) -> Dataset:
    """Years and five race labels; `group` keeps near duplicates together."""
    return _opened("utkface", files, ["gender", "age"], _years)


def aaf(files: list[Path]) -> Dataset:
    """East Asian faces with their years."""
    return _opened("aaf", files, ["gender", "age"], _years)


def celeba(files: list[Path], name: str = "celeba", split: str | None = None) -> Dataset:
    """Celebrities, with forty attributes; `split` stands for all where the file is one split of its own."""

    def convert(frame: pd.DataFrame) -> pd.DataFrame:
        attributes = frame[[name for name in frame.columns if name not in _NOT_ATTRIBUTES]]
        partition = frame["partition"].map(dict(enumerate(SPLITS))) if "partition" in frame else _split(frame)
        return tabled(
            _ids(frame),
            _labels(frame, "Male", _MALE_IS_ONE),
            split=split or partition,
            identity="c" + frame["celeb_id"].astype(str),
            attributes=attributes.replace({-1: 0}),
        )

    return _opened(name, files, ["Male", "celeb_id"], convert)


def fairface(files: list[Path]) -> Dataset:
    """Seven race labels and nine bands of age, as class numbers in the order of the public data set."""

    def convert(frame: pd.DataFrame) -> pd.DataFrame:
        return tabled(
            _ids(frame),
            _labels(frame, "gender", _MALE_IS_ZERO),
            split=_split(frame),
            race=_named(frame, "race", FAIRFACE_RACES),
            age_band=_named(frame, "age", AGE_BANDS),
        )

    return _opened("fairface", files, ["gender", "race", "age"], convert)


def _opened(
    name: str, files: list[Path], needed: list[str], convert: Callable[[pd.DataFrame], pd.DataFrame]
) -> Dataset:
    rows = ParquetRows(files)
    licence = LICENCES[name.partition("-")[0]]
    return Dataset(name, convert(rows.frame(name, needed)), licence, rows.read, rows.stream)


def _years(frame: pd.DataFrame) -> pd.DataFrame:
    return tabled(
        _ids(frame),
        _labels(frame, "gender", _MALE_IS_ZERO),
        split=_split(frame),
        identity=frame.get("group"),
        race=frame.get("race"),
        age=frame["age"],
    )


def _ids(frame: pd.DataFrame) -> list[str]:
    """The photo's own name; where it has none, the file's and the row's."""
    numbered = frame["file"].str.removesuffix(".parquet") + "-" + frame["row"].astype(str).str.zfill(6)
    return list(frame["path"].where(frame["path"].notna(), numbered))


def _labels(frame: pd.DataFrame, column: str, numbers: Mapping[int, int]) -> np.ndarray:
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        labels = values.map(numbers.get)  # a function: pandas looks a bool up in a dict of numbers in vain
    else:
        labels = values.map(lambda value: _BY_WORD.get(str(value).lower(), numbers.get(value)))
    if labels.isna().any():
        first = frame[labels.isna()].iloc[0]
        raise DatasetError("bad_label", file=first["file"], value=first[column])
    return labels.to_numpy(dtype=np.int8)


def _named(frame: pd.DataFrame, column: str, names: tuple[str, ...]) -> pd.Series:
    """Class numbers by their names; names stay as they are."""
    if pd.api.types.is_numeric_dtype(frame[column]):
        return frame[column].map(dict(enumerate(names)))
    return frame[column].replace({"more than 70": "70+"})


def _split(frame: pd.DataFrame) -> pd.Series:
    """From the file's name: train-0.parquet, validation.parquet, valid-00000-of-00001.parquet."""
    word = frame["file"].str.extract(r"^(train|valid|validation|test)[.\-_]", expand=False)
    return word.replace({"valid": "validation"})
