"""Looks at the decoding processes from outside, as the operating system sees them."""

import sys
import time
from collections.abc import Callable

import psutil
import pytest


def workers(parent: psutil.Process | None = None) -> list[psutil.Process]:
    found = []
    for child in (parent or psutil.Process()).children():
        try:
            if any("decoding_process" in word for word in child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def peaks_mb() -> list[float]:
    """The most memory that each worker has ever held."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells the peak of another process")
    peaks = []
    for worker in workers():
        with open(f"/proc/{worker.pid}/status") as status:
            peaks += [int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")]
    return peaks


def wait_until(true: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
