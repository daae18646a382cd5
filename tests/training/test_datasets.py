"""Every source gives the same table, labels are right whatever the source calls them, and photos stream."""

import os
import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from model.card import LABELS
from tests.training.pictures import photo, write_folder, write_parquet
from training import datasets, folders
from training.datasets import DatasetError, HeldPhoto, in_memory, joined, open_dataset
from training.parquet import ParquetRows
from training.table import AGE_BANDS, SENTENCES, bands

FEMALE, MALE = LABELS.index("female"), LABELS.index("male")
FAIRFACE_AGES = [0, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = os.environ.get("RUPA_DATA")
    if not folder or not Path(folder, "utkface").is_dir():
        pytest.skip("needs the data sets in RUPA_DATA, and there are none")
    return Path(folder)


@pytest.fixture
def fairface(tmp_path: Path) -> Path:
    """FairFace's public columns, in miniature: all bands of age, all races, 0 = Male."""
    for split, first in (("train-00000-of-00002", 0), ("train-00001-of-00002", 9), ("validation-00000", 18)):
        write_parquet(
            tmp_path / "fairface" / f"{split}.parquet",
            [photo(seed) for seed in range(first, first + 9)],
            [None] * 9,
            {
                "age": FAIRFACE_AGES,
                "gender": [0, 1] * 4 + [0],
                "race": [0, 1, 2, 3, 4, 5, 6, 0, 1],
                "service_test": [False] * 9,
            },
        )
    return tmp_path


def codes(problem: pytest.ExceptionInfo[DatasetError]) -> str:
    assert "{" not in str(problem.value)
    return problem.value.code


@pytest.mark.parametrize(
    ("name", "photos", "splits"),
    [
        ("utkface", 22131, {"train", "validation"}),
        ("aaf", 12657, {"train", "validation"}),
        ("celeba", 5000, {"train", "validation", "test"}),
        ("celeba-in-the-wild", 300, {"test"}),
    ],
)
def test_the_sets_at_hand_open_whole(shared_data: Path, name: str, photos: int, splits: set[str]) -> None:
    dataset = open_dataset(name, shared_data)
    assert len(dataset) == photos
    assert set(dataset.table["split"]) == splits
    assert dataset.table["id"].is_unique
    assert dataset.table["identity"].notna().all()
    assert set(dataset.table["label"]) == {FEMALE, MALE}


def test_names_and_columns_of_utkface_agree_on_gender(shared_data: Path) -> None:
    table = open_dataset("utkface", shared_data).table
    male_by_name = table["id"].str.split("_").str[1] == "0"
    assert (male_by_name == (table["label"] == MALE)).all()


def test_numbers_and_columns_of_all_age_faces_agree_on_gender(shared_data: Path) -> None:
    table = open_dataset("aaf", shared_data).table
    woman_by_number = table["id"].str[:5].astype(int) <= 7380
    assert (woman_by_number == (table["label"] == FEMALE)).all()


def test_beards_of_celeba_are_on_men(shared_data: Path) -> None:
    table = open_dataset("celeba", shared_data).table
    assert table.loc[table["attr_goatee"].fillna(False), "label"].eq(MALE).all()
    assert "attr_male" not in table


def test_a_scan_gives_what_reading_gives_in_stored_order(shared_data: Path) -> None:
    dataset = open_dataset("celeba-in-the-wild", shared_data)
    rows = [250, 3, 77, 3]
    scanned = list(dataset.scan(rows))
    assert [row for row, _ in scanned] == [3, 77, 250]
    assert all(data == dataset.read(row) and data[8:12] == b"WEBP" for row, data in scanned)


def test_a_scan_keeps_no_photos(shared_data: Path) -> None:
    dataset = open_dataset("aaf", shared_data)
    before, peak, total = pa.total_allocated_bytes(), 0, 0
    tracemalloc.start()
    for _, data in dataset.scan():
        total += len(data)
        peak = max(peak, pa.total_allocated_bytes() - before)
    peak += tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 30_000_000
    assert peak < 10_000_000


def test_threads_read_the_same_photos(shared_data: Path) -> None:
    dataset = open_dataset("celeba-in-the-wild", shared_data)
    expected = dict(dataset.scan())
    with ThreadPoolExecutor(8) as pool:
        rows = np.random.default_rng(0).integers(0, len(dataset), 600).tolist()
        assert all(
            expected[row] == data for row, data in zip(rows, pool.map(dataset.read, rows), strict=True)
        )


def test_fairface_is_read_the_other_way_round(fairface: Path) -> None:
    dataset = open_dataset("fairface", fairface)
    train = dataset.table[dataset.table["split"] == "train"]
    assert len(dataset) == 27
    assert len(train) == 18
    assert dataset.table["label"].tolist()[:3] == [MALE, FEMALE, MALE]
    assert tuple(dataset.table["age_band"][:9]) == AGE_BANDS
    assert dataset.table["age"].isna().all()
    assert dataset.table["race"].tolist()[:7] == [
        *("East Asian", "Indian", "Black", "White"),
        *("Middle Eastern", "Latino_Hispanic", "Southeast Asian"),
    ]
    assert dataset.table["id"].is_unique
    assert dataset.read(20) == photo(20)


def test_celeba_as_the_hub_has_it_takes_splits_from_its_files(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "valid", "test")):
        write_parquet(
            tmp_path / "celeba" / "img_align+identity+attr" / f"{split}-00000-of-00001.parquet",
            [photo(number)],
            [f"{number}.jpg"],
            {"celeb_id": [number], "Male": [number == 1], "Eyeglasses": [True]},
        )
    table = open_dataset("celeba", tmp_path).table.sort_values("id")
    assert table["split"].tolist() == ["train", "validation", "test"]
    assert table["label"].tolist() == [FEMALE, MALE, FEMALE]
    assert table["attr_eyeglasses"].all()


