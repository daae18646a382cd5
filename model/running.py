"""The engine of this process: opened once, in the background, and shared by everybody who asks.

Pages and the API ask here for the pipeline; the terminal opens its own by `opened`. Nobody waits for the opening
who does not have to: `status` answers at once. Where somebody else chooses another model, in a terminal or another
server, whoever asks next finds out, and it is exchanged in the background.
"""

import logging
import os
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model import classifier, images, quiet, registry
from model.card import ModelError
from model.classifier import Engine
from model.images import PhotoError
from model.mtcnn import Mtcnn
from model.pipeline import Pipeline
from model.registry import Artifact
from model.service import Service

WARM_SHAPE = (480, 640, 3)
LOOK_EVERY_S = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A model that answers. `passed_over` says why it is not the one that was chosen, where it is not."""

    pipeline: Pipeline
    service: Service
    artifact: Artifact
    device: str
    cores: int  # 0 where a graphics card answers
    passed_over: ModelError | None


@dataclass(frozen=True)
class Status:
    """Where the opening stands, for people. `error` is why it failed; whoever needs the engine then tries again."""

    state: Literal["warming", "ready", "failed"]
    device: str = ""
    cores: int = 0
    model: str | None = None
    passed_over: ModelError | None = None
    error: BaseException | None = None


_opening: Future[Running] | None = None
_lock = threading.Lock()
_one_exchange = threading.Lock()
_followed: object = None  # the choice by which the engine was opened, as `registry.choice` knows it
_looked_at = 0.0


def start() -> None:
    """Begin to open the engine, unless that has been tried or is under way."""
    _start(again=False)


def status() -> Status:
    opening = _start(again=False)
    if not opening.done():
        return Status("warming")
    if error := opening.exception():
        return Status("failed", error=error)
    running = opening.result()
    return Status("ready", running.device, running.cores, running.artifact.name, running.passed_over)


def get(timeout_s: float = 60.0) -> Running:
    """The engine, once it is warm; where opening it failed, it is tried again.

    Raises `ModelError` where there is none, and "busy" where that takes too long.
    """
    try:
        return _start(again=True).result(timeout_s)
    except TimeoutError:
        raise PhotoError("busy") from None


def exchange() -> Running:
    """Let the model that is active now answer from here on; who is being answered is answered by the one before."""
    with _one_exchange:
        return _exchanged()


def opened(name: str | None = None) -> Running:
    """The detector and the model of this name, or the one that answers now."""
    passed_over = None
    if name:
        artifact = registry.find(name)
        engine = classifier.load(artifact)
    else:
        active = registry.open_active(classifier.load)
        artifact, engine, passed_over = active.artifact, active.engine, active.passed_over
    detector, service = Mtcnn.on(engine.device), Service(engine)
    pipeline = Pipeline(detector, service, input_size=artifact.card.input_size, sure_at=artifact.card.sure_at)
    device, cores = _device(engine)
    return Running(pipeline, service, artifact, device, cores, passed_over)


def _start(*, again: bool) -> Future[Running]:
    """The opening; `again` begins it anew where it failed."""
    global _opening, _followed
    with _lock:
        failed = _opening is not None and _opening.done() and _opening.exception() is not None
        if _opening is not None and not (failed and again):
            _look()
            return _opening
        _followed = registry.choice()
        _opening = Future()
        threading.Thread(target=_open, args=(_opening,), name="opening", daemon=True).start()
        return _opening


def _look() -> None:
    """Whether somebody chose another model since: a look at one file, at most once a second."""
    global _looked_at
    now = time.monotonic()
    if now - _looked_at < LOOK_EVERY_S or _one_exchange.locked():
        return
    _looked_at = now
    if _opening is not None and _opening.done() and registry.choice() != _followed:
        threading.Thread(target=_follow, name="exchanging", daemon=True).start()


def _follow() -> None:
    with _one_exchange:
        if registry.choice() == _followed:
            return  # whoever chose it has seen to that
        try:
            _exchanged()
        except ModelError:
            log.exception("the model that was chosen cannot answer; the one before goes on")


def _exchanged() -> Running:
    global _opening, _followed
    with _lock:
        # Taken before the choice is read, and kept where it cannot be opened: nobody tries again every second.
        _followed = registry.choice()
    running = _warmed(opened())
    fresh: Future[Running] = Future()
    fresh.set_result(running)
    with _lock:
        before, _opening = _opening, fresh
    if before is not None:
        before.add_done_callback(_close)
    return running


def _close(before: Future[Running]) -> None:
    if not before.exception():
        before.result().service.close()


def _open(opening: Future[Running]) -> None:
    try:
        running = opened()
        images.warm()
        opening.set_result(_warmed(running))
    except BaseException as error:
        opening.set_exception(error)


def _warmed(running: Running) -> Running:
    running.pipeline.warm(np.full(WARM_SHAPE, 127, np.uint8))
    return running


def _device(engine: Engine) -> tuple[str, int]:
    if engine.device != "gpu":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return f"CPU, {cores} core{'' if cores == 1 else 's'}", cores
    tf = quiet.tensorflow()
    [gpu, *_] = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(gpu).get("device_name", "GPU"), 0
