"""Photos out of a zip that anybody may have made: entry by entry, under names of our own, or not at all.

Everything that the archive's own list says is judged before anything is unpacked; what comes out is counted while it
comes. What is unpacked appears at once and whole, under its final name.
"""

import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from model import atomic
from model.card import LABELS
from model.images import MAX_BYTES, PhotoError
from training import places
from training.folders import PHOTO_SUFFIXES, class_and_split
from training.table import DatasetError

_ARCHIVES = frozenset((".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab", ".iso"))
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CHUNK = 1 << 18
UNFINISHED = ".unpacking-"


class ZipError(DatasetError):
    """No photos from this zip, for the reason that `code` names."""

    sentences = {  # noqa: RUF012 - read only
        "zip_gone": "There is no zip file {path}; check the name and try again.",
        "zip_damaged": "The zip is damaged or no zip at all; make it again and retry.",
        "zip_too_big": "The zip has {mb:,} MB; at most {max_mb:,} MB can be taken. Put fewer photos in it.",
        "zip_too_many": "The zip lists {entries:,} files; at most {most:,} can be taken. Put fewer photos in it.",
        "zip_encrypted": "The zip asks for a password; make one without it.",
        "zip_unsafe_name": "The zip holds a file named to land outside its folder; it may have been made to harm.",
        "zip_link": "The zip holds links instead of files; put the photos themselves in it.",
        "zip_overlap": "The zip's files lie on top of each other; it may have been made to harm.",
        "zip_bomb": "The zip would unpack to {mb:,} MB, far more than photos do; it may have been made to harm.",
        "zip_method": "The zip is packed in an unusual way; make it again with ordinary compression.",
        "zip_nested": "The zip holds another archive; unpack that one and put its photos in folders instead.",
        "zip_no_classes": "The zip has no photos in folders called female and male; sort them so and zip them again.",
        "zip_no_photos": "The zip holds no photos; put JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP files in it.",
        "zip_no_room": "Unpacking the zip needs {mb:,} MB, and the disk has less; make room and try again.",
        "disk_closed": places.CLOSED,
    }


@dataclass(frozen=True)
class Limits:
    """What a zip may weigh. Photos hardly shrink, so a zip that grows a hundredfold is none."""

    archive_bytes: int = 4 * 2**30
    entries: int = 200_000
    directory_bytes: int = 64 * 2**20
    photo_bytes: int = MAX_BYTES
    total_bytes: int = 8 * 2**30
    growth: int = 100


@dataclass(frozen=True)
class Extracted:
    """`folder` holds female/ and male/, under splits where the zip had any; `skipped` counts other files."""

    folder: Path
    photos: int
    skipped: int


@dataclass(frozen=True)
class Found:
    """`photos`: each one's name in the zip, and what unpacks it, in memory. `nested`: archives inside, left alone."""

    photos: list[tuple[str, Callable[[], bytes]]]
    nested: list[str]


@dataclass(frozen=True)
class _Photo:
    entry: zipfile.ZipInfo
    name: str


def extract(
    archive: Path | BinaryIO,
    folder: Path,
    *,
    limits: Limits = Limits(),
    progress: Callable[[int, int], None] | None = None,
) -> Extracted:
    """Unpack the labelled photos into `folder`, which must not exist yet. What `progress` raises ends it cleanly."""
    if isinstance(archive, Path):
        with _readable():
            file = archive.open("rb")
        with file:
            return extract(file, folder, limits=limits, progress=progress)
    with _readable():
        size = _bounded_size(archive, limits)
        opened = zipfile.ZipFile(archive)
        entries = opened.infolist()
        _judge(entries, archive, opened.start_dir, size, limits)
    _need_photos_alone(entries, limits)
    labelled, skipped = _labelled(entries)
    total = sum(photo.entry.file_size for photo in labelled)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if total > shutil.disk_usage(folder.parent).free:
            raise ZipError("zip_no_room", mb=total >> 20)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=UNFINISHED) as unfinished:
            place = Path(unfinished, "photos")
            for done, photo in enumerate(labelled):
                _unpack(opened, photo.entry, place / photo.name)
                if progress:
                    progress(done + 1, len(labelled))
            atomic.sync_all(place)
            place.rename(folder)
            atomic.sync(folder.parent)
    except OSError as error:
        if atomic.is_full(error):
            raise ZipError("zip_no_room", mb=total >> 20) from error
        raise
    return Extracted(folder, len(labelled), skipped)


