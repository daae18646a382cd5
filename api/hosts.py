"""Whom the server answers, and what browsers may do with the answer.

A request must name a host that is ours (else a page of another site could reach this computer by pointing its
own name at it), and what changes something must not come from a page of another origin.
"""

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusals import Refusal
from api.scripts import sources

THIS_COMPUTER = ("localhost", "127.0.0.1", "[::1]")
_READ_ONLY = ("GET", "HEAD", "OPTIONS")
# What shows photos or speaks of them is not for a browser's disk.
_NEVER_STORED = ("/api/", "/healthz", "/media/")
# Streamlit's pages load scripts of their own as blobs, and need styles in line; no other host is asked for anything.
_CONTENT = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)


def headers(scripts: Iterable[str] = ()) -> dict[str, str]:
    """What is put on every answer; `scripts` are the texts of those that may stand in a page itself."""
    allowed = " ".join(("script-src 'self' blob:", *sources(scripts)))
    return {
        "Content-Security-Policy": "; ".join((allowed, *_CONTENT)),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


class Hosts:
    """Refuses strangers, and puts the headers on every answer, refusals included."""

    def __init__(self, app: ASGIApp, allowed: Collection[str] = (), scripts: Iterable[str] = ()) -> None:
        self._app = app
        self._headers = headers(scripts)
        self._allowed = {_as_in_address(name.lower()) for name in (*THIS_COMPUTER, *allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal:
                return await send({"type": "websocket.close", "code": 1008})
            return await self._app(scope, receive, send)

        never_stored = scope["path"].startswith(_NEVER_STORED)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.update(self._headers)
                if never_stored:
                    sent["Cache-Control"] = "no-store"
            await send(message)

        if refusal:
            return await refusal(scope, receive, with_headers)
        return await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Refusal | None:
        asked = Headers(scope=scope)
        named = asked.getlist("host")
        if len(named) != 1 or _without_port(named[0]) not in self._allowed:
            return Refusal("host_unknown")
        changes = scope["type"] == "websocket" or scope["method"] not in _READ_ONLY
        if changes and not all(_is_ours(origin, named[0], scope) for origin in asked.getlist("origin")):
            return Refusal("origin_foreign")
        return None


def _is_ours(origin: str, host: str, scope: Scope) -> bool:
    """Who can change what passes on a network can make up a page of ours without TLS, but not with it."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    encrypted = scope.get("scheme") in ("https", "wss")
    return parts.netloc.lower() == host.lower() and (parts.scheme == "https" or not encrypted)


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if port.isdecimal() else host).lower()


def _as_in_address(name: str) -> str:
    """An address of the newer kind stands in brackets there, and without them in Streamlit's settings."""
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
