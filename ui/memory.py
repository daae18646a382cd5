"""Giving memory back to the system once photos have been let go.

Pictures of many sizes, decoded in several threads, leave the C library's heap full of holes: measured with
`benchmarks.many`, two thirds of what 500 photos took stayed with the process although nothing in it was in use.
"""

import ctypes
import gc
import sys
import threading

AFTER_THE_PAGE_S = 2.0


def give_back() -> None:
    """Costs some milliseconds; glibc alone needs to be asked, elsewhere it happens by itself or not at all."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim:
        trim(0)


def give_back_soon() -> None:
    """Once the page has been drawn anew: until then it holds on to some of what it is about to drop."""
    later = threading.Timer(AFTER_THE_PAGE_S, give_back)
    later.daemon = True
    later.start()
