"""How many pages may be open at once: each costs memory for as long as it is open.

Who finds no place is refused before anything is made for it, and Streamlit's page tries again by itself.
"""

from collections import Counter

from starlette.types import ASGIApp, Receive, Scope, Send

from api.rates import client

# Whatever follows: to the router what ends in a line break is the same address as without it.
PAGES = "/_stcore/"
TOGETHER = 300
OF_ONE = 150  # so that one computer cannot shut the others out
TRY_AGAIN_LATER = 1013


class Places:
    """Counts the lines that pages hold open, for each client and together."""

    def __init__(self, app: ASGIApp, *, together: int = TOGETHER, of_one: int = OF_ONE) -> None:
        self._app = app
        self._together, self._of_one = together, of_one
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].startswith(PAGES):
            return await self._app(scope, receive, send)
        who = client(scope)
        if self._open.total() >= self._together or self._open[who] >= self._of_one:
            return await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        self._open[who] += 1
        try:
            return await self._app(scope, receive, send)
        finally:
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]
