"""What every augmentation does to one photo: made in a process of its own, held in memory, written nowhere.

Keras lives in that process (`preview_command.py`). One is at work at a time, and what it made is kept for the next who
asks for the same photo.
"""

import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from model import registry
from training import places
from training.recipe import AUGMENTATIONS

COUNT = 8
ORIGINAL = "original"
WITHIN_S = 90.0
AGAIN_S = 60.0
_NICE = 10  # whoever answers people goes first
_KEPT = 8
_MOST_BYTES = 8_000_000


@dataclass(frozen=True)
class Variants:
    """JPEG pictures: the photo as it is cut, and what each augmentation may make of it."""

    original: bytes
    of: Mapping[str, tuple[bytes, ...]]


@dataclass
class Order:
    """What was asked for. `ready` is set when it ended; `variants` is None then where it failed, at `failed_s`."""

    ready: threading.Event = field(default_factory=threading.Event)
    variants: Variants | None = None
    failed_s: float | None = None

    @property
    def stands(self) -> bool:
        """Whether whoever asks now need not begin again; at once would be for ever, where no photo shows a face."""
        return self.failed_s is None or time.monotonic() - self.failed_s < AGAIN_S


_orders: OrderedDict[tuple[str, ...], Order] = OrderedDict()
_door = threading.Lock()
_one_at_a_time = threading.Lock()


def of_data(specs: Sequence[str]) -> Order:
    """Of the first photo of these data sets that shows a face."""
    return _ordered(tuple(f"--data={spec}" for spec in specs))


def of_photo(file: Path) -> Order:
    return _ordered((f"--photo={file}",))


def forget() -> None:
    """Keep no picture any longer."""
    with _door:
        _orders.clear()


def name_of(augmentation: str, number: int) -> str:
    return f"{augmentation}-{number}.jpg"


def _ordered(words: tuple[str, ...]) -> Order:
    with _door:
        if words in _orders and _orders[words].stands:
            _orders.move_to_end(words)
            return _orders[words]
        order = _orders[words] = Order()
        _orders.move_to_end(words)
        while len(_orders) > _KEPT:
            _orders.popitem(last=False)
    threading.Thread(target=_make, args=(order, words), daemon=True, name="preview").start()
    return order


def _make(order: Order, words: tuple[str, ...]) -> None:
    try:
        with _one_at_a_time:
            order.variants = read(_asked(words))
    finally:
        if order.variants is None:
            order.failed_s = time.monotonic()
        order.ready.set()


def _asked(words: tuple[str, ...]) -> bytes:
    """What the process says; nothing where it failed, or took too long."""
    with subprocess.Popen(
        [sys.executable, "-m", "training", "preview", *words],
        cwd=registry.ROOT,
        env=os.environ | places.as_settings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        late = threading.Timer(WITHIN_S, _end, (process,))
        late.start()
        assert process.stdout is not None
        try:
            said = process.stdout.read(_MOST_BYTES + 1)
        finally:
            late.cancel()
            _end(process)
    return said if len(said) <= _MOST_BYTES else b""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """It, and whatever it started to read photos with."""
    if os.name != "posix":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def read(packed: bytes) -> Variants | None:
    """None where it is not the zip that the command writes."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            of = {
                name: tuple(opened.read(name_of(name, number)) for number in range(COUNT))
                for name in AUGMENTATIONS
            }
            return Variants(opened.read(f"{ORIGINAL}.jpg"), of)
    except (zipfile.BadZipFile, KeyError):
        return None
