"""Addresses of pages have one part. What is asked for deeper down is sent to its last part.

Streamlit answers any address with its page, but that page finds its scripts beside the address, and so comes up blank
anywhere below the first level.
"""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# What is served below the first level: our own, and Streamlit's.
_DEEPER = ("/api/", "/app/static/", "/_stcore/", "/component/", "/media/", "/static/")


class Addresses:
    """Sends a person's browser from /photo/about to /about, where there is a page or a kind word."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _is_blank(scope):
            parts = [part for part in scope["path"].split("/") if part.strip()]
            # Quoted whole, so that the browser cannot take it for the name of another host.
            address = "/" + quote(parts[-1] if parts else "", safe="")
            asked = scope["query_string"].decode("latin-1")
            return await RedirectResponse(address + (f"?{asked}" if asked else ""))(scope, receive, send)
        return await self._app(scope, receive, send)


def _is_blank(scope: Scope) -> bool:
    """Whether somebody asks for a page where none can be drawn."""
    path = scope["path"]
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    return wants_page and "/" in path.strip("/") and not path.startswith(_DEEPER)
