"""How often a PIN may be tried: a few times a minute from one address, and not much oftener from all together.

Who sits at this computer has only their own tries to wait for: strangers on the network cannot keep the presenter out.
What is remembered are the tries of the last minute, and there are never more of them than may be made.
"""

import ipaddress
import math
import threading
import time
from collections import deque
from collections.abc import Callable

OF_ONE = 5
OF_ALL = 20
WINDOW_S = 60.0
THIS_COMPUTER = "127.0.0.1"


class Tries:
    """Counts every try, also the right ones, before anybody looks whether it was right."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._made: deque[tuple[float, str]] = deque(maxlen=OF_ALL + OF_ONE)
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> int:
        """Take one try and return 0; where there is none left, return the seconds until there is."""
        who = household(address)
        with self._lock:
            now = self._now()
            while self._made and now - self._made[0][0] >= WINDOW_S:
                self._made.popleft()
            own = [when for when, whose in self._made if whose == who]
            if len(own) >= OF_ONE:
                return _until(own[0], now)
            others = [when for when, whose in self._made if whose != THIS_COMPUTER]
            if who != THIS_COMPUTER and len(others) >= OF_ALL:
                return _until(others[0], now)
            self._made.append((now, who))
            return 0

    def forget(self, address: str) -> None:
        """Whoever knew the PIN starts afresh."""
        who = household(address)
        with self._lock:
            self._made = deque((one for one in self._made if one[1] != who), maxlen=OF_ALL + OF_ONE)

    def remembered(self) -> int:
        return len(self._made)


def household(address: str) -> str:
    """One address of the older kind; of the newer kind a household has 2**64, so those count as one."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known.packed, 64), strict=False))


def _until(when: float, now: float) -> int:
    return max(1, math.ceil(when + WINDOW_S - now))
