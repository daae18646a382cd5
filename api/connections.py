"""How long a client may be connected without getting on, and how many may be at once.

uvicorn closes a connection that is silent after an answer, but waits for ever for a first request, for the end of one
that comes a letter at a time, and for a client that does not take its answer; and Streamlit passes none of uvicorn's
own limits on. What a request's body may take is said in `bodies.py`.
"""

import contextlib
import logging
from asyncio.sslproto import SSLProtocol
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.utils import get_remote_addr

from api.rates import client

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

FILES = 4096  # that this process may have open, where the system allows it: macOS begins with 256, Linux with 1,024


@dataclass(frozen=True)
class Limits:
    # From the connection, before its TLS, or from the answer before, to the end of a request's head.
    head_s: float = 15.0
    stuck_s: float = 60.0  # that nothing of an answer is taken
    look_every_s: float = 5.0
    # Half for one address, so that the others still get in. Each is an open file.
    together: int = 600
    of_one: int = 300


def guard(limits: Limits | None = None, protocol: Any = AutoHTTPProtocol) -> None:
    """From now on, for every connection that is made."""
    limits = limits or Limits()
    _let_open(FILES)
    # It has a line for each request that is none, and a flood of those would fill the log.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    made = protocol.connection_made

    def connection_made(self: Any, transport: Any) -> None:
        counted = self in self.connections
        made(self, transport)
        # Nobody needs to know what answers.
        self.config.encoded_headers = [one for one in self.config.encoded_headers if one[0] != b"server"]
        if not counted:
            _let_in(self, limits)

    protocol.connection_made = connection_made
    _count_before_tls(limits, protocol)


def _count_before_tls(limits: Limits, protocol: Any) -> None:
    """uvicorn hears of a connection once the handshake is over; who never ends one would not be counted."""
    tls: Any = SSLProtocol
    made, lost = tls.connection_made, tls.connection_lost

    def connection_made(self: Any, transport: Any) -> None:
        connection = self._app_protocol
        if type(connection) is protocol:
            connection.transport, connection.client = transport, get_remote_addr(transport)
            connection.connections.add(connection)
            _let_in(connection, limits)
        made(self, transport)

    def connection_lost(self: Any, error: Exception | None) -> None:
        if type(self._app_protocol) is protocol:
            self._app_protocol.connections.discard(self._app_protocol)
        lost(self, error)

    tls.connection_made, tls.connection_lost = connection_made, connection_lost


def _let_in(connection: Any, limits: Limits) -> None:
    if _is_full(connection, limits):
        connection.transport.abort()
    else:
        _Watch(connection, limits).look()


def _let_open(files: int) -> None:
    if resource:
        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = files if most == resource.RLIM_INFINITY else min(files, most)
        if now != resource.RLIM_INFINITY and now < wanted:
            with contextlib.suppress(ValueError, OSError):  # it stays as it is
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _is_full(connection: Any, limits: Limits) -> bool:
    if len(connection.connections) > limits.together:
        return True
    address = client({"client": connection.client})
    same = sum(client({"client": one.client}) == address for one in connection.connections)
    return same > limits.of_one


class _Watch:
    """Looks now and then what a connection waits for, until it is gone or has become a websocket."""

    def __init__(self, connection: Any, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        self._waits_for: tuple[object, ...] = ()
        self._since = 0.0

    def look(self) -> None:
        connection = self._connection
        if connection not in connection.connections:
            return
        now = connection.loop.time()
        waits_for, limit_s = self._now()
        if waits_for != self._waits_for:
            self._waits_for, self._since = waits_for, now
        elif waits_for and now - self._since > limit_s:
            connection.transport.abort()
            return
        connection.loop.call_later(self._limits.look_every_s, self.look)

    def _now(self) -> tuple[tuple[object, ...], float]:
        """What it waits for, which is another thing as soon as anything went on; and for how long it may."""
        connection = self._connection
        left = connection.transport.get_write_buffer_size()
        if left:
            return ("answer taken", connection.cycle, left), self._limits.stuck_s
        if connection.cycle is None or connection.cycle.response_complete:
            return ("head", connection.cycle), self._limits.head_s
        return (), 0.0
