"""A closed page takes its photos with it, though nobody else comes: Streamlit's own store, with a clock of ours."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.session_manager import SessionClient
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from api import visits
from tests.api.asgi import run

KEPT_S = 120.0


class Page(SessionClient):
    def write_forward_msg(self, msg: ForwardMsg) -> None: ...


class Photo:
    """Something that a test can see go."""


class Server:
    def __init__(self) -> None:
        self.now = 0.0
        self.looks = 0
        self.files = MemoryUploadedFileManager("/upload")
        store = MemorySessionStorage()
        store._cache = TTLCache(maxsize=128, ttl=KEPT_S, timer=self.clock)
        self.manager = WebsocketSessionManager(store, self.files, ScriptCache(), lambda: None)
        self.runtime = cast(Runtime, SimpleNamespace(_session_mgr=self.manager, uploaded_file_mgr=self.files))

    def clock(self) -> float:
        self.looks += 1
        return self.now

    def visit(self) -> tuple[str, "weakref.ref[Photo]"]:
        """Somebody opens the page, and brings a photo and a file."""
        id = self.manager.connect_session(Page(), ScriptData("nowhere.py", False), {})
        info = self.manager.get_active_session_info(id)
        assert info
        photo = Photo()
        info.session.session_state["photo"] = photo
        self.files.add_file(id, UploadedFileRec("a", "a.jpg", "image/jpeg", b"photo"))
        return id, weakref.ref(photo)


async def looked_at(server: Server, then: Callable[[], None]) -> None:
    """Run the timer until it looks a second time: what follows the first look has been done by then."""
    work = asyncio.create_task(visits.forget_closed(server.runtime, then, look_every_s=0))
    before = server.looks
    while server.looks < before + 2 and not work.done():
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert work.cancelled()


@pytest.mark.parametrize(("away_s", "gone"), [(KEPT_S - 1, False), (KEPT_S + 1, True)])
def test_a_closed_page_is_forgotten_with_its_photos_and_not_before(away_s: float, gone: bool) -> None:
    async def closed() -> tuple[bool, bool, list[str]]:
        server, after = Server(), list[str]()
        id, photo = server.visit()
        server.manager.disconnect_session(id)
        server.now = away_s
        await looked_at(server, lambda: after.append("memory"))
        gc.collect()
        return photo() is None, not server.files.file_storage.get(id), after

    assert run(closed()) == (gone, gone, ["memory"] if gone else [])


def test_an_open_page_stays_however_long() -> None:
    async def opened() -> bool:
        server = Server()
        _, photo = server.visit()
        server.now = 100 * KEPT_S
        await looked_at(server, lambda: None)
        gc.collect()
        return photo() is not None

    assert run(opened())


def test_a_file_that_arrives_after_its_visit_was_forgotten_goes_too() -> None:
    async def late() -> tuple[list[str], list[str]]:
        server, after = Server(), list[str]()
        open_visit, _ = server.visit()
        closed, _ = server.visit()
        server.manager.disconnect_session(closed)
        server.now = KEPT_S + 1
        await looked_at(server, lambda: None)
        server.files.add_file(closed, UploadedFileRec("b", "b.jpg", "image/jpeg", b"photo"))
        await looked_at(server, lambda: after.append("memory"))
        return [visit for visit in server.files.file_storage if visit != open_visit], after

    assert run(late()) == ([], ["memory"])
