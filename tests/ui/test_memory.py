import platform
import threading

import numpy as np
import psutil
import pytest

from ui import memory

MB = 2**20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps memory that has been let go")
def test_memory_full_of_holes_goes_back_to_the_system() -> None:
    kept: list[np.ndarray] = []

    def fill() -> None:
        blocks = [np.ones(100_000, np.uint8) for _ in range(1000)]
        kept.extend(blocks[::100])

    filling = threading.Thread(target=fill)
    filling.start()
    filling.join()
    before = psutil.Process().memory_info().rss

    memory.give_back()

    assert (before - psutil.Process().memory_info().rss) / MB > 50
    assert len(kept) == 10
