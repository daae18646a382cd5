"""Giving memory back to the system once photos have been let go.

Pictures of many sizes, decoded in several threads, leave the C library's heap full of holes: measured with
`benchmarks.many`, two thirds of what 500 photos took stayed with the process although nothing in it was in use.
"""

import ctypes
import gc
import sys


def give_back() -> None:
    """Costs some milliseconds; glibc alone needs to be asked, elsewhere it happens by itself or not at all."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim:
        trim(0)
