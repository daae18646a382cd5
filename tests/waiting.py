"""Waiting for the thing itself, with an end."""

import time
from collections.abc import Callable

LOOK_EVERY_S = 0.03


def waited(holds: Callable[[], bool], patience_s: float = 60.0) -> bool:
    """Whether this came to hold."""
    given_up = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > given_up:
            return False
        time.sleep(LOOK_EVERY_S)  # leaves the processor to what is waited for
    return True