def test_celeba_in_its_official_layout(tmp_path: Path) -> None:
    root = tmp_path / "celeba"
    write_folder(root / "img_align_celeba", ["000001.jpg", "000002.jpg", "000003.jpg", "unlisted.jpg"])
    (root / "list_attr_celeba.txt").write_text(
        "4\nEyeglasses Male Young \n"
        "000001.jpg -1 -1  1\n000002.jpg  1  1 -1\n000003.jpg -1  1  1\n000004.jpg -1 -1 -1\n"
    )
    (root / "identity_CelebA.txt").write_text("000001.jpg 7\n000002.jpg 8\n000003.jpg 8\n000004.jpg 9\n")
    (root / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n")
    dataset = open_dataset("celeba", tmp_path)
    table = dataset.table
    assert table["label"].tolist() == [FEMALE, MALE, MALE]
    assert table["identity"].tolist() == ["c7", "c8", "c8"]
    assert table["split"].tolist() == ["train", "validation", "test"]
    assert table["attr_eyeglasses"].tolist() == [False, True, False]
    assert dataset.skipped == ("img_align_celeba/unlisted.jpg",)
    assert dataset.read(1) == photo(1)


def test_a_damaged_list_of_celeba_is_one_sentence(tmp_path: Path) -> None:
    write_folder(tmp_path / "celeba" / "img_align_celeba", ["000001.jpg"])
    (tmp_path / "celeba" / "list_attr_celeba.txt").write_text("1\nMale Young\n000001.jpg what is this\n")
    with pytest.raises(DatasetError) as problem:
        open_dataset("celeba", tmp_path)
    assert codes(problem) == "bad_list"


def test_a_list_that_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "00001A02.jpg").write_bytes(b"x")
    (tmp_path / "val.txt").write_bytes(b"00001A02.jpg 0")
    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(DatasetError) as problem:
        open_dataset(f"folder:{tmp_path}")
    assert codes(problem) == "bad_list"

    (tmp_path / "list_attr_celeba.csv").write_bytes(b"image_id,Male\n1.jpg,1\n")
    monkeypatch.setattr(pd, "read_csv", refused)
    with pytest.raises(DatasetError) as problem:
        open_dataset(f"folder:{tmp_path}")
    assert codes(problem) == "bad_list"


def test_what_is_large_is_known_at_a_glance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MANY", 3)
    for number in range(4):
        assert not folders.is_large(tmp_path)
        (tmp_path / str(number)).mkdir()

    assert folders.is_large(tmp_path)


