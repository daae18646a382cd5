"""`prepare(name)`: fetch a public data set from its home on the Hugging Face hub, into the place it is opened from.

A download that was interrupted, also by `kill -9`, goes on where it stopped; every file is compared with the hub's
SHA-256 before it gets its name. Nothing is sent but the request: no token, no account. What is already there, from
whomever, is left as it is, without asking the network.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

# Otherwise the hub's library tells its home what this computer runs; it reads this when it is first imported.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import DatasetInfo
from huggingface_hub.utils import build_hf_headers

from model import atomic
from training.datasets import UNFINISHED, data_home, open_dataset
from training.table import DatasetError

Progress = Callable[[str, int, int], None]

constants.DOWNLOAD_CHUNK_SIZE = 2**20  # after each of which somebody hears how far it is

CELEBA_LICENCE = """\
CelebA comes with this agreement of its authors (MMLAB, The Chinese University of Hong Kong), in short:
- The photos are for non-commercial research only.
- They were found on the Internet and are not MMLAB's property; MMLAB answers neither for them nor for their meaning.
- You do not reproduce, copy, sell, trade or exploit any part of them, or of what is derived from them, for
  commercial purposes.
- You do not copy, publish or distribute any part of them further, but for copies within one site of one organisation.
- MMLAB may end your access at any time. Who the people are was released for research only.
The full text: https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html
"""
_TIMEOUT_S = 20.0
_SPARE_BYTES = 200 * 2**20


class PrepareError(DatasetError):
    """Nothing, or not everything, was fetched, for the reason that `code` names. What came stays for the next try."""

    sentences = {  # noqa: RUF012 - read only
        "unknown_name": "{name} is no data set that can be fetched; choose one of {known}.",
        "licence_declined": "{name} is fetched only after its licence was read and accepted.",
        "offline": "The hub cannot be reached; connect to the Internet and run the same command again, "
        "or copy the files of {name} to {folder}.",
        "hub_refuses": "The hub does not hand out {name} (status {status}); its home is {home}.",
        "hub_trouble": "The hub has trouble (status {status}); run the same command later, it goes on from there.",
        "cut_off": "The download was cut off; run the same command again, it goes on from there.",
        "hub_changed": "The hub no longer has the files of {name} that Rupa knows; its home is {home}.",
        "checksum": "{file} came damaged, and was deleted; run the same command again.",
        "no_room": "Fetching {name} needs {gb:.1f} GB in {folder}, and the disk has less; make room and try again.",
        "cannot_write": "Nothing can be written to {folder}; choose another place by RUPA_DATA.",
    }


@dataclass(frozen=True)
class Source:
    """A data set's home: the files of these prefixes in this folder of a hub repository hold these splits."""

    repository: str
    prefixes: tuple[str, ...]
    splits: tuple[str, ...]
    folder: str
    licence: str
    must_accept: bool = False

    @property
    def home(self) -> str:
        return f"https://huggingface.co/datasets/{self.repository}"


# FairFace with a margin of 1.25: the whole head, as our crop wants it; with 0.25 hair and chin are cut off.
_FAIRFACE = ("HuggingFaceM4/FairFace", "1.25/")
_CELEBA = ("flwrlabs/celeba", "img_align+identity+attr/")
_CC_BY = "FairFace is published under CC BY 4.0: where you use it, name its authors, Kärkkäinen and Joo.\n"
SOURCES = {
    "fairface": Source(
        _FAIRFACE[0],
        (_FAIRFACE[1] + "train-", _FAIRFACE[1] + "validation-"),
        ("train", "validation"),
        "fairface",
        _CC_BY,
    ),
    "fairface-validation": Source(
        _FAIRFACE[0], (_FAIRFACE[1] + "validation-",), ("validation",), "fairface", _CC_BY
    ),
    "celeba": Source(
        _CELEBA[0],
        (_CELEBA[1] + "train-", _CELEBA[1] + "valid-", _CELEBA[1] + "test-"),
        ("train", "validation", "test"),
        "celeba",
        CELEBA_LICENCE,
        must_accept=True,
    ),
}


@dataclass(frozen=True)
class Prepared:
    """What lies there now; `fetched` is empty where all of it was there before."""

    name: str
    folder: Path
    photos: int
    fetched: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    name: str
    size: int
    sha256: str

    @property
    def local(self) -> str:
        return self.name.rpartition("/")[2]


