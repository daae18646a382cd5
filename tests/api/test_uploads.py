"""What the store of files and the pages say they hold, and that no photo is put on the disk on its way in."""

import tempfile
from collections.abc import AsyncGenerator
from functools import partial
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from api import uploads
from tests.api.asgi import run

held = partial(uploads.held, taken=dict)


def test_files_are_counted_by_visit_and_together_and_no_more_once_they_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads, "exists", lambda: True)
    monkeypatch.setattr(uploads, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))
    for visit, name, size in (("one", "a", 100_000), ("one", "b", 20_000), ("two", "c", 30_000)):
        files.add_file(visit, UploadedFileRec(name, name, "image/png", bytes(size)))

    assert held() == {"one": 120_000, "two": 30_000}
    files.remove_file("one", "a")
    assert held() == {"one": 20_000, "two": 30_000}
    files.remove_session_files("one")
    assert held() == {"two": 30_000}
    assert set(files.file_storage) == {"two"}


def test_what_the_pages_took_out_of_the_store_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads, "exists", lambda: True)
    monkeypatch.setattr(uploads, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))
    files.add_file("one", UploadedFileRec("a", "a", "image/png", bytes(100_000)))

    assert uploads.held(taken=lambda: {"one": 20, "two": 3}) == {"one": 100_020, "two": 3}


def test_an_empty_file_takes_room_too_so_that_their_number_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(uploads, "exists", lambda: True)
    monkeypatch.setattr(uploads, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=files))
    for number in range(100):
        files.add_file("one", UploadedFileRec(str(number), "a.jpg", "image/png", b""))

    assert held() == {"one": 100 * uploads.FILE_BYTES}


def test_before_the_pages_are_up_nothing_is_held() -> None:
    assert held() == {}


def test_a_photo_on_its_way_in_is_never_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    def on_disk(*args: object, **kwargs: object) -> None:
        written.append(args)
        raise OSError("a temporary file was asked for")

    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    monkeypatch.setattr(tempfile, "TemporaryFile", on_disk)
    with pytest.raises(OSError, match="temporary file"):
        run(_parsed(5 * 2**20))
    written.clear()

    uploads.keep_off_disk()

    assert run(_parsed(19 * 2**20)) == 19 * 2**20
    assert written == []


async def _parsed(size: int) -> int:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
        for _ in range(size // 2**20):
            yield bytes(2**20)
        yield b"\r\n--x--\r\n"

    form = await MultiPartParser(Headers({"content-type": "multipart/form-data; boundary=x"}), body()).parse()
    file = form["files"]
    assert isinstance(file, UploadFile)
    content = await file.read()
    await form.close()
    return len(content)