def test_utkface_and_all_age_faces_as_folders_of_named_files(tmp_path: Path) -> None:
    utkface = [
        "25_0_2_20170116174525125.jpg.chip.jpg",
        "8_1_3_20170109150557335.jpg",
        "39_1_20170116174525125.jpg",
    ]
    write_folder(tmp_path / "utkface" / "UTKFace", utkface)
    write_folder(tmp_path / "aaf" / "original images", ["07380A05.jpg", "07381A70.jpg"])
    write_folder(tmp_path / "aaf" / "aglined faces", ["07380A05.jpg", "07381A70.jpg"])
    (tmp_path / "aaf" / "image sets").mkdir()
    (tmp_path / "aaf" / "image sets" / "train.txt").write_text("07380A05.jpg 0\n")
    (tmp_path / "aaf" / "image sets" / "val.txt").write_text("07381A70.jpg 1\n")

    utk = open_dataset("utkface", tmp_path)
    assert utk.table[["label", "race", "age"]].values.tolist() == [
        [MALE, "Asian", 25.0],
        [FEMALE, "Indian", 8.0],
    ]
    assert utk.skipped == ("UTKFace/39_1_20170116174525125.jpg",)
    aaf = open_dataset("aaf", tmp_path)
    assert aaf.table["label"].tolist() == [FEMALE, MALE]
    assert aaf.table["age_band"].tolist() == ["3-9", "70+"]
    assert aaf.table["split"].tolist() == ["train", "validation"]


@pytest.mark.parametrize(
    ("women", "men"),
    [("female", "male"), ("Perempuan", "Laki-laki"), ("women", "MEN"), ("0", "1"), ("wanita", "pria")],
)
def test_a_folder_of_ones_own_in_each_language(tmp_path: Path, women: str, men: str) -> None:
    write_folder(tmp_path, [f"{women}/a.png", f"{women}/deeper/b.jpg", f"{men}/c.webp", f"{men}/notes.txt"])
    table = open_dataset(f"folder:{tmp_path}").table
    assert dict(zip(table["id"], table["label"], strict=True)) == {
        f"{women}/a.png": FEMALE,
        f"{women}/deeper/b.jpg": FEMALE,
        f"{men}/c.webp": MALE,
    }
    assert table["split"].isna().all()


def test_a_folder_with_splits_inside_another(tmp_path: Path) -> None:
    write_folder(
        tmp_path, ["mine/train/female/a.jpg", "mine/val/male/b.jpg", "mine/Test/female/c.jpg", "x.jpg"]
    )
    dataset = open_dataset(f"folder:{tmp_path}")
    assert dataset.table["split"].tolist() == ["test", "train", "validation"]
    assert dataset.skipped == ("x.jpg",)


def test_links_and_hidden_files_are_not_seen(tmp_path: Path) -> None:
    write_folder(tmp_path / "own", ["female/a.jpg", "male/.hidden.jpg", "__MACOSX/male/b.jpg"])
    write_folder(tmp_path / "elsewhere", ["secret.jpg"])
    (tmp_path / "own" / "male" / "link.jpg").symlink_to(tmp_path / "elsewhere" / "secret.jpg")
    (tmp_path / "own" / "male" / "folder").symlink_to(tmp_path / "elsewhere")
    assert open_dataset(f"folder:{tmp_path / 'own'}").table["id"].tolist() == ["female/a.jpg"]


def test_a_photo_deleted_meanwhile_does_not_end_a_scan(tmp_path: Path) -> None:
    write_folder(tmp_path, ["female/a.jpg", "male/b.jpg"])
    dataset = open_dataset(f"folder:{tmp_path}")
    (tmp_path / "female" / "a.jpg").unlink()
    assert [(row, len(data) > 0) for row, data in dataset.scan()] == [(0, False), (1, True)]
    with pytest.raises(DatasetError) as problem:
        dataset.read(0)
    assert codes(problem) == "photo_gone"


