"""A stream of frames through the real detector and model: each is answered at once, and the newest is looked at."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from model import running
from model.faces import Face, Pixels
from model.images import PhotoError, load
from model.live import ASK_AT_ONCE, BLIND_S, Live, LiveError, Shown
from tests.conftest import ROOT

SAMPLES = ROOT / "ui" / "assets" / "samples"
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def model() -> running.Running:
    return running.opened("rupa-1")


@pytest.fixture
def live(model: running.Running) -> Iterator[Live]:
    stream = Live.of(model)
    yield stream
    stream.close()


def frame(x: int = 0, name: str = "astronaut.jpg", side: int = 420) -> Pixels:
    """A photo, `x` pixels from the left, on 640 x 480."""
    picture = np.full((480, 640, 3), 120, np.uint8)
    photo = load((SAMPLES / name).read_bytes()).pixels
    height = round(side * photo.shape[0] / photo.shape[1])
    picture[40 : 40 + height, x : x + side] = cv2.resize(photo, (side, height), interpolation=cv2.INTER_AREA)
    return picture


def until(live: Live, pixels: Pixels, reached: str, least: int) -> Shown:
    """Send this frame again until something has grown so far: tracks, answers or looks."""
    waiting = threading.Event()
    for _ in range(round(PATIENCE_S / 0.01)):
        shown = live.see(pixels)
        numbers = {
            "tracks": len(shown.tracks),
            "answers": min((track.answers for track in shown.tracks), default=0),
            "looks": min((track.looks for track in shown.tracks), default=0),
        }
        if numbers[reached] >= least:
            return shown
        waiting.wait(0.01)  # the next frame of the camera
    raise AssertionError(f"{reached} stayed below {least}: {numbers}")


def test_a_face_is_found_and_answered_as_on_a_photo(live: Live, model: running.Running) -> None:
    pixels = frame(60)
    [alone] = model.pipeline.detector.detect(pixels, min_face_px=48)

    shown = until(live, pixels, "answers", 3)

    [track] = shown.tracks
    assert (track.label, shown.seen) == ("female", 1)
    assert track.confidence > 0.8
    assert track.face.box == pytest.approx(alone.box, abs=6)
    assert shown.looks_per_s > 0
    assert shown.answers_per_s > 0


def test_a_face_that_moves_is_followed_and_stays_one(live: Live) -> None:
    until(live, frame(0), "answers", 1)
    for x in range(0, 200, 4):
        shown = live.see(frame(x))

    [track] = shown.tracks
    began = until(live, frame(196), "looks", track.looks + 2).tracks[0]
    assert (track.number, began.number, shown.seen) == (1, 1, 1)
    assert began.face.box[0] == pytest.approx(track.face.box[0], abs=20)


def test_every_face_of_several_gets_its_answers(live: Live) -> None:
    shown = until(live, frame(0, "three.jpg", 640), "tracks", 3)
    shown = until(live, frame(0, "three.jpg", 640), "answers", 2)

    assert len(shown.tracks) == shown.seen == 3
    assert all(track.label for track in shown.tracks)


@dataclass
class Gate:
    """The detector behind a door, so that a test says when it looks; it notes what it was shown."""

    open: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    seen: list[int] = field(default_factory=list)
    fault: Exception | None = None

    def detect(self, pixels: Pixels, *, min_face_px: float = 24) -> list[Face]:
        self.seen.append(int(pixels[0, 0, 0]))
        self.entered.set()
        assert self.open.wait(PATIENCE_S)
        if self.fault:
            fault, self.fault = self.fault, None
            raise fault
        return []

    def nearly(self, pixels: Pixels) -> list[Face]:
        raise NotImplementedError


def behind(gate: Gate, model: running.Running) -> Live:
    return Live(gate, model.service, input_size=160, sure_at=0.8)


def numbered(n: int) -> Pixels:
    return np.full((48, 64, 3), n, np.uint8)


def test_a_slow_detector_gets_the_newest_frame_and_never_a_queue(model: running.Running) -> None:
    gate = Gate()
    live = behind(gate, model)
    live.see(numbered(1))
    assert gate.entered.wait(PATIENCE_S)
    for n in range(2, 60):
        live.see(numbered(n))  # comes back at once, although nobody looks
    gate.entered.clear()
    gate.open.set()

    assert gate.entered.wait(PATIENCE_S)
    live.close()
    assert gate.seen == [1, 59]


def test_a_detector_that_is_busy_costs_that_frame_alone(model: running.Running) -> None:
    gate = Gate(fault=PhotoError("busy"))
    gate.open.set()
    live = behind(gate, model)
    live.see(numbered(1))
    assert gate.entered.wait(PATIENCE_S)
    gate.entered.clear()
    live.see(numbered(2))

    assert gate.entered.wait(PATIENCE_S)
    live.close()
    assert gate.seen[-1] == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_detector_ends_the_stream_and_is_not_kept_quiet(model: running.Running) -> None:
    gate = Gate(fault=RuntimeError("no memory"))
    gate.open.set()
    live = behind(gate, model)
    live.see(numbered(1))
    live._worker.join(PATIENCE_S)

    with pytest.raises(LiveError):
        live.see(numbered(2))
    live.close()
    assert live.see(numbered(3)).tracks == ()


def test_without_any_look_no_face_stands_for_ever(model: running.Running) -> None:
    now = [0.0]
    live = Live(model.pipeline.detector, model.service, input_size=160, sure_at=0.8, clock=lambda: now[0])
    until(live, frame(60), "tracks", 1)
    live.close()  # nobody looks from here on

    now[0] = BLIND_S
    assert len(live.see(frame(60)).tracks) == 1
    now[0] += 0.1
    assert live.see(frame(60)).tracks == ()


def test_twenty_streams_leave_no_thread_behind(model: running.Running) -> None:
    before = set(threading.enumerate())
    for _ in range(20):
        live = Live.of(model)
        live.see(frame(60))
        live.close()

    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name == "live"]
    assert left == []
    assert live.see(frame(60)).looks_per_s >= 0  # a frame that comes too late does no harm


def test_no_look_asks_about_more_faces_than_it_may(model: running.Running) -> None:
    asked: list[int] = []

    class Counting:
        def submit(self, crops: Pixels) -> object:
            asked.append(len(crops))
            return model.service.submit(crops)

    live = Live(model.pipeline.detector, Counting(), input_size=160, sure_at=0.8)  # type: ignore[arg-type]
    until(live, frame(0, "three.jpg", 640), "answers", 2)
    live.close()

    assert max(asked) == ASK_AT_ONCE
