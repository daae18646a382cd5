"""One thread answers for all: in order, within bounds, and a fault reaches only the one who caused it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest

from model.classifier import LiteRTEngine, Prediction
from model.faces import Pixels
from model.images import PhotoError
from model.registry import Artifact
from model.service import MAX_CROPS_AT_ONCE, Service
from tests.model import small_network


@dataclass
class Gate:
    """A real engine behind a door, so that a test decides when it answers; it notes what it was asked."""

    inner: LiteRTEngine
    open: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    asked: list[int] = field(default_factory=list)
    kind: str = "gate"
    device: str = "cpu"

    @property
    def input_size(self) -> int:
        return self.inner.input_size

    def predict(self, crops: Pixels) -> Prediction:
        self.entered.set()
        assert self.open.wait(30)
        self.asked.append(len(crops))
        if (crops == 13).all(axis=(1, 2, 3)).any():
            raise RuntimeError("thirteen")
        return self.inner.predict(crops)


@pytest.fixture(scope="module")
def engine(pooled: Artifact) -> LiteRTEngine:
    return LiteRTEngine(pooled.content("model.tflite"))


def test_thirty_threads_get_what_one_would_get_to_the_last_bit(engine: LiteRTEngine) -> None:
    crops = [small_network.crops(1 + seed % 11, seed=seed) for seed in range(30)]
    expected = [engine.predict(batch) for batch in crops]
    service = Service(engine)
    ready = threading.Barrier(30)

    def ask(batch: Pixels) -> Prediction:
        ready.wait()
        return service.predict(batch)

    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(ask, crops))
    service.close()

    for answer, right in zip(answers, expected, strict=True):
        np.testing.assert_array_equal(answer.probabilities, right.probabilities)
        np.testing.assert_array_equal(answer.features, right.features)
        np.testing.assert_array_equal(answer.embedding, right.embedding)


def test_what_waits_is_answered_together_up_to_a_batch(engine: LiteRTEngine) -> None:
    gate = Gate(engine)
    service = Service(gate)
    first = service.submit(small_network.crops(1))
    assert gate.entered.wait(30)

    waiting = [service.submit(small_network.crops(count)) for count in (2, 3, MAX_CROPS_AT_ONCE - 5, 1, 100)]
    gate.open.set()

    assert [len(future.result(30)) for future in [first, *waiting]] == [
        1,
        2,
        3,
        MAX_CROPS_AT_ONCE - 5,
        1,
        100,
    ]
    assert gate.asked == [1, MAX_CROPS_AT_ONCE, 1, 100]
    service.close()


def test_a_full_queue_says_busy_at_once_and_works_again_later(engine: LiteRTEngine) -> None:
    gate = Gate(engine)
    service = Service(gate, max_waiting=3)
    taken = service.submit(small_network.crops(1))
    assert gate.entered.wait(30)
    waiting = [service.submit(small_network.crops(1)) for _ in range(3)]

    with pytest.raises(PhotoError) as caught:
        service.predict(small_network.crops(1))
    gate.open.set()

    assert caught.value.code == "busy"
    assert all(len(future.result(30)) == 1 for future in [taken, *waiting])
    assert len(service.predict(small_network.crops(1))) == 1
    service.close()


def test_a_crowd_larger_than_the_queue_is_answered_when_nobody_else_waits(engine: LiteRTEngine) -> None:
    service = Service(engine, max_waiting=3)

    assert len(service.predict(small_network.crops(20))) == 20
    service.close()


def test_a_fault_reaches_only_the_one_who_caused_it(engine: LiteRTEngine) -> None:
    gate = Gate(engine)
    service = Service(gate)
    service.submit(small_network.crops(1))
    assert gate.entered.wait(30)
    good, other = small_network.crops(2), small_network.crops(3, seed=9)

    before = service.submit(good)
    faulty = service.submit(np.full((1, 32, 32, 3), 13, np.uint8))
    after = service.submit(other)
    gate.open.set()

    np.testing.assert_array_equal(before.result(30).embedding, engine.predict(good).embedding)
    np.testing.assert_array_equal(after.result(30).embedding, engine.predict(other).embedding)
    with pytest.raises(RuntimeError, match="thirteen"):
        faulty.result(30)
    assert len(service.predict(good)) == 2
    service.close()


def test_crops_of_another_size_are_refused_before_they_wait(engine: LiteRTEngine) -> None:
    service = Service(engine)

    with pytest.raises(ValueError, match="Crops are"):
        service.predict(np.zeros((1, 16, 16, 3), np.uint8))

    service.close()


def test_closing_answers_what_waits_and_later_ones_on_the_spot(engine: LiteRTEngine) -> None:
    gate = Gate(engine)
    service = Service(gate)
    taken = service.submit(small_network.crops(1))
    assert gate.entered.wait(30)
    waiting = service.submit(small_network.crops(2))
    closing = threading.Thread(target=service.close)
    closing.start()

    gate.open.set()
    closing.join(30)

    assert not closing.is_alive()
    assert (len(taken.result(0)), len(waiting.result(0))) == (1, 2)
    crops = small_network.crops(3)
    np.testing.assert_array_equal(service.predict(crops).embedding, engine.predict(crops).embedding)
    assert not [thread for thread in threading.enumerate() if thread is service._worker]
    service.close()


def test_a_request_that_was_given_up_is_left_out(engine: LiteRTEngine) -> None:
    gate = Gate(engine)
    service = Service(gate)
    service.submit(small_network.crops(1))
    assert gate.entered.wait(30)
    given_up, kept = service.submit(small_network.crops(4)), service.submit(small_network.crops(2))

    assert given_up.cancel()
    gate.open.set()

    assert len(kept.result(30)) == 2
    assert gate.asked == [1, 2]
    service.close()
