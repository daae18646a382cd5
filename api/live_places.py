"""Who keeps a place on the Live page's line when all are taken and one more comes.

As long as places are free, nobody is counted: a whole class may come from one address, that of a school's router or of
the proxy before a container. Only when none is left does somebody give way: whoever is silent, else one of the address
that has the most, for an address that even with this place has no more than that one keeps. So nobody who shares an
address puts out another, and who was put out puts out nobody in turn.
"""

import math
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from starlette.websockets import WebSocket

QUIET_S = (
    15.0  # a browser that shows a camera sends many frames a second, and hangs up when it is paused or hidden
)


@dataclass(eq=False)
class Place:
    """One line, the address it comes from, and when it last had an answer; until frames are due it is not silent."""

    socket: WebSocket
    address: str
    heard_s: float = math.inf

    def heard(self) -> None:
        self.heard_s = time.monotonic()


def gives_way(taken: Collection[Place], address: str, now: float) -> Place | None:
    """Who leaves for one more from this address, or None where that one has to wait."""
    quietest_first = sorted(taken, key=lambda place: place.heard_s)
    if quietest_first and now - quietest_first[0].heard_s > QUIET_S:
        return quietest_first[0]
    each = Counter(place.address for place in taken)
    most = max(each.values(), default=0)
    if most < each[address] + 2:
        return None
    return next(place for place in quietest_first if each[place.address] == most)
