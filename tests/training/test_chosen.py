"""What is chosen opens as the same photos in the same splits, however its sources grow, and for whatever opens data."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from model import images, registry
from tests.model import small_network
from tests.training import disks, pictures, portraits, queued, tables
from training import (
    background,
    chosen,
    collection,
    crop_folders,
    evaluation,
    evaluations,
    fit,
    inspect_seen,
    inspection,
    jobs,
    mistakes,
    prediction_table,
    run_state,
)
from training.chosen import Choice, ChosenError
from training.collection import CollectionError
from training.datasets import Dataset, HeldPhoto, in_memory, open_dataset
from training.recipe import PRESETS, Recipe
from training.table import SPLITS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    return tmp_path / "home"


def folder(root: Path, each: int, first: int = 0) -> Path:
    pictures.write_folder(
        root, [f"{label}/{first + n}.png" for label in ("female", "male") for n in range(each)]
    )
    return root


def chose(*sources: str, name: str = "mine", shares: dict[str, float] | None = None) -> str:
    return chosen.keep(chosen.of(chosen.dealt(chosen.together(sources, name), shares), sources))


def told(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.table["id"], dataset.table["split"], strict=True))


def test_it_opens_as_it_was_chosen_though_its_source_has_grown(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 20)}"
    spec = chose(source)
    before = told(open_dataset(spec))

    folder(tmp_path / "a", 20, first=20)

    assert len(open_dataset(source)) == 80
    assert told(open_dataset(spec)) == before
    assert set(before.values()) == set(SPLITS)


def test_choices_that_nobody_needs_are_dropped_after_a_rest(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 20)}"
    learnt, measured, left, again = (
        chose(source, name=name) for name in ("learnt", "measured", "left", "again")
    )
    run_state.begin(registry.home() / "runs" / "run", [learnt], Recipe(), "run")
    of = evaluations.folder("mine") / "evaluation-measured.parquet"
    prediction_table.write(of, tables.table(n=20), tables.about(spec=measured))
    for path in (registry.home() / "data" / "chosen").iterdir():
        os.utime(path, (1e9, 1e9))

    chose(source, name="again")

    there = [bool(chosen.name_of(spec)) for spec in (learnt, measured, left, again)]
    assert there == [True, True, False, True]


def test_nobody_keeps_a_choice_while_another_drops_some(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, free = f"folder:{folder(tmp_path / 'a', 20)}", []
    kept = home / "data" / "chosen"
    os.utime(kept / f"{chose(source).removeprefix(chosen.PREFIX)}.json", (1e9, 1e9))

    def nobody() -> list[run_state.Run]:
        with background.alone(kept) as mine:
            free.append(mine)
        return []

    monkeypatch.setattr(jobs, "runs", nobody)
    chose(source, name="another")

    assert free == [False]


def test_what_was_left_out_stays_out_and_every_row_reads_its_own_photo(tmp_path: Path) -> None:
    sources = [
        f"folder:{folder(tmp_path / name / 'photos', 10, first)}" for name, first in (("a", 0), ("b", 50))
    ]
    whole = chosen.together(sources, "both")
    left = whole.part(np.setdiff1d(np.arange(40), [0, 25]))

    dataset = open_dataset(chosen.keep(chosen.of(chosen.dealt(left, None), sources)))

    assert dataset.name == "both"
    assert dataset.table["id"].is_unique
    assert set(whole.table["id"]) - set(dataset.table["id"]) == {whole.table["id"][0], whole.table["id"][25]}
    for row, data in dataset.scan():
        assert data == whole.read(whole.table.index[whole.table["id"] == dataset.table["id"][row]][0])


def test_the_same_choice_is_one_file_and_another_another(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 12)}"

    assert chose(source) == chose(source)
    assert chose(source) != chose(source, shares={"train": 0.5, "validation": 0.5, "test": 0.0})


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


@pytest.mark.parametrize("harm", ["gone", "changed", "not json", "a path", "a choice of choices"])
def test_what_this_program_did_not_write_is_never_opened(tmp_path: Path, home: Path, harm: str) -> None:
    spec = chose(f"folder:{folder(tmp_path / 'a', 10)}")
    path = home / "data" / "chosen" / f"{spec.removeprefix(chosen.PREFIX)}.json"
    if harm == "gone":
        path.unlink()
    elif harm == "changed":
        path.write_text(path.read_text().replace("mine", "ours"))
    elif harm == "not json":
        path.write_bytes(b"\x80" * 100)
    elif harm == "a path":
        spec = "chosen:../../etc/passwd"
    else:
        spec = chosen.keep(Choice("x", (spec,), dict.fromkeys(SPLITS, ("a",))))

    with pytest.raises(ChosenError) as refused:
        open_dataset(spec)

    assert refused.value.code == "chosen_gone"


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
    tmp_path: Path, home: Path
) -> None:
    photos = tmp_path / "faces"
    for label in ("female", "male"):
        (photos / label).mkdir(parents=True)
        for n in range(12):
            (photos / label / f"{n}.png").write_bytes(portraits.face(n % 6) + bytes(n))
    spec = chose(f"folder:{photos}", name="class 7")

    run = home / "runs" / "mine"
    small_network.artifact(home / "runs" / "small-1" / "model")
    fit.begin(run, [spec], queued.TINY, "mine")
    assert fit.go_on(run) == "done"

    [judged] = fit.judged_of(run)
    assert judged.spec == spec
    assert set(judged.dataset.table["split"][judged.rows]) == {"test"}
    [kept] = list((run / "model").glob("evaluation-*.parquet"))
    assert kept.name.startswith("evaluation-class-7-")
    assert evaluation.spec_of(spec) == spec
    assert chosen.in_use() == frozenset()


def test_a_choice_is_read_once_to_be_named_and_not_named_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = chose(f"folder:{folder(tmp_path / 'a', 12)}")
    name = chosen.name_of(spec)
    with monkeypatch.context() as unread:
        unread.delattr(chosen, "find")
        assert chosen.name_of(spec) == name != ""

    next(tmp_path.rglob(f"{spec.removeprefix(chosen.PREFIX)}.json")).unlink()

    assert chosen.name_of(spec) == ""


def test_the_sources_of_runs_that_wait_are_in_use(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 12)}"
    run = jobs.enqueue(jobs.Asked((chose(source), "celeba"), PRESETS["quick"]))

    assert chosen.in_use() == {source, "celeba"}
    queued.die(run)
    assert chosen.in_use() == {source, "celeba"}
    jobs.stop(run)
    assert chosen.in_use() == frozenset()


def test_kept_photos_have_no_metadata_are_there_once_and_can_be_added_to() -> None:
    photo = collection.encoded(pictures.photo(1))
    kept = collection.add(
        [("female", photo), ("female", photo), ("male", collection.encoded(pictures.photo(2)))]
    )
    assert (kept.women, kept.men) == (1, 1)

    more = collection.add([("male", collection.encoded(pictures.photo(3)))], kept.id)

    assert (more.id, more.women, more.men) == (kept.id, 1, 2)
    assert len(open_dataset(more.spec)) == 3
    assert collection.all_kept() == [more]


def test_a_photo_is_kept_upright_and_without_where_it_was_taken(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera with a name"
    Image.fromarray(pictures.pixels(1, (60, 40))).save(tmp_path / "a.jpg", exif=exif)

    made = collection.encoded((tmp_path / "a.jpg").read_bytes())

    assert b"a camera with a name" not in made
    (tmp_path / "b.jpg").write_bytes(made)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (40, 60)
        assert not image.getexif()


def test_photos_that_a_run_waits_for_are_not_deleted() -> None:
    photos = [
        (label, collection.encoded(pictures.photo(n))) for n, label in enumerate(["female", "male"] * 10)
    ]
    kept = collection.add(photos)
    run = jobs.enqueue(jobs.Asked((chose(kept.spec),), PRESETS["quick"]))

    with pytest.raises(CollectionError) as refused:
        collection.delete(kept.id)
    assert refused.value.code == "collection_in_use"
    jobs.stop(run)
    cut = crop_folders.root(registry.home()) / "mine-0123"
    crop_folders.use(cut, dict.fromkeys(chosen.together([kept.spec], "mine").part([0]).sources, ""))
    black = np.zeros((9, 9, 3), np.uint8)
    mistakes.write(run.folder, 1, np.ones(1, np.float32), np.zeros(1, np.int32), lambda at: [black])
    collection.delete(kept.id)

    assert collection.all_kept() == []
    assert not cut.exists()
    assert mistakes.read(run.folder) is None
    with pytest.raises(CollectionError):
        open_dataset(kept.spec)


@pytest.mark.parametrize("name", [".new-0123456789ab", ".deleted-0123456789ab"])
def test_photos_that_an_interrupted_process_left_are_swept_when_somebody_looks(home: Path, name: str) -> None:
    left = home / "data" / "collections" / name / "female"
    left.mkdir(parents=True)
    (left / "0.jpg").write_bytes(pictures.photo(0))

    assert collection.all_kept() == []
    assert not left.parent.exists()


def test_more_than_may_be_kept_leaves_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = collection.add([("female", b"one")])
    monkeypatch.setattr(collection, "MAX_PHOTOS", 2)

    with pytest.raises(CollectionError) as refused:
        collection.add([("male", b"two"), ("male", b"three")], kept.id)

    assert refused.value.code == "collection_full"
    assert collection.all_kept() == [kept]


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with disks.of_size(tmp_path / "small", mb=1) as place:
        monkeypatch.setenv("RUPA_HOME", str(place))
        yield place


def test_a_full_disk_is_one_sentence_and_leaves_nothing(full_disk: Path, tmp_path: Path) -> None:
    kept = collection.add([("female", b"one")])
    big = [("male", bytes([n]) * 300_000) for n in range(5)]

    with pytest.raises(CollectionError) as refused:
        collection.add(big, kept.id)
    assert refused.value.code == "collection_no_room"
    assert collection.all_kept() == [kept]
    left = (full_disk / "data" / "collections").iterdir()
    assert [path.name for path in left if path.name != ".lock"] == [kept.id]

    disks.fill(full_disk)
    with pytest.raises(ChosenError) as vain:
        chose(f"folder:{folder(tmp_path / 'a', 10)}")
    assert vain.value.code == "chosen_not_kept"


def test_what_was_seen_is_of_these_photos_alone(tmp_path: Path) -> None:
    source = f"folder:{folder(tmp_path / 'a', 3)}"
    dataset = open_dataset(source)
    path = inspect_seen.place(dataset, [source])
    inspect_seen.write(path, inspect_seen.look(dataset))
    assert inspect_seen.read(path, 6) is not None
    assert inspect_seen.read(path, 5) is None

    (tmp_path / "a" / "male" / "0.png").write_bytes(pictures.photo(99))

    assert inspect_seen.place(open_dataset(source), [source]) != path


def test_leaving_photos_out_keeps_the_others_alike() -> None:
    same, other = pictures.photo(1), pictures.photo(2)
    dataset = in_memory([HeldPhoto(f"{n}", n % 2, same if n != 2 else other) for n in range(5)])
    seen = inspect_seen.look(dataset)
    assert seen.same.tolist() == [[0, 1], [0, 3], [0, 4]]

    left = seen.part(np.array([1, 2, 3, 4]))

    assert left.same.tolist() == [[0, 2], [2, 3]]
    assert len(set(left.groups()[[0, 2, 3]])) == 1
    [copies] = [f for f in inspection.inspect_seen(dataset.part([1, 2, 3, 4]), left) if f.code == "copies"]
    assert copies.facts["photos"] == 2


def test_ten_thousand_of_one_photo_are_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "a" / "female" / "0.png"
    first.parent.mkdir(parents=True)
    (tmp_path / "a" / "male").mkdir()
    first.write_bytes(portraits.face())
    for n in range(1, 10_000):
        os.link(first, tmp_path / "a" / ("female" if n % 2 else "male") / f"{n}.png")
    dataset = open_dataset(f"folder:{tmp_path / 'a'}")

    load = Mock(wraps=images.load)
    monkeypatch.setattr(images, "load", load)

    seen = inspect_seen.look(dataset)
    found = inspection.inspect_both(dataset, seen)

    assert load.call_count == 1
    assert (seen.faces == 1).all()
    assert {"copies", "two_labels"} <= {finding.code for finding in found}
    assert len(inspection.spare(next(f for f in found if f.code == "copies"), dataset.table, seen)) == 9_999


def test_a_zip_that_is_chosen_opens_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for n in range(24):
            made.writestr(f"{'female' if n % 2 else 'male'}/{n}.png", pictures.photo(n))

    spec = chose(f"zip:{tmp_path / 'a.zip'}")

    assert len(open_dataset(spec)) == 24
    assert (
        json.loads((registry.home() / "data" / "chosen" / f"{spec[7:]}.json").read_text())["name"] == "mine"
    )


def test_of_what_was_seen_only_the_newest_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_seen, "KEPT", 2)
    none = np.empty((0, 2), np.int64)
    seen = inspect_seen.Seen(np.ones(1, bool), np.ones((1, 2), np.int64), np.ones(1, np.int64), none, none)
    places = [home / "data" / "inspections" / f"{n}.npz" for n in range(3)]
    for turn, place in enumerate(places):
        inspect_seen.write(place, seen)
        if place.exists():
            os.utime(place, (turn, turn))

    assert [place.exists() for place in places] == [False, True, True]
