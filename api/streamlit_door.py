"""Streamlit's own door, open only as far as Rupa's pages go through it.

A page may send Streamlit ten kinds of messages, and so may everybody who reaches the address: asked for the state of
the source code it runs Git and lets all others wait, asked to empty its caches it does so for everybody. Here only what
Rupa's pages need goes on. The rest is let go in silence, for Streamlit's page sends some of it by itself. The same
holds for the addresses that Streamlit answers beside its pages, of which one tells how many visits there were.
"""

import asyncio
from weakref import WeakValueDictionary

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from api.rates import client
from api.refusals import Refusal

# Whatever follows: to the router what ends in a line break is the same address as without it.
_OWN = "/_stcore/"
_ANSWERED = ("/_stcore/health", "/_stcore/host-config")
_UPLOADS = "/_stcore/upload_file/"

MOST_FILES = 2_500  # in one drop; a page takes 500 of them
# Streamlit makes an address for each while everybody else waits, 40 microseconds long: that is a tenth of its time.
FILES_PER_S = 2_500
# Of all but what a page's controls say, which may hold a picture of the camera.
MOST_BYTES = BYTES_PER_S = 2**20
# Each small thing in a message begins with such a byte, or has one for its length; as many as they are, so many objects
# may come of it, 70 bytes of memory for two that were sent. A page that was given 500 files sends some 4,300.
_MARKS = bytes(range(32))
MOST_MARKS = 100_000
_RERUN = bytes([BackMsg.RERUN_SCRIPT_FIELD_NUMBER << 3 | 2])  # how that message begins: a field with a length
_NEEDED = ("rerun_script", "stop_script", "app_heartbeat")


class StreamlitDoor:
    """Lets through what a page of Rupa asks of Streamlit, and nothing else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # One message at a time for each address that has a page open, or more pages would be more of the time.
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not scope["path"].startswith(_OWN):
            return await self._app(scope, receive, send)
        if scope["type"] == "http":
            inside = scope["path"] in _ANSWERED or scope["path"].startswith(_UPLOADS)
            return await (self._app if inside else Refusal("not_found"))(scope, receive, send)
        reading = self._reading.setdefault(client(scope), asyncio.Lock())

        async def needed() -> Message:
            while (message := await receive())["type"] == "websocket.receive":
                data = message.get("bytes") or b""
                files = files_asked_for(data)
                if files is not None and _is_rerun(data):
                    break
                async with reading:
                    await asyncio.sleep(min(len(data), MOST_BYTES) / BYTES_PER_S + (files or 0) / FILES_PER_S)
                if files is not None:
                    break
            return message

        return await self._app(scope, needed, send)


def files_asked_for(data: bytes) -> int | None:
    """For how many files this message wants a place, mostly for none; None where no page needs the message."""
    if _is_rerun(data):
        return 0 if len(data) - len(data.translate(None, _MARKS)) <= MOST_MARKS else None
    if len(data) > MOST_BYTES:
        return None
    try:
        asked = BackMsg.FromString(data)
    except DecodeError:
        return None
    kind = asked.WhichOneof("type")
    if kind == "file_urls_request":
        files = len(asked.file_urls_request.file_names)
        return files if files <= MOST_FILES else None
    if kind == "backend_operation_request":  # of which only the downloads are Rupa's
        return 0 if asked.backend_operation_request.WhichOneof("payload") == "deferred_file" else None
    return 0 if kind in _NEEDED else None


def _is_rerun(data: bytes) -> bool:
    """Told by its first bytes alone, for it may be long; it must reach to the end, or what follows would count."""
    size = 0
    for place, byte in enumerate(data[1:5]):
        size |= (byte & 127) << 7 * place
        if byte < 128:
            return data.startswith(_RERUN) and size == len(data) - 2 - place
    return False
