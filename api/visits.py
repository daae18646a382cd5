"""A visit whose page was closed is forgotten with all that it held, also while nobody else comes.

Streamlit keeps such a visit for `server.disconnectedSessionTTL`, two minutes, so that a broken connection can come
back. But it only looks at the clock when another visit ends; until then an idle server would keep the photos.
"""

import asyncio
from collections.abc import Callable

from streamlit.runtime import Runtime
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

LOOK_EVERY_S = 30.0


async def forget_closed(
    runtime: Runtime, then: Callable[[], None], *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """For as long as the server runs; `then`, which may take a moment, follows whenever something was forgotten."""
    visits = runtime._session_mgr
    assert isinstance(visits, WebsocketSessionManager)
    closed = visits._session_storage
    assert isinstance(closed, MemorySessionStorage)
    # Streamlit offers no way to ask for it.
    assert isinstance(closed._cache, TTLCache)
    while True:
        await asyncio.sleep(look_every_s)
        forgotten = closed._cache.expire()
        if _without_a_visit(runtime, visits) or forgotten:
            await asyncio.to_thread(then)


def _without_a_visit(runtime: Runtime, visits: WebsocketSessionManager) -> bool:
    """Drop the files that arrived after their visit was forgotten: nobody else ever would."""
    files = runtime.uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    late = [visit for visit in list(files.file_storage) if visits.get_session_info(visit) is None]
    for visit in late:
        files.remove_session_files(visit)
    return bool(late)
