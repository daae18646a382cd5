"""One engine for the whole process: opened once, exchanged without dropping anybody, honest about where it stands."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model import registry, running
from model.card import ModelError
from tests.model import small_network

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture(autouse=True)
def nothing_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in a fresh process, where somebody looks each time whether another model was chosen."""
    monkeypatch.setattr(running, "_opening", None)
    monkeypatch.setattr(running, "LOOK_EVERY_S", 0.0)
    yield
    opening = running._opening
    if opening is not None and opening.done() and not opening.exception():
        opening.result().service.close()


@pytest.fixture
def two_models(models_home: Path) -> Path:
    for name in ("one", "two"):
        small_network.artifact(models_home / "home" / "runs" / name / "model", name=name)
    registry.activate("one")
    return models_home


def test_it_warms_in_the_background_and_everybody_gets_the_same(two_models: Path) -> None:
    before = running.status()
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: running.get(), range(8)))

    assert before.state == "warming"
    assert len(set(map(id, got))) == 1
    now = running.status()
    assert (now.state, now.model) == ("ready", "one")
    assert now.device == f"CPU, {now.cores} core{'' if now.cores == 1 else 's'}"
    assert got[0].pipeline.read(SAMPLE.read_bytes()).faces


def test_where_there_is_no_model_it_says_so_and_tries_again_once_there_is(models_home: Path) -> None:
    with pytest.raises(ModelError) as caught:
        running.get()
    assert caught.value.code == "no_model"
    running.start()
    status = running.status()
    assert (status.state, status.error) == ("failed", caught.value)

    small_network.artifact(models_home / "artifacts" / "rupa-1", name="rupa-1")

    assert running.get().artifact.name == "rupa-1"


def test_a_choice_that_cannot_be_opened_is_passed_over_visibly(two_models: Path) -> None:
    small_network.artifact(two_models / "artifacts" / "rupa-1", name="rupa-1")
    (two_models / "home" / "runs" / "one" / "model" / "model.tflite").write_bytes(b"something else")

    running.get()

    status = running.status()
    assert (status.state, status.model) == ("ready", "rupa-1")
    assert status.passed_over is not None
    assert status.passed_over.code == "file_changed"


def until(model: str) -> None:
    """Ask as a page does until this one answers."""
    for _ in range(1_000):
        if running.status().model == model:
            return
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)  # lets the other threads go on
    raise AssertionError(f"{running.status().model} still answers")


def test_what_is_chosen_elsewhere_answers_here_too_and_the_one_before_until_then(two_models: Path) -> None:
    before = running.get()
    program = "import sys; from model import registry; registry.activate(sys.argv[1])"

    subprocess.run([sys.executable, "-c", program, "two"], check=True)
    at_once = running.get()
    until("two")

    assert at_once is before
    assert running.get().pipeline.read(SAMPLE.read_bytes()).faces
    running._one_exchange.acquire()  # once the exchange is over, the one before is closed
    running._one_exchange.release()
    assert not before.service._worker.is_alive()


def test_a_choice_that_cannot_answer_is_tried_once(
    two_models: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before, tried, over = running.get(), [], threading.Event()

    def refuse(name: str | None = None) -> running.Running:
        tried.append(name)
        over.set()
        raise ModelError("no_model")

    monkeypatch.setattr(running, "opened", refuse)
    registry.activate("two")
    running.status()
    assert over.wait(20)
    with running._one_exchange:
        assert running.get() is before
    for _ in range(5):
        assert running.status().model == "one"

    assert len(tried) == 1
    assert "the one before goes on" in caplog.text


def test_what_this_server_exchanged_itself_is_not_exchanged_again(two_models: Path) -> None:
    running.get()
    registry.activate("two")
    after = running.exchange()

    assert all(running.get() is after for _ in range(5))
    assert "exchanging" not in [thread.name for thread in threading.enumerate()]


def test_two_exchanges_at_once_leave_one_service_at_work(two_models: Path) -> None:
    first = running.get()
    registry.activate("two")

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: running.exchange(), range(4)))

    at_work = [one for one in (first, *made) if one.service._worker.is_alive()]
    assert at_work == [running.get()]


def test_an_exchange_drops_nobody(two_models: Path) -> None:
    data = SAMPLE.read_bytes()
    before = running.get()
    failed: list[object] = []
    over = threading.Event()

    def visit() -> None:
        while not over.is_set():
            reading = running.get().pipeline.read(data)
            if reading.error or not reading.faces:
                failed.append(reading.error)

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    registry.activate("two")
    after = running.exchange()
    late = before.pipeline.read(data)
    over.set()
    for visitor in visitors:
        visitor.join()

    assert failed == []
    assert late.faces
    assert (before.artifact.name, after.artifact.name) == ("one", "two")
    assert running.get() is after
    assert not before.service._worker.is_alive()


def test_an_exchange_that_fails_leaves_the_one_before(two_models: Path) -> None:
    before = running.get()
    registry.activate("two")
    for folder in ("one", "two"):
        (two_models / "home" / "runs" / folder / "model" / "model.tflite").write_bytes(b"something else")

    with pytest.raises(ModelError):
        running.exchange()

    assert running.get() is before
