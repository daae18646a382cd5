"""Each thing that spoils a data set is found, counted and said in one sentence; a clean one is left in peace."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.pictures import encoded, photo, pixels
from training.datasets import Dataset, HeldPhoto, in_memory
from training.fingerprints import take
from training.inspection import SENTENCES, Finding, balance, inspect, inspect_photos, inspect_table
from training.table import FEMALE, MALE, tabled


def table_only(labels: list[int], **columns: object) -> Dataset:
    table = tabled([f"{row}" for row in range(len(labels))], labels, **columns)  # type: ignore[arg-type]
    return Dataset("made", table, "", lambda row: b"")


def only(found: tuple[Finding, ...], code: str) -> Finding:
    (one,) = [finding for finding in found if finding.code == code]
    assert one.advice.endswith(".")
    assert "{" not in one.advice
    return one


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in found]


def test_nothing_is_said_of_even_classes_and_splits() -> None:
    splits = ["train"] * 400 + ["validation"] * 100 + ["test"] * 100
    dataset = table_only([0, 1] * 300, split=splits, identity=[f"p{row}" for row in range(600)])
    assert codes(inspect_table(dataset)) == []


def test_a_test_split_of_953_women_and_47_men_is_scored_by_a_constant() -> None:
    labels = [0, 1] * 500 + [0] * 953 + [1] * 47
    found = inspect_table(table_only(labels, split=["train"] * 1000 + ["test"] * 1000))
    finding = only(found, "lopsided")
    assert finding.facts["constant"] == pytest.approx(0.953)
    assert "always answering female would score 95.3%" in finding.advice
    assert finding.rows == tuple(range(1000, 2000))


def test_a_split_of_mostly_men_names_the_other_constant() -> None:
    labels = [0, 1] * 500 + [0] * 40 + [1] * 160
    found = inspect_table(table_only(labels, split=["train"] * 1000 + ["validation"] * 200))
    assert "always answering male would score 80.0%" in only(found, "lopsided").advice


def test_a_third_of_test_photos_show_people_from_training() -> None:
    people = [f"p{row % 90}" for row in range(180)] + [f"p{row}" for row in range(80, 110)]
    found = inspect_table(table_only([0, 1] * 105, split=["train"] * 180 + ["test"] * 30, identity=people))
    finding = only(found, "person_on_two_sides")
    assert finding.rows == tuple(range(180, 190))
    assert "33%" in finding.advice
    assert finding.facts["people"] == 10


@pytest.mark.parametrize(
    ("labels", "columns", "code"),
    [
        ([1] * 50, {}, "one_class"),
        ([1] * 70 + [0] * 30, {}, "uneven_classes"),
        ([0, 1] * 50, {"split": ["train"] * 80 + ["test"] * 20}, "few_in_split"),
        ([0, 1] * 50, {"split": ["train"] * 50 + ["test"] * 50}, "empty_split"),
        ([1] * 40 + [0] * 60, {"race": ["Black"] * 40 + ["White"] * 60}, "lopsided_group"),
        ([0, 1] * 50, {"split": ["test"] * 100, "race": ["Black"] * 10 + ["White"] * 90}, "small_group"),
        ([0, 1] * 50, {}, "no_groups"),
    ],
)
def test_each_fault_of_a_table_is_found(labels: list[int], columns: dict[str, object], code: str) -> None:
    found = inspect_table(table_only(labels, **columns))
    assert code in codes(found)
    assert all(finding.advice.endswith(".") for finding in found)


def test_files_without_a_label_are_told() -> None:
    dataset = replace(table_only([0, 1]), skipped=("readme.jpg",))
    assert only(inspect_table(dataset), "unlabelled").facts == {"files": 1}


def test_each_fault_of_photos_is_found() -> None:
    held = [
        HeldPhoto("a", FEMALE, photo(1), "train"),
        HeldPhoto("copy of a", FEMALE, encoded(pixels(1), "BMP"), "train"),
        HeldPhoto("b", FEMALE, photo(2), "train"),
        HeldPhoto("b in test", FEMALE, photo(2, "JPEG", (70, 70)), "test"),
        HeldPhoto("c", FEMALE, photo(3), "train"),
        HeldPhoto("c as male", MALE, photo(3), "train"),
        HeldPhoto("damaged", MALE, photo(4)[:300], "train"),
        HeldPhoto("tiny", MALE, photo(5, "PNG", (30, 40)), "test"),
        HeldPhoto("fine", MALE, photo(6), "test"),
    ]
    dataset = in_memory(held)
    prints = take(dataset, count_faces=lambda picture: 0 if np.array_equal(picture, pixels(6)) else 1)
    found = inspect_photos(dataset, prints)
    assert {finding.code: finding.rows for finding in found} == {
        "two_labels": (4, 5),
        "picture_on_two_sides": (2, 3),
        "copies": (0, 1, 4, 5),
        "near_copies": (2, 3),
        "unreadable": (6,),
        "tiny": (7,),
        "faceless": (8,),
    }
    assert [finding.severity for finding in found] == sorted(finding.severity for finding in found)
    everything = inspect(dataset, prints)
    assert set(codes(found)) < set(codes(everything))
    assert {finding.code for finding in everything} <= set(SENTENCES)


def test_seventeen_copies_among_photos_are_counted() -> None:
    held = [HeldPhoto(f"{seed}", seed % 2, photo(seed, size=(50, 50))) for seed in range(60)]
    held += [HeldPhoto(f"again {seed}", seed % 2, held[seed].data) for seed in range(17)]
    dataset = in_memory(held)
    assert only(inspect_photos(dataset, take(dataset)), "copies").facts == {"photos": 17}


def test_without_a_detector_no_photo_is_called_faceless() -> None:
    dataset = in_memory([HeldPhoto("a", FEMALE, photo(1))])
    assert codes(inspect_photos(dataset, take(dataset))) == []


def test_balance_counts_by_split_and_group() -> None:
    dataset = table_only([0, 1, 1, 0], split=["train", "train", "test", None], race=["X", None, "Y", "X"])
    assert balance(dataset.table).to_dict("index") == {
        "train": {"female": 1, "male": 1},
        "test": {"female": 0, "male": 1},
        "unsplit": {"female": 1, "male": 0},
    }
    by_race = balance(dataset.table, "race").to_dict("index")
    assert by_race["train", "unknown"] == {"female": 0, "male": 1}
    assert balance(table_only([0, 0]).table).to_dict("index") == {"unsplit": {"female": 2, "male": 0}}
