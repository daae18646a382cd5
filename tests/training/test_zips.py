"""What comes out of a zip: labelled photos under names of our own. What does not: everything else."""

import io
import os
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.images import PhotoError
from tests.training.pictures import photo
from training.datasets import open_dataset
from training.zips import Limits, ZipError, extract, photos

PHOTO = photo(0, "JPEG")


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(data: bytes, folder: Path, limits: Limits | None = None) -> str:
    """The code of the refusal; and nothing was left behind."""
    with pytest.raises(ZipError) as problem:
        extract(io.BytesIO(data), folder / "out", limits=limits or Limits())
    assert list(folder.iterdir()) == []
    assert "{" not in str(problem.value)
    return problem.value.code


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("female/a.jpg")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(packed({"female/a.jpg": PHOTO}))
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Two entries in the list that share one file's bytes, as quoted-overlap bombs do."""
    data = packed({"female/a.jpg": PHOTO})
    at = data.rfind(b"PK\1\2")
    end = data.rfind(b"PK\5\6")
    entry = data[at:end]
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, 2 * len(entry), at, 0)
    return data[:at] + entry + entry + tail


def into_the_directory() -> bytes:
    """An entry whose packed bytes are said to run into the list of entries."""
    data = bytearray(packed({"female/a.jpg": PHOTO}, zipfile.ZIP_STORED))
    at = data.rfind(b"PK\1\2")
    struct.pack_into("<L", data, at + 20, len(PHOTO) + 40)
    return bytes(data)


def with_size(said: int) -> bytes:
    """A list that says another size than the photo has."""
    data = bytearray(packed({"female/a.jpg": PHOTO}))
    struct.pack_into("<L", data, data.rfind(b"PK\1\2") + 24, said)
    return bytes(data)


def many_said() -> bytes:
    data = bytearray(packed({"female/a.jpg": PHOTO}))
    struct.pack_into("<2H", data, data.rfind(b"PK\5\6") + 8, 60_000, 60_000)
    return bytes(data)


def nameless() -> bytes:
    """A name that ends before it begins."""
    return packed({"xemale/a.jpg": PHOTO}).replace(b"xemale", b"\0emale")


def short_locator() -> bytes:
    """Where an archive of the large kind would begin to say where its list is, only the beginning of that."""
    return b"PK\6\7" + b"x" * 3 + b"PK\5\6" + bytes(18)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda: b"", "zip_damaged"),
        (lambda: b"PK\5\6", "zip_damaged"),
        (lambda: PHOTO, "zip_damaged"),
        (lambda: packed({"female/a.jpg": PHOTO})[:-30], "zip_damaged"),
        (lambda: packed({"../female/a.jpg": PHOTO}), "zip_unsafe_name"),
        (lambda: packed({"/female/a.jpg": PHOTO}), "zip_unsafe_name"),
        (lambda: packed({"female/../../a.jpg": PHOTO}), "zip_unsafe_name"),
        (lambda: packed({"female\\..\\..\\a.jpg": PHOTO}), "zip_unsafe_name"),
        (lambda: packed({"C:/female/a.jpg": PHOTO}), "zip_unsafe_name"),
        (link, "zip_link"),
        (encrypted, "zip_encrypted"),
        (overlapping, "zip_overlap"),
        (into_the_directory, "zip_overlap"),
        (lambda: with_size(len(PHOTO) - 1), "zip_damaged"),
        (lambda: with_size(len(PHOTO) + 1), "zip_damaged"),
        (lambda: packed({"female/a.png": bytes(8_000_000)}), "zip_bomb"),
        (lambda: packed({"notes.txt": bytes(8_000_000), "female/a.jpg": PHOTO}), "zip_bomb"),
        (lambda: packed({"female/a.jpg": PHOTO}, zipfile.ZIP_LZMA), "zip_method"),
        (lambda: packed({"female/a.jpg": PHOTO, "more.zip": packed({})}), "zip_nested"),
        (lambda: packed({"female/a.jpg": PHOTO, "more.tar.gz": b"x"}), "zip_nested"),
        (lambda: packed({"a.jpg": PHOTO, "b.jpg": PHOTO}), "zip_no_classes"),
        (lambda: packed({"female/a.txt": PHOTO}), "zip_no_classes"),
        (lambda: packed({}), "zip_no_classes"),
        (short_locator, "zip_damaged"),
        (nameless, "zip_damaged"),
    ],
)
def test_a_zip_that_is_not_honest_is_refused_whole(
    tmp_path: Path, made: Callable[[], bytes], code: str
) -> None:
    assert refused(made(), tmp_path) == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(archive_bytes=100), "zip_too_big"),
        (Limits(entries=2), "zip_too_many"),
        (Limits(photo_bytes=100), "zip_bomb"),
        (Limits(total_bytes=len(PHOTO)), "zip_bomb"),
        (Limits(directory_bytes=20), "zip_damaged"),
    ],
)
def test_a_zip_beyond_the_limits_is_refused(tmp_path: Path, limits: Limits, code: str) -> None:
    data = packed({f"female/{number}.jpg": PHOTO for number in range(3)})
    assert refused(data, tmp_path, limits) == code