def test_photos_in_memory() -> None:
    dataset = in_memory([HeldPhoto("a", MALE, photo(1)), HeldPhoto("b", FEMALE, photo(2), "test")])
    assert dataset.table["label"].tolist() == [MALE, FEMALE]
    assert dataset.table["split"].isna().tolist() == [True, False]
    assert list(dataset.scan()) == [(0, photo(1)), (1, photo(2))]


def test_parts_and_unions_find_their_photos(fairface: Path) -> None:
    whole = open_dataset("fairface", fairface)
    part = whole.of_split("validation").part([4, 0, 4])
    assert [part.read(row) for row in range(3)] == [photo(22), photo(18), photo(22)]
    assert dict(part.scan()) == {0: photo(22), 1: photo(18), 2: photo(22)}
    both = joined([part, in_memory([HeldPhoto("a", MALE, photo(99))])])
    assert dict(both.scan([3, 1])) == {1: photo(18), 3: photo(99)}
    assert both.read(3) == photo(99)
    assert both.table["id"].str.startswith(("fairface/", "photos/")).all()
    assert both.table["dataset"].tolist() == ["fairface"] * 3 + ["photos"]


def test_the_cache_of_row_groups_stays_small(fairface: Path) -> None:
    rows = ParquetRows(sorted((fairface / "fairface").glob("*.parquet")), cache_bytes=1)
    assert [rows.read(row) for row in (0, 26, 13, 0)] == [photo(0), photo(26), photo(13), photo(0)]
    assert len(rows._cache) == 1
    assert pickle.loads(pickle.dumps(rows)).read(5) == photo(5)  # noqa: S301 - our own object


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"gender": ["female", "male"]}, "bad_columns"),
        ({"age": [1, 2], "gender": ["female", "who knows"]}, "bad_label"),
        ({"age": [1, 2], "gender": [0, 2]}, "bad_label"),
    ],
)
def test_columns_that_are_not_the_published_ones(
    tmp_path: Path, columns: dict[str, list[object]], code: str
) -> None:
    write_parquet(tmp_path / "utkface" / "train.parquet", [photo(0), photo(1)], ["a.jpg", "b.jpg"], columns)
    with pytest.raises(DatasetError) as problem:
        open_dataset("utkface", tmp_path)
    assert codes(problem) == code


def test_a_damaged_parquet_is_one_sentence(fairface: Path) -> None:
    damaged = fairface / "fairface" / "validation-00000.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.raises(DatasetError) as problem:
        open_dataset("fairface", fairface)
    assert codes(problem) == "unreadable_parquet"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("lfw", "unknown_dataset"),
        ("folder:", "unknown_dataset"),
        ("utkface", "not_there"),
        ("fairface", "not_fetched"),
        ("folder:nowhere/at/all", "no_folder"),
        ("folder:" + "x" * 300, "no_folder"),
        ("zip:nowhere.zip", "zip_gone"),
    ],
)
def test_what_is_not_there_is_one_sentence(tmp_path: Path, spec: str, code: str) -> None:
    with pytest.raises(DatasetError) as problem:
        open_dataset(spec, tmp_path)
    assert codes(problem) == code


def test_folders_without_classes_or_photos_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as problem:
        open_dataset(f"folder:{tmp_path}")
    assert codes(problem) == "no_photos"
    write_folder(tmp_path, ["holiday.jpg"])
    with pytest.raises(DatasetError) as problem:
        open_dataset(f"folder:{tmp_path}")
    assert codes(problem) == "no_classes"


def test_the_home_is_the_setting_or_a_folder_of_the_app(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    assert datasets.data_home() == tmp_path / "sets"
    monkeypatch.delenv("RUPA_DATA")
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    assert datasets.data_home() == tmp_path / "data" / "datasets"


def test_years_fall_into_the_bands_of_fairface() -> None:
    years = pd.Series([0.0, 2.9, 3.0, 9.0, 10.0, 69.9, 70.0, 116.0, np.nan])
    named = bands(years).tolist()
    assert named[:8] == ["0-2", "0-2", "3-9", "3-9", "10-19", "60-69", "70+", "70+"]
    assert pd.isna(named[8])


def test_each_sentence_ends_as_one() -> None:
    assert all(text.endswith(".") for text in SENTENCES.values())
