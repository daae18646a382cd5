"""The Live page's line: a browser sends frames of its camera, and gets back where faces are and how they look.

One line a visit, that names the visit first; frames as JPEG, each answered before the next one is taken, so that what
comes too fast waits in the sender's browser. A frame goes the way of every photo, through a decoder with limits, and
is gone when the next one is there. Nothing is kept. How large a message may be before it is seen here, the server's
maxMessageSize says; who gives way where all places are taken, `live_places.py`.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Collection
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from streamlit.runtime import get_instance

from api.live_places import Place, gives_way
from api.rates import client
from model import images, running
from model.card import ModelError
from model.images import PhotoError
from model.live import Live, LiveError, Shown

PATH = "/live/frames"
MAX_FRAME_BYTES = 400_000
MAX_FRAME_PX = 640 * 640
MAX_PER_S = 30.0
MAX_LINES = 8
MAX_WAITING = 8  # that have not said yet who they are
MAX_BAD_FRAMES = 30
HELLO_WITHIN_S = 10.0
SILENT_S = 900.0  # a camera that pauses longer begins anew

# Why a line was closed, as numbers that browsers are told; the page has the words.
BUSY, NO_MODEL, REPLACED, REFUSED, GAVE_WAY, FAULT = 4001, 4002, 4003, 4004, 4005, 1011

_GONE = (WebSocketDisconnect, WebSocketDisconnected)  # by the other side, or by us from another task
_lines: dict[str, Place] = {}
_waiting: dict[Place, None] = {}  # the one that came first is the first
_closing: set[asyncio.Task[None]] = set()


def route() -> WebSocketRoute:
    return WebSocketRoute(PATH, _line)


def lines() -> int:
    """How many are open now."""
    return len(_lines)


async def _line(socket: WebSocket) -> None:
    place = Place(socket, client(socket.scope))
    with contextlib.suppress(*_GONE, TimeoutError):
        await socket.accept()  # what is refused before tells the browser no reason
        if not _has_room(_waiting, MAX_WAITING, place):
            return await socket.close(BUSY)
        _waiting[place] = None
        try:
            visit = (await asyncio.wait_for(_message(socket), HELLO_WITHIN_S)).get("text") or ""
            if place not in _waiting:
                return None  # it has given way meanwhile
        finally:
            _waiting.pop(place, None)
        if not get_instance().is_active_session(visit):
            return await socket.close(REFUSED)
        if before := _lines.pop(visit, None):
            _close(before, REPLACED)  # its end must not become the newer one's
        if not _has_room(_lines.values(), MAX_LINES, place):
            return await socket.close(BUSY)
        _lines[visit] = place
        try:
            await _answer(place)
        finally:
            if _lines.get(visit) is place:
                del _lines[visit]


def _has_room(taken: Collection[Place], most: int, comes: Place) -> bool:
    """One more may come, where another has to leave for it as well."""
    if len(taken) < most:
        return True
    leaves = gives_way(taken, comes.address, time.monotonic())
    if leaves is None:
        return False
    _waiting.pop(leaves, None)
    for visit in [visit for visit, place in _lines.items() if place is leaves]:
        del _lines[visit]
    _close(leaves, GAVE_WAY)
    return True


def _close(place: Place, why: int) -> None:
    """Without waiting for the other side, which may never say that it has heard of it."""

    async def close() -> None:
        with contextlib.suppress(*_GONE):
            await place.socket.close(why)

    closing = asyncio.create_task(close())
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)


async def _answer(place: Place) -> None:
    socket = place.socket
    try:
        stream = await run_in_threadpool(_Stream)
    except (ModelError, PhotoError):
        return await socket.close(NO_MODEL)
    try:
        await socket.send_json({"ready": True})
        place.heard()
        await _frames(place, stream)
    finally:
        # Shielded, because this task may be on its way out already.
        await asyncio.shield(asyncio.to_thread(stream.close))


async def _frames(place: Place, stream: "_Stream") -> None:
    socket, bad = place.socket, 0
    while True:
        data = (await asyncio.wait_for(_message(socket), SILENT_S)).get("bytes") or b""
        place.heard()
        began = time.monotonic()
        if len(data) > MAX_FRAME_BYTES:
            return await socket.close(REFUSED)
        try:
            shown = await run_in_threadpool(stream.seen, data)
        except LiveError:
            return await socket.close(FAULT)
        except PhotoError as error:
            bad += 1
            if bad > MAX_BAD_FRAMES:
                return await socket.close(REFUSED)
            await socket.send_json({"error": error.code})
        else:
            bad = 0
            await socket.send_text(json.dumps(shown, separators=(",", ":")))
        place.heard()
        await asyncio.sleep(max(0.0, began + 1 / MAX_PER_S - time.monotonic()))


async def _message(socket: WebSocket) -> Message:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    return message


class _Stream:
    """What comes over one line, seen by the model that answers now: where another takes its place, faces begin anew."""

    def __init__(self) -> None:
        self._model = running.get()
        self._live = Live.of(self._model)

    def seen(self, data: bytes) -> dict[str, Any]:
        photo = images.load(data, working_px=MAX_FRAME_PX)
        height, width = photo.pixels.shape[:2]
        return as_json(self._of_now().see(photo.pixels), width, height)

    def close(self) -> None:
        self._live.close()

    def _of_now(self) -> Live:
        try:
            model = running.get()  # which looks at most once a second whether somebody chose another
        except ModelError:
            return self._live
        if model is not self._model:
            before, self._model, self._live = self._live, model, Live.of(model)
            before.close()
        return self._live


def as_json(shown: Shown, width: int, height: int) -> dict[str, Any]:
    """Boxes as shares of the frame."""
    scale = (width, height, width, height)
    return {
        "faces": [
            {
                "number": track.number,
                "box": [round(part / whole, 4) for part, whole in zip(track.face.box, scale, strict=True)],
                "answer": track.label,
                "male": round(track.p_male, 4),
            }
            for track in shown.tracks
        ],
        "seen": shown.seen,
        "looks": round(shown.looks_per_s, 1),
        "answers": round(shown.answers_per_s, 1),
    }