def test_a_list_that_says_too_many_is_not_even_read(tmp_path: Path) -> None:
    assert refused(many_said(), tmp_path, Limits(entries=1000)) == "zip_too_many"


def test_photos_come_out_under_names_of_our_own(tmp_path: Path) -> None:
    data = packed(
        {
            "mine/train/Perempuan/ibu 1.JPG": photo(1),
            "mine/train/laki-laki/$(rm -rf).png": photo(2),
            "mine\\test\\women\\con.jpg": photo(3),
            "mine/readme.txt": b"hello",
            "__MACOSX/mine/train/male/._x.jpg": b"x",
        }
    )
    seen: list[tuple[int, int]] = []
    done = extract(io.BytesIO(data), tmp_path / "out", progress=lambda *at: seen.append(at))
    files = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert files == {
        "train/female/000000.jpg": photo(1),
        "train/male/000001.png": photo(2),
        "test/female/000002.jpg": photo(3),
    }
    assert (done.photos, done.skipped) == (3, 2)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_photos_are_on_the_disk_before_they_have_their_final_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync, rename, synced, unsafe = os.fsync, Path.rename, set(), []

    def watched(handle: int) -> None:
        fsync(handle)
        synced.add(os.fstat(handle).st_ino)

    def named(path: Path, target: Path) -> Path:
        photos = filter(Path.is_file, path.rglob("*"))
        unsafe.append([one.name for one in photos if one.stat().st_ino not in synced])
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(Path, "rename", named)

    extract(io.BytesIO(packed({"female/a.jpg": PHOTO, "male/b.jpg": PHOTO})), tmp_path / "out")

    assert unsafe == [[]]


def test_an_archive_that_cannot_be_read_is_damaged_and_a_folder_that_cannot_be_written_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "faces.zip").write_bytes(packed({"female/a.jpg": PHOTO}))

    with pytest.raises(ZipError) as unreadable:
        extract(tmp_path, tmp_path / "out")
    assert unreadable.value.code == "zip_damaged"
    with pytest.raises(FileExistsError):
        extract(tmp_path / "faces.zip", tmp_path / "file" / "out")


def test_a_cancelled_unpacking_leaves_nothing(tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, _: int) -> None:
        if done == 2:
            raise CancelledError

    data = packed({f"male/{number}.jpg": PHOTO for number in range(5)})
    with pytest.raises(CancelledError):
        extract(io.BytesIO(data), tmp_path / "out", progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_photo_with_a_wrong_checksum_ends_it_all(tmp_path: Path) -> None:
    data = bytearray(packed({"female/a.jpg": PHOTO, "male/b.jpg": PHOTO}, zipfile.ZIP_STORED))
    data[data.find(PHOTO) + 50] ^= 0xFF
    assert refused(bytes(data), tmp_path) == "zip_damaged"


def test_a_zip_opens_as_a_data_set_and_is_unpacked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path / "home"))
    path = tmp_path / "faces.zip"
    path.write_bytes(packed({"female/a.jpg": photo(1), "male/b.jpg": photo(2), "male/c.jpg": photo(3)}))
    first = open_dataset(f"zip:{path}")
    assert first.name == "faces"
    assert first.table["label"].tolist() == [0, 1, 1]
    assert first.read(2) == photo(3)
    (unpacked,) = (tmp_path / "home" / "data" / "unpacked").glob("[!.]*")
    made = os.stat(unpacked).st_mtime_ns
    assert open_dataset(f"zip:{path}").table.equals(first.table)
    assert os.stat(unpacked).st_mtime_ns == made


