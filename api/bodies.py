"""How much may be sent: every body is counted while it comes, and cut off where it has to end.

Streamlit bounds one uploaded file, not how many a visit holds, nor those of one address, nor all visits together: that
is done here too. What has arrived is counted and not what was announced, so nobody can reserve room without filling it.
"""

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rates import client
from api.refusals import Refusal

MB = 2**20
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
_PROGRAMS = ""  # beside the visits' ids
_DRAIN_S = 2.0
_DRAIN_BYTES = 256 * MB


@dataclass(frozen=True)
class Limits:
    """Bytes, unless the name says seconds."""

    request: int = 64 * MB  # of a program: three of the largest photos, or many of the usual ones
    requests_at_once: int = 256 * MB
    upload: int = 512 * MB  # of a page; Streamlit has its own, smaller one for each kind of file
    visit: int = 1024 * MB
    of_one: int = 1024 * MB  # of all visits from one address, so that one computer leaves room for the others
    visits_together: int = 2048 * MB
    others: int = 64 * 1024
    grace_s: float = 10.0
    per_second: int = 16 * 1024  # a slow body lives for the grace, and for as long as it keeps up this rate


class Bodies:
    """Wraps what each request receives; who reads on beyond a limit meets a `Refusal` there.

    `held` says how many bytes of uploaded files the app keeps, by the visit's id.
    """

    def __init__(
        self, app: ASGIApp, *, held: Callable[[], Mapping[str, int]], limits: Limits | None = None
    ) -> None:
        self._app = app
        self._held = held
        self._limits = limits or Limits()
        self._coming: Counter[str] = Counter()
        self._addresses: dict[str, str] = {}  # of each visit that brings or holds files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        visit = _visit(scope)
        most = self._most(scope, visit)
        if _announced(scope) > most:
            if "expect" not in Headers(scope=scope):  # who expects "100 Continue" has sent nothing yet
                await _drain(receive)
            return await _too_big(most)(scope, receive, send)
        began, received, complete = time.monotonic(), 0, False

        async def counted() -> Message:
            nonlocal received, complete
            if complete:
                return await receive()
            message = await self._in_time(receive, began, received)
            if message["type"] == "http.request":
                came = len(message.get("body", b""))
                received += came
                self._coming[visit] += came
                if visit:
                    self._addresses[visit] = client(scope)
                if refusal := _too_big(most) if received > most else self._no_room(visit):
                    await _drain(receive)
                    raise refusal
                complete = not message.get("more_body", False)
            return message

        async def cutting_off(message: Message) -> None:
            if message["type"] == "http.response.start" and not complete and _without_length(scope):
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        try:
            return await self._app(scope, counted, cutting_off)
        finally:
            self._coming[visit] -= received
            if not self._coming[visit]:
                del self._coming[visit]
            if visit:
                self._forget_visits()

    def _forget_visits(self) -> None:
        known = self._held().keys() | self._coming.keys()
        self._addresses = {visit: address for visit, address in self._addresses.items() if visit in known}

    def _most(self, scope: Scope, visit: str) -> int:
        if visit:
            return self._limits.upload
        return self._limits.request if scope["path"].startswith("/api/") else self._limits.others

    async def _in_time(self, receive: Receive, began: float, received: int) -> Message:
        end = began + self._limits.grace_s + received / self._limits.per_second
        try:
            async with asyncio.timeout(end - time.monotonic()):
                return await receive()
        except TimeoutError:
            raise Refusal("body_too_slow") from None

    def _no_room(self, visit: str) -> Refusal | None:
        limits = self._limits
        if not visit:
            return Refusal("busy") if self._coming[visit] > limits.requests_at_once else None
        held = Counter(self._held())
        held.update(self._coming)
        if held[visit] > limits.visit:
            return Refusal("session_full", max_mb=limits.visit / MB)
        mine = self._addresses[visit]
        of_one = sum(held[other] for other, address in self._addresses.items() if address == mine)
        together = held.total() - held[_PROGRAMS]
        return Refusal("busy") if of_one > limits.of_one or together > limits.visits_together else None


def _visit(scope: Scope) -> str:
    """The id of the visit whose page uploads a file; of anything else `_PROGRAMS`."""
    found = _UPLOAD.search(scope["path"])
    return found[1] if found else _PROGRAMS


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0


def _without_length(scope: Scope) -> bool:
    """Once it is answered, the server would let such a body go on for ever."""
    return "transfer-encoding" in Headers(scope=scope)


def _too_big(most: int) -> Refusal:
    return Refusal("body_too_big", max_mb=most / MB)


async def _drain(receive: Receive) -> None:
    """Let go some of what still comes: a client that is cut off while it sends would never read the answer."""
    rest = _DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_S):
            while rest > 0 and (message := await receive()).get("more_body"):
                rest -= len(message["body"])
