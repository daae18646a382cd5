"""How often one client may ask: a bucket of tokens each, in a table that has an end."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from api.refusals import Refusal

PER_SECOND = 20.0
BURST = 60
MAX_CLIENTS = 10_000


class Rates:
    """Counts the requests to the API; the pages of a visitor are bounded by what they hold instead."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_second: float = PER_SECOND,
        burst: int = BURST,
        max_clients: int = MAX_CLIENTS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._per_second = per_second
        self._burst = burst
        self._max_clients = max_clients
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            wait_s = self._wait_s(client(scope))
            if wait_s > 0:
                return await Refusal("rate_limit", seconds=math.ceil(wait_s))(scope, receive, send)
        return await self._app(scope, receive, send)

    def _wait_s(self, client: str) -> float:
        """Take a token; where there is none, how long until there is."""
        now = self._now()
        left, since = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(self._burst, left + (now - since) * self._per_second)
        wait_s = max(0.0, (1 - tokens) / self._per_second)
        self._buckets[client] = (tokens if wait_s else tokens - 1, now)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return wait_s


def client(scope: Scope) -> str:
    """One address of the older kind; of the newer kind a household has 2**64, so those count as one."""
    return _household(scope["client"][0] if scope.get("client") else "")


@lru_cache(MAX_CLIENTS)
def _household(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address) or address.is_loopback:
        return str(address)
    if address.ipv4_mapped:  # what listens to both kinds writes the older one so
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address.packed, 64), strict=False))