def photos(archive: BinaryIO, *, limits: Limits = Limits()) -> Found:
    """Every photo in the zip, labelled or not, to be unpacked when it is wanted.

    Unpacking raises `PhotoError` where that photo is too big or damaged; the others come all the same.
    """
    with _readable():
        size = _bounded_size(archive, limits)
        opened = zipfile.ZipFile(archive)
        _judge(opened.infolist(), archive, opened.start_dir, size, limits)
    seen = [entry for entry in opened.infolist() if not _is_hidden(entry)]
    found = [entry for entry in seen if _is_photo(entry)]
    nested = [entry.filename for entry in seen if _is_archive(entry)]
    if not found:
        raise ZipError("zip_nested" if nested else "zip_no_photos")
    return Found([(entry.filename, partial(_content, opened, entry, limits)) for entry in found], nested)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> bytes:
    if entry.file_size > limits.photo_bytes:
        raise PhotoError("too_big", mb=entry.file_size / 2**20, max_mb=limits.photo_bytes >> 20)
    try:
        return _read(archive, entry)
    except ZipError as error:
        raise PhotoError("truncated") from error


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with _readable(), archive.open(entry) as packed:
        # Read in pieces: all at once, what lies would be unpacked whole before it is cut to the size it claims.
        return b"".join(iter(partial(packed.read, _CHUNK), b""))


@contextmanager
def _readable() -> Iterator[None]:
    """What `zipfile` and the disk under it raise where bytes do not come, or make no sense."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        raise ZipError("zip_damaged") from error


def _bounded_size(file: BinaryIO, limits: Limits) -> int:
    """The archive's size; its list of entries is measured before anyone reads it into memory."""
    size = file.seek(0, 2)
    if size > limits.archive_bytes:
        raise ZipError("zip_too_big", mb=size >> 20, max_mb=limits.archive_bytes >> 20)
    tail_at = max(0, size - 65_535 - _END.size - _LOCATOR64.size)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise ZipError("zip_damaged")
    _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
    locator = tail[max(0, at - _LOCATOR64.size) : at]
    if locator.startswith(b"PK\6\7") and len(locator) == _LOCATOR64.size:
        file.seek(min(_LOCATOR64.unpack(locator)[2], size))
        record = file.read(_END64.size)
        if len(record) < _END64.size:
            raise ZipError("zip_damaged")
        entries, directory = _END64.unpack(record)[7:9]
    if entries > limits.entries:
        raise ZipError("zip_too_many", entries=entries, most=limits.entries)
    # The list is what Python reads, whatever the number of entries is said to be.
    if directory > min(limits.directory_bytes, size):
        raise ZipError("zip_damaged")
    return size


def _judge(
    entries: list[zipfile.ZipInfo], file: BinaryIO, directory_at: int, size: int, limits: Limits
) -> None:
    """Refuse the whole archive for one entry that no honest packer writes."""
    if len(entries) > limits.entries:
        raise ZipError("zip_too_many", entries=len(entries), most=limits.entries)
    for entry in entries:
        if not entry.filename:
            raise ZipError("zip_damaged")
        if _lands_outside(entry.orig_filename):
            raise ZipError("zip_unsafe_name")
        if entry.flag_bits & 0x41:
            raise ZipError("zip_encrypted")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ZipError("zip_link")
        if entry.compress_type not in _METHODS:
            raise ZipError("zip_method")
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes or total > limits.growth * size:
        raise ZipError("zip_bomb", mb=total >> 20)
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        file.seek(entry.header_offset)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            raise ZipError("zip_damaged")
        if entry.header_offset < end:
            raise ZipError("zip_overlap")
        end = entry.header_offset + _LOCAL.size + sum(_LOCAL.unpack(header)[-2:]) + entry.compress_size
    if end > directory_at:
        raise ZipError("zip_overlap")


def _need_photos_alone(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Training takes an archive as a whole, so nothing in it may be out of place."""
    if any(_is_archive(entry) for entry in entries):
        raise ZipError("zip_nested")
    heaviest = max((entry.file_size for entry in entries if _is_photo(entry)), default=0)
    if heaviest > limits.photo_bytes:
        raise ZipError("zip_bomb", mb=heaviest >> 20)


def _lands_outside(name: str) -> bool:
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or "\0" in name or plain[1:2] == ":"


def _is_photo(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and PurePosixPath(entry.filename).suffix.lower() in PHOTO_SUFFIXES


def _is_archive(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and PurePosixPath(entry.filename).suffix.lower() in _ARCHIVES


def _is_hidden(entry: zipfile.ZipInfo) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in entry.filename.replace("\\", "/").split("/"))


def _labelled(entries: list[zipfile.ZipInfo]) -> tuple[list[_Photo], int]:
    """The photos under a class folder, with names of our own; and how many other files there are."""
    photos: list[_Photo] = []
    others = 0
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if entry.is_dir():
            continue
        said = class_and_split(parts[:-1])
        if said is None or _is_hidden(entry) or not _is_photo(entry):
            others += 1
            continue
        label, split = said
        suffix = PurePosixPath(parts[-1]).suffix.lower()
        name = f"{LABELS[label]}/{len(photos):06d}{suffix}"
        photos.append(_Photo(entry, f"{split}/{name}" if split else name))
    if not photos:
        raise ZipError("zip_no_classes")
    return photos, others


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path) -> None:
    """One photo. `zipfile` gives no more bytes than the list said, and none that do not fit the checksum."""
    photo = _read(archive, entry)
    if len(photo) != entry.file_size:
        raise ZipError("zip_damaged")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        file.write(photo)