@settings(max_examples=150)
@given(st.data())
def test_whatever_is_broken_ends_in_a_code_or_in_photos(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    archive = bytearray(packed({"female/a.jpg": PHOTO[:300], "male/b.jpg": PHOTO[:200]}))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    try:
        extract(io.BytesIO(bytes(archive)), folder / "out")
    except ZipError:
        assert list(folder.iterdir()) == []
    else:
        assert all(folder / "out" in path.parents for path in folder.rglob("*.jpg"))


def test_every_photo_of_a_zip_can_be_had_in_memory_whatever_its_folder() -> None:
    data = packed({"trip/a.jpg": PHOTO, "b.png": b"x", "notes.txt": b"no", "__MACOSX/._a.jpg": b"no"})

    found = {name: read() for name, read in photos(io.BytesIO(data)).photos}

    assert found == {"trip/a.jpg": PHOTO, "b.png": b"x"}


def test_a_damaged_photo_leaves_the_others_alone() -> None:
    data = bytearray(packed({"a.jpg": PHOTO, "b.jpg": PHOTO}))
    data[60] ^= 0xFF

    (_, damaged), (_, whole) = photos(io.BytesIO(bytes(data))).photos

    with pytest.raises(PhotoError) as problem:
        damaged()
    assert problem.value.code == "truncated"
    assert whole() == PHOTO


def test_a_photo_packed_as_a_patch_is_called_damaged() -> None:
    data = bytearray(packed({"a.jpg": PHOTO}))
    data[data.rfind(b"PK\1\2") + 8] |= 0x20
    [(_, read)] = photos(io.BytesIO(bytes(data))).photos

    with pytest.raises(PhotoError) as problem:
        read()

    assert problem.value.code == "truncated"


def test_a_photo_that_is_too_big_gets_its_reason_and_leaves_the_others_alone() -> None:
    data = packed({"a.jpg": PHOTO, "big.png": bytes(21 * 2**20)}, zipfile.ZIP_STORED)

    (_, whole), (_, big) = photos(io.BytesIO(data)).photos

    assert whole() == PHOTO
    with pytest.raises(PhotoError) as problem:
        big()
    assert (problem.value.code, problem.value.facts) == ("too_big", {"mb": 21.0, "max_mb": 20})


def test_an_archive_in_the_zip_is_named_and_left_alone() -> None:
    inner = packed({"c.jpg": PHOTO})

    found = photos(io.BytesIO(packed({"a.jpg": PHOTO, "more.zip": inner, "__MACOSX/._more.zip": b"no"})))

    assert [(name, read()) for name, read in found.photos] == [("a.jpg", PHOTO)]
    assert found.nested == ["more.zip"]


def nested_alone() -> bytes:
    return packed({"more.zip": packed({"c.jpg": PHOTO})})


def bomb() -> bytes:
    return packed({"a.jpg": PHOTO, "big.png": bytes(21 * 2**20)})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (nested_alone, "zip_nested"),
        (bomb, "zip_bomb"),
        (encrypted, "zip_encrypted"),
        (overlapping, "zip_overlap"),
        (link, "zip_link"),
        (short_locator, "zip_damaged"),
        (nameless, "zip_damaged"),
    ],
)
def test_a_zip_that_may_do_harm_is_refused_whole(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(ZipError) as problem:
        photos(io.BytesIO(make()))

    assert problem.value.code == code


def test_a_zip_without_photos_says_so() -> None:
    with pytest.raises(ZipError) as problem:
        photos(io.BytesIO(packed({"notes.txt": b"no"})))

    assert problem.value.code == "zip_no_photos"


def test_an_entry_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    data = bytearray(packed({"a.jpg": bytes(50_000_000)}))
    listed = data.rfind(b"PK\1\2") + 24
    for at in (22, listed):
        data[at : at + 4] = struct.pack("<L", 1000)
    [(_, read)] = photos(io.BytesIO(bytes(data))).photos

    tracemalloc.start()
    with pytest.raises(PhotoError):
        read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 2_000_000