def prepare(
    name: str,
    home: Path | None = None,
    *,
    accept: Callable[[str], bool] = lambda licence: False,
    progress: Progress = lambda file, done, total: None,
) -> Prepared:
    """Have the data set under `home`. `accept` is shown the licence, and asked, where the licence wants it.

    `progress` hears of the file, the bytes done and the bytes in all; what it raises ends the download, to go on later.
    """
    if name not in SOURCES:
        raise PrepareError("unknown_name", name=name[:80], known=", ".join(SOURCES))
    source = SOURCES[name]
    folder = (home or data_home()) / source.folder
    photos = _photos_there(source, folder)
    if photos:
        return Prepared(name, folder, photos, ())
    if source.must_accept and not accept(source.licence):
        raise PrepareError("licence_declined", name=name)
    try:
        fetched = _fetch_all(name, source, folder, progress)
    except (OfflineModeIsEnabled, httpx2.TransportError) as error:
        raise PrepareError("offline", name=name, folder=folder) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        code = "hub_refuses" if status in (401, 403, 404, 410, 451) else "hub_trouble"
        raise PrepareError(code, name=name, status=status, home=source.home) from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise PrepareError("cannot_write", folder=folder) from error
        if atomic.is_full(error):
            raise PrepareError("no_room", name=name, gb=_SPARE_BYTES / 1e9, folder=folder) from error
        if error.errno is None:
            raise PrepareError("cut_off") from error
        raise
    return Prepared(name, folder, _photos_there(source, folder), fetched)


def _photos_there(source: Source, folder: Path) -> int:
    """How many photos lie there, if all of its splits do; 0 where something is missing."""
    try:
        table = open_dataset(source.folder, folder.parent).table
    except DatasetError:
        return 0
    counts = table["split"].value_counts()
    return int(counts[list(source.splits)].sum()) if set(source.splits) <= set(counts.index) else 0


def _fetch_all(name: str, source: Source, folder: Path, progress: Progress) -> tuple[str, ...]:
    endpoint = os.environ.get("HF_ENDPOINT")
    info = HfApi(endpoint=endpoint, token=False).dataset_info(
        source.repository, files_metadata=True, timeout=_TIMEOUT_S
    )
    files = _wanted(name, source, info)
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(file.size for file in files)
    missing = total - sum(_have(folder, file) for file in files)
    if missing + _SPARE_BYTES > shutil.disk_usage(folder).free:
        raise PrepareError("no_room", name=name, gb=(missing + _SPARE_BYTES) / 1e9, folder=folder)
    unfinished = folder / UNFINISHED
    unfinished.write_text(name, encoding="utf-8")
    (folder / "LICENCE.txt").write_text(source.licence, encoding="utf-8")
    before, fetched = 0, []
    for file in files:
        if not (folder / file.local).is_file():
            url = hf_hub_url(
                source.repository, file.name, repo_type="dataset", revision=info.sha, endpoint=endpoint
            )
            _fetch(url, file, folder, _Told(progress, file, before, total))
            fetched.append(file.local)
        before += file.size
        progress(file.local, before, total)
    unfinished.unlink()
    return tuple(fetched)


def _wanted(name: str, source: Source, info: DatasetInfo) -> list[_File]:
    files = [
        _File(entry.rfilename, entry.lfs.size, entry.lfs.sha256)
        for entry in info.siblings or ()
        if entry.rfilename.startswith(source.prefixes) and entry.rfilename.endswith(".parquet") and entry.lfs
    ]
    found = {prefix for prefix in source.prefixes if any(file.name.startswith(prefix) for file in files)}
    # A name becomes a name on this disk: no folders, nothing hidden, and 64 hex digits for what they are compared with.
    plain = all(
        not file.local.startswith(".") and "\\" not in file.local and ":" not in file.local for file in files
    )
    if found != set(source.prefixes) or not plain or any(len(file.sha256) != 64 for file in files):
        raise PrepareError("hub_changed", name=name, home=source.home)
    return files


def _part(folder: Path, file: _File) -> Path:
    return folder / f".{file.local}.{file.sha256[:12]}.part"


def _have(folder: Path, file: _File) -> int:
    for path in (folder / file.local, _part(folder, file)):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0


def _fetch(url: str, file: _File, folder: Path, told: "_Told") -> None:
    """Go on with the part that is there. `hf_hub_download` would begin anew: it throws parts away."""
    part = _part(folder, file)
    with part.open("ab") as out:
        have = out.tell()
        if have > file.size:
            have = out.truncate(0)
        told.begin(have)
        http_get(
            url,
            out,
            resume_size=have,
            expected_size=file.size,
            headers=build_hf_headers(token=False),
            tqdm_class=told,  # type: ignore[arg-type]
        )
        out.flush()
        os.fsync(out.fileno())
    with part.open("rb") as whole:
        if hashlib.file_digest(whole, "sha256").hexdigest() != file.sha256:
            whole.close()
            part.unlink()
            raise PrepareError("checksum", file=file.local)
    part.replace(folder / file.local)


class _Told:
    """In the place of tqdm's class and bar: tells how far all files are, and stops one that does not end."""

    def __init__(self, progress: Progress, file: _File, before: int, total: int) -> None:
        self._progress, self._file, self._before, self._total = progress, file, before, total
        self._done = 0

    def begin(self, have: int) -> None:
        self._done = have

    def __call__(self, *_: Any, **__: Any) -> "_Told":
        return self

    def __enter__(self) -> "_Told":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def update(self, step: int) -> None:
        self._done += step
        if self._done > self._file.size:
            raise PrepareError("checksum", file=self._file.local)
        self._progress(self._file.local, self._before + self._done, self._total)
