"""How long a client may be connected without getting on, and how many may be at once.

uvicorn closes a connection that is silent after an answer, but waits for ever for a first request, for the end of one
that comes a letter at a time, and for a client that does not take its answer; and Streamlit passes none of uvicorn's
own limits on. What a request's body may take is said in `bodies.py`.
"""

from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol


@dataclass(frozen=True)
class Limits:
    head_s: float = 15.0  # from the connection, or the answer before, to the end of a request's head
    stuck_s: float = 60.0  # that nothing of an answer is taken
    look_every_s: float = 5.0
    # Half for one address, so that the others still get in. With all else that the app has open it has to stay below
    # the 1,024 files that many systems let a process have.
    together: int = 600
    of_one: int = 300


def guard(limits: Limits | None = None, protocol: Any = AutoHTTPProtocol) -> None:
    """From now on, for every connection that is made."""
    limits = limits or Limits()
    made = protocol.connection_made

    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        # Nobody needs to know what answers.
        self.config.encoded_headers = [one for one in self.config.encoded_headers if one[0] != b"server"]
        if _is_full(self, limits):
            transport.abort()
        else:
            _Watch(self, limits).look()

    protocol.connection_made = connection_made


def _is_full(connection: Any, limits: Limits) -> bool:
    if len(connection.connections) > limits.together:
        return True
    address = _address(connection)
    return sum(_address(one) == address for one in connection.connections) > limits.of_one


def _address(connection: Any) -> str:
    return connection.client[0] if connection.client else ""


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
