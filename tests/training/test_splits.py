"""Never one person or one picture on two sides, shares as asked, the same seed the same split."""

from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.pictures import encoded, photo, pixels
from training.datasets import HeldPhoto, in_memory
from training.fingerprints import same_picture, take
from training.splits import SplitError, kin, resplit, split
from training.table import SPLITS, tabled


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with some people known, some pictures repeated, and some official splits that respect both."""
    count = draw(st.integers(1, 80))
    random = draw(st.randoms(use_true_random=False))
    people = [random.choice([None, random.randrange(30)]) for _ in range(count)]
    pictures = np.array([random.randrange(60) for _ in range(count)])
    labels = [random.randrange(2) for _ in range(count)]
    table = tabled(
        [f"{number}.jpg" for number in range(count)],
        labels,
        identity=[None if person is None else f"p{person}" for person in people],
    )
    groups = kin(table, pictures)
    official = {group: random.choice([None, None, *SPLITS]) for group in groups.tolist()}
    said = [random.random() < 0.5 for _ in range(count)]
    table["split"] = pd.Series(
        [official[group] if say else None for group, say in zip(groups.tolist(), said, strict=True)],
        dtype="str",
    )
    return table, pictures


@settings(max_examples=60)
@given(tables(), st.integers(0, 5), st.booleans())
def test_no_person_and_no_picture_is_on_two_sides(
    made: tuple[pd.DataFrame, np.ndarray], seed: int, official: bool
) -> None:
    table, pictures = made
    splits = split(table, same_picture=pictures, seed=seed, official=official)
    assert splits.isin(SPLITS).all()
    assert splits.groupby(pictures).nunique().max() == 1
    people = splits.groupby(table["identity"]).nunique()
    assert people.empty or people.max() == 1
    if official:
        said = table["split"].notna()
        assert (splits[said] == table.loc[said, "split"]).all()


@settings(max_examples=40)
@given(
    tables(),
    st.randoms(use_true_random=False),
    st.sampled_from([(0.7, 0.2, 0.1), (0.5, 0.25, 0.25), (0.8, 0, 0.2)]),
)
def test_shares_hold_in_each_class_and_rows_may_come_in_any_order(
    made: tuple[pd.DataFrame, np.ndarray], random: Random, parts: tuple[float, float, float]
) -> None:
    table, pictures = made
    shares = dict(zip(SPLITS, parts, strict=True))
    splits = split(table, same_picture=pictures, shares=shares, official=False)
    largest = np.bincount(kin(table, pictures)).max()
    for label, own in splits.groupby(table["label"]):
        for name, share in shares.items():
            wanted = share * (table["label"] == label).sum()
            assert abs((own == name).sum() - wanted) <= largest + 1, (name, label)

    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = split(
        table.iloc[order].reset_index(drop=True),
        same_picture=pictures[order],
        shares=shares,
        official=False,
    )
    assert shuffled.tolist() == splits.iloc[order].tolist()


def test_a_thousand_strangers_are_split_exactly() -> None:
    table = tabled([f"{number:04d}" for number in range(1000)], [0] * 600 + [1] * 400)
    counts = split(table, seed=3).groupby(table["label"]).value_counts().unstack()
    assert counts.loc[0].to_dict() == {"test": 60, "train": 420, "validation": 120}
    assert counts.loc[1].to_dict() == {"test": 40, "train": 280, "validation": 80}


def test_another_seed_is_another_split() -> None:
    table = tabled([f"{number:04d}" for number in range(200)], [0, 1] * 100)
    assert split(table, seed=1).tolist() == split(table, seed=1).tolist()
    assert split(table, seed=1).tolist() != split(table, seed=2).tolist()


def test_people_with_many_photos_are_in_every_split() -> None:
    people = [person for person in range(60) for _ in range(1 + person % 15)]
    table = tabled(
        [f"{row:04d}" for row in range(len(people))],
        [p % 2 for p in people],
        identity=[f"p{p}" for p in people],
    )
    photos = table.groupby("identity")["id"].transform("size")
    means = photos.groupby(split(table)).mean()
    assert means.max() < 1.4 * means.min()


def test_a_table_with_official_splits_stays_as_it_is() -> None:
    table = tabled(["a", "b", "c"], [0, 1, 0], split=["train", "test", "test"])
    assert split(table).tolist() == ["train", "test", "test"]


def test_kin_of_an_official_row_goes_where_it_is() -> None:
    table = tabled(
        ["a", "b", "c", "d"],
        [0, 1, 0, 1],
        split=["test", None, None, "validation"],
        identity=["x", "y", "x", "y"],
    )
    assert split(table).tolist() == ["test", "validation", "test", "validation"]


def test_strata_of_race_are_all_in_every_split() -> None:
    table = tabled([f"{row:03d}" for row in range(600)], [0, 1] * 300, race=["Black", "White", "Asian"] * 200)
    splits = split(table, by=("label", "race"))
    assert (pd.crosstab([table["label"], table["race"]], splits)[list(SPLITS)] == [70, 20, 10]).all().all()


def test_a_copy_and_a_shrunk_copy_stay_with_their_picture() -> None:
    photos = [HeldPhoto(f"{seed}", seed % 2, photo(seed)) for seed in range(40)]
    for seed in range(0, 40, 2):
        photos.append(HeldPhoto(f"copy{seed}", 0, encoded(pixels(seed), "BMP")))
        photos.append(HeldPhoto(f"small{seed}", 0, photo(seed, "JPEG", (60, 60))))
    dataset = in_memory(photos)
    same = same_picture(take(dataset))
    split_set = resplit(dataset, split(dataset.table, same_picture=same, shares={"train": 0.5, "test": 0.5}))
    sides = dict(zip(split_set.table["id"], split_set.table["split"], strict=True))
    assert set(sides.values()) == {"train", "test"}
    assert all(sides[f"{seed}"] == sides[f"copy{seed}"] == sides[f"small{seed}"] for seed in range(0, 40, 2))
    assert split_set.read(41) == dataset.read(41)


@pytest.mark.parametrize(
    "shares", [{"train": 0.5, "test": 0.4}, {"train": 1.2, "test": -0.2}, {"learn": 1.0}, {}]
)
def test_shares_that_are_none_are_one_sentence(shares: dict[str, float]) -> None:
    with pytest.raises(SplitError) as problem:
        split(tabled(["a"], [0]), shares=shares)
    assert problem.value.code == "bad_shares"
