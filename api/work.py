"""Photos of programs are read a few at a time, so that the pages stay answerable; the queue has an end."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from api.refusals import Refusal

AT_ONCE = 2
MAX_WAITING = 32

Result = TypeVar("Result")


class Work:
    """A place is for a request, `do` for each photo in it: a request with many lets others in between."""

    def __init__(self, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="api")
        self._places = at_once + max_waiting
        self._taken = 0
        self._lock = threading.Lock()

    def need_place(self) -> None:
        """Raises `Refusal` where there is none now: before the body is read, that is cheap."""
        if self._taken >= self._places:
            raise Refusal("busy")

    @contextmanager
    def place(self) -> Iterator[None]:
        with self._lock:
            self.need_place()
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1

    async def do(self, call: Callable[[], Result]) -> Result:
        return await asyncio.wrap_future(self._threads.submit(call))
