"""The way to a Ray cluster, for whoever imports Ray next: somebody answers there, and nothing is sent home."""

import os
import socket
from urllib.parse import urlsplit

_KNOCK_S = 5.0


def approach(address: str) -> None:
    """Raises `OSError` where nobody answers: Ray waits long for a cluster that is gone, and may end the process."""
    where = urlsplit(address if "://" in address else f"//{address}")
    if where.hostname and where.port:
        socket.create_connection((where.hostname, where.port), timeout=_KNOCK_S).close()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
