"""Labelled crops to batches: in a new order each epoch, disturbed on the way, prepared while the last one is learnt.

The order and every disturbance depend only on the seed, the epoch and the batch, so that a run that was killed goes on
with the very batches it would have seen.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from training import disturb

UNKNOWN = -1
_COLUMNS = ("where", "rows", "labels", "ages", "races", "weights")
_READY = 6
_FEEDERS = 2

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Examples:
    """`sources[where[i]][rows[i]]` is the wide crop of example i. Ages and races are class numbers, -1 if unknown."""

    sources: tuple[NDArray[np.uint8], ...]
    where: Ints
    rows: NDArray[np.intp]
    labels: Ints
    ages: Ints
    races: Ints
    weights: Floats
    male: Floats | None = None  # how male each is to be answered, where a teacher softened the labels

    def __len__(self) -> int:
        return len(self.rows)

    def targets(self, chosen: NDArray[np.intp]) -> Floats:
        """What to answer for these examples: one row of two shares each."""
        male = self.labels if self.male is None else self.male
        shares = np.stack([1 - male[chosen], male[chosen]], axis=1)
        return np.asarray(shares, np.float32)

    def only(self, chosen: NDArray[np.intp]) -> "Examples":
        cut = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return replace(self, **cut, male=None if self.male is None else self.male[chosen])

    def crop(self, example: int) -> NDArray[np.uint8]:
        return self.sources[self.where[example]][self.rows[example]]

    def first(self, count: int) -> "Examples":
        return self.only(np.arange(min(count, len(self))))

    @staticmethod
    def joined(parts: "list[Examples]") -> "Examples":
        """All of them as one; nothing is copied but the columns."""
        shifts = np.cumsum([0, *(len(part.sources) for part in parts)]).tolist()
        moved = [replace(p, where=p.where + shift) for p, shift in zip(parts, shifts, strict=False)]
        columns = {name: np.concatenate([getattr(part, name) for part in moved]) for name in _COLUMNS}
        return Examples(tuple(source for part in parts for source in part.sources), **columns)


@dataclass(frozen=True)
class Batch:
    pixels: Floats
    labels: Floats  # one row of two shares each: mixed photos have mixed labels
    ages: Ints
    races: Ints


Augment = Callable[[Floats, Floats, int], tuple[Floats, Floats]]


def views(examples: Examples, size: tuple[int, int], at_once: int) -> Iterator[Floats]:
    """Every example as the finished model will see it, in order."""
    for start in range(0, len(examples), at_once):
        some = range(start, min(start + at_once, len(examples)))
        yield np.stack([_plain(examples.crop(example), size) for example in some]).astype(np.float32)


def epoch(
    examples: Examples, size: tuple[int, int], batch: int, seed: tuple[int, int], augment: Augment | None
) -> Iterator[Batch]:
    """One epoch's batches. `seed` is the run's and the epoch's; no `augment` means everyday disturbances."""
    order = _order(examples, np.random.default_rng(seed))
    steps = steps_of(examples, batch)
    ready: list[queue.Queue[Batch | BaseException]] = [queue.Queue(_READY) for _ in range(_FEEDERS)]
    over = threading.Event()

    def feed(feeder: int) -> None:
        try:
            for number in range(feeder, steps, _FEEDERS):
                chosen = order[number * batch : (number + 1) * batch]
                _put(ready[feeder], _prepare(examples, chosen, size, (*seed, number), augment), over)
                if over.is_set():
                    return
        except BaseException as error:  # the epoch's own thread raises it
            _put(ready[feeder], error, over)

    threads = [threading.Thread(target=feed, args=(n,), daemon=True, name="batches") for n in range(_FEEDERS)]
    for thread in threads:
        thread.start()
    try:
        for number in range(steps):
            prepared = ready[number % _FEEDERS].get()
            if isinstance(prepared, BaseException):
                raise prepared
            yield prepared
    finally:
        over.set()


def steps_of(examples: Examples, batch: int) -> int:
    return max(1, len(examples) // batch)


def _order(examples: Examples, rng: np.random.Generator) -> NDArray[np.intp]:
    """All examples shuffled; where some weigh more, that much more often instead of others."""
    count = len(examples)
    if (examples.weights == examples.weights[0]).all():
        return rng.permutation(count)
    share = examples.weights.astype(np.float64) / examples.weights.sum() * count
    times = np.floor(share + rng.random(count)).astype(np.intp)
    drawn = rng.permutation(np.repeat(np.arange(count), times))
    return np.resize(drawn, count)


def _prepare(
    examples: Examples,
    chosen: NDArray[np.intp],
    size: tuple[int, int],
    seed: tuple[int, ...],
    augment: Augment | None,
) -> Batch:
    rng = np.random.default_rng(seed)
    crops = [examples.crop(example) for example in chosen]
    labels = examples.targets(chosen)
    if augment is None:
        pixels = np.stack([_fitted(disturb.disturb(crop, max(size), rng), size) for crop in crops])
    else:
        pixels = np.stack([_plain(crop, size) for crop in crops]).astype(np.float32)
        pixels, labels = augment(pixels, labels, int(rng.integers(2**31)))
    return Batch(pixels.astype(np.float32), labels, examples.ages[chosen], examples.races[chosen])


def _plain(crop: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return _fitted(disturb.look(crop, max(size)), size)


def _fitted(view: NDArray, size: tuple[int, int]) -> NDArray:
    """The middle of a square view; a model that wants 218 x 178 loses a little at both sides."""
    height, width = size
    top, left = (view.shape[0] - height) // 2, (view.shape[1] - width) // 2
    return view[top : top + height, left : left + width]


def _put(
    ready: "queue.Queue[Batch | BaseException]", item: Batch | BaseException, over: threading.Event
) -> None:
    while not over.is_set():
        try:
            ready.put(item, timeout=0.2)
        except queue.Full:
            continue
        return
