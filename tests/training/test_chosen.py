"""What is chosen opens as the same photos in the same splits, however its sources grow, and for whatever opens data."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from model import registry
from tests.model import small_network
from tests.training import pictures, portraits, queued
from tests.training.choosing import chose, folder, told
from training import (
    choices,
    chosen,
    evaluation,
    fit,
)
from training.choices import ChosenError
from training.datasets import HeldPhoto, in_memory, open_dataset
from training.table import SPLITS

pytestmark = pytest.mark.usefixtures("empty_home")


def test_it_opens_as_it_was_chosen_though_its_source_has_grown(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 20)}"
    spec = chose(source)
    before = told(open_dataset(spec))

    folder(tmp_path / "a", 20, first=20)

    assert len(open_dataset(source)) == 80
    assert told(open_dataset(spec)) == before
    assert set(before.values()) == set(SPLITS)


def test_what_was_left_out_stays_out_and_every_row_reads_its_own_photo(tmp_path: Path) -> None:
    sources = [
        f"folder:{folder(tmp_path / name / 'photos', 10, first)}" for name, first in (("a", 0), ("b", 50))
    ]
    whole = chosen.together(sources, "both")
    left = whole.part(np.setdiff1d(np.arange(40), [0, 25]))

    dataset = open_dataset(choices.keep(choices.of(chosen.dealt(left, None), sources)))

    assert dataset.name == "both"
    assert dataset.table["id"].is_unique
    assert set(whole.table["id"]) - set(dataset.table["id"]) == {whole.table["id"][0], whole.table["id"][25]}
    for row, data in dataset.scan():
        assert data == whole.read(whole.table.index[whole.table["id"] == dataset.table["id"][row]][0])


def divided(root: Path, *parts: str) -> str:
    names = [f"{part}/{label}/{n}.png" for part in parts for label in ("female", "male") for n in range(10)]
    pictures.write_folder(root, names)
    return f"folder:{root}"


def test_official_splits_stay_unless_shares_are_wished(tmp_path: Path) -> None:
    source = divided(tmp_path / "a", "train", "validation")

    kept = told(open_dataset(chose(source)))
    moved = told(open_dataset(chose(source, shares={"train": 0.5, "validation": 0.0, "test": 0.5})))

    assert all(name.startswith(part) for name, part in kept.items())
    assert set(moved.values()) == {"train", "test"}


def test_official_splits_without_anybody_to_check_by_give_some_of_those_to_learn_from(tmp_path: Path) -> None:
    kept = told(open_dataset(chose(divided(tmp_path / "a", "train", "test"))))

    assert all((part == "test") == name.startswith("test") for name, part in kept.items())
    assert list(kept.values()).count("validation") == 4


def test_one_official_part_alone_is_no_division(tmp_path: Path) -> None:
    kept = told(open_dataset(chose(divided(tmp_path / "a", "test"))))

    assert set(kept.values()) == set(SPLITS)


def test_alike_pictures_stay_on_one_side() -> None:
    dataset = in_memory([HeldPhoto(f"{n}", n % 2, b"") for n in range(60)])
    alike = np.arange(60) // 4

    split = chosen.dealt(dataset, None, alike).table["split"]

    assert split.groupby(alike).nunique().max() == 1


def test_at_most_so_many_are_as_many_women_as_men_and_the_same_again() -> None:
    dataset = in_memory([HeldPhoto(f"{n}", int(n >= 30), b"") for n in range(300)])

    part = chosen.at_most(dataset, 100, seed=3)

    assert part.table["label"].value_counts().to_dict() == {1: 70, 0: 30}
    assert list(part.table["id"]) == list(chosen.at_most(dataset, 100, seed=3).table["id"])
    assert chosen.at_most(dataset, 40).table["label"].value_counts().to_dict() == {0: 20, 1: 20}


def test_a_source_that_lost_all_of_them_is_one_sentence(tmp_path: Path) -> None:
    spec = chose(f"folder:{folder(tmp_path / 'a', 10)}")
    shutil.rmtree(tmp_path / "a")
    folder(tmp_path / "a", 3, first=90)

    with pytest.raises(ChosenError) as refused:
        open_dataset(spec)

    assert refused.value.code == "chosen_lost"


@pytest.mark.parametrize(
    ("women", "men", "code"),
    [(0, 30, "chosen_one_class"), (2, 1, "chosen_too_few"), (9, 30, "chosen_too_few")],
)
def test_too_few_to_learn_from_are_refused(women: int, men: int, code: str) -> None:
    dataset = in_memory([HeldPhoto(f"{n}", int(n >= women), b"") for n in range(women + men)])

    with pytest.raises(ChosenError) as refused:
        chosen.check(chosen.dealt(dataset, None).table)

    assert refused.value.code == code


def test_a_split_without_anybody_to_check_by_is_refused() -> None:
    dataset = in_memory([HeldPhoto(f"{n}", n % 2, b"") for n in range(40)])
    chosen.check(chosen.dealt(dataset, None).table)

    with pytest.raises(ChosenError) as refused:
        chosen.check(chosen.dealt(dataset, {"train": 1.0, "validation": 0.0, "test": 0.0}).table)

    assert refused.value.code == "chosen_no_check"


def test_a_run_learns_from_it_is_judged_on_it_and_its_evaluation_opens_it_again(
    tmp_path: Path, empty_home: Path
) -> None:
    photos = tmp_path / "faces"
    for label in ("female", "male"):
        (photos / label).mkdir(parents=True)
        for n in range(12):
            (photos / label / f"{n}.png").write_bytes(portraits.face(n % 6) + bytes(n))
    spec = chose(f"folder:{photos}", name="class 7")

    run = empty_home / "runs" / "mine"
    small_network.artifact(empty_home / "runs" / "small-1" / "model")
    fit.begin(run, [spec], queued.TINY, "mine")
    assert fit.go_on(run) == "done"

    [judged] = fit.judged_of(run)
    assert judged.spec == spec
    assert set(judged.dataset.table["split"][judged.rows]) == {"test"}
    [kept] = list((run / "model").glob("evaluation-*.parquet"))
    assert kept.name.startswith("evaluation-class-7-")
    assert evaluation.spec_of(spec) == spec
    assert choices.in_use() == frozenset()


def test_a_zip_that_is_chosen_opens_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for n in range(24):
            made.writestr(f"{'female' if n % 2 else 'male'}/{n}.png", pictures.photo(n))

    spec = chose(f"zip:{tmp_path / 'a.zip'}")

    assert len(open_dataset(spec)) == 24
    assert (
        json.loads((registry.home() / "data" / "chosen" / f"{spec[7:]}.json").read_text())["name"] == "mine"
    )
