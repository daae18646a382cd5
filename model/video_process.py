"""The video process: one clip from its bytes to its result, bounded in memory and time, and nothing left behind.

`video.py` starts it, isolated, and keeps the time. Clip and result lie in files without a name, which the system
drops with the process, however that ends. It ends when its input closes, so also when its parent is killed.

    request   length (uint32) | JSON {"bytes", "model", "rate", "words"} | the clip; the input then stays open
    answers   length (uint32) | JSON, any number of {"stage", "at_s", "of_s", "fps", "left_s"}, and at the end
              {"error", "facts"} or {"result", "video": bytes} | the clip with the answers
"""

import base64
import errno
import io
import json
import os
import struct
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from typing import Any, BinaryIO

import av
import numpy as np
from PIL import Image

from model import atomic
from model.annotate import Mark, annotate
from model.card import ModelError
from model.faces import Face, Pixels, align
from model.images import PhotoError
from model.mtcnn import Mtcnn
from model.pipeline import UNSURE
from model.running import Running, opened
from model.tracking import Tracker
from model.video_read import Clip, Frame
from model.video_tracks import LOST_S, Followed, Piece, Sighting, box_at, people
from model.video_words import VideoError
from model.video_write import Writer

MEMORY_LIMIT = 6 * 2**30  # of addresses; what is really in use is a quarter of it at the most
FILE_LIMIT = 600 * 2**20
MAX_RESULT = 400 * 2**20
LENGTH = struct.Struct(">I")
MOST_REQUEST = 64 * 1024

# Faces narrower than about a 33rd of the frame are not looked for; with all pixels of 720p it would take three times as
# long (measured: 28 ms at 0.3 megapixels, 104 ms at 1).
DETECTION_PX = 360_000
DETECTORS = 2
ANSWER_EVERY_S = 0.45  # of one face; what changes between two looks is the place rather than the answer
CROP_JPEG = 90
_AHEAD = 4
_TELL_EVERY_S = 0.3

Tell = Callable[..., None]


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    av.logging.set_level(av.logging.PANIC)
    requests = sys.stdin.buffer
    _limit_resources()
    try:
        _serve(requests, answers)
        answers.flush()
    except BrokenPipeError:
        os._exit(0)
    except BaseException:  # whatever it is, the trace is for the log of whoever began this
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)  # the thread that waits for the input to close would never let it end


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    try:
        _answer(requests, answers)
    except (VideoError, ModelError, PhotoError) as error:
        _say(answers, {"error": error.code, "facts": dict(error.facts)})
    except MemoryError:
        _say(answers, {"error": "too_much_memory", "facts": {}})
    except OSError as error:
        if not atomic.is_full(error):
            raise
        _say(answers, {"error": "disk_full", "facts": {}})


def _answer(requests: BinaryIO, answers: BinaryIO) -> None:
    asked = json.loads(requests.read(LENGTH.unpack(requests.read(LENGTH.size))[0]))
    # Large files would fill the memory where the system's folder for temporary files is memory; that is its business.
    with tempfile.TemporaryFile() as clip, tempfile.TemporaryFile() as result:
        left = int(asked["bytes"])
        while left and (part := requests.read(min(left, 2**20))):
            clip.write(part)
            left -= len(part)
        if left:
            return
        threading.Thread(target=_end_with, args=(requests,), daemon=True).start()
        Clip(clip).close()  # what cannot be opened is told before the model is
        running = opened(asked["model"])
        found = look(clip, result, running, asked["rate"], asked["words"], _Told(answers))
        size = result.seek(0, os.SEEK_END)
        if size > MAX_RESULT:
            raise VideoError("result_too_big")
        _say(answers, {"result": found, "video": size})
        result.seek(0)
        while part := result.read(2**20):
            answers.write(part)


def look(
    clip: BinaryIO, result: BinaryIO, running: Running, rate: float, words: Mapping[str, str], tell: Tell
) -> dict[str, Any]:
    """Twice through the clip: first who is seen when, then the same frames with the answers drawn in."""
    every_s = 1 / rate
    opened_clip = Clip(clip)
    try:
        pieces, looks, size = _first(opened_clip, running, every_s, tell)
    finally:
        opened_clip.close()
    if not looks or size is None:
        raise VideoError("truncated")
    faces = people(pieces, every_s=every_s, looks=looks, sure_at=running.artifact.card.sure_at)
    if not faces:
        raise VideoError("no_face")
    opened_clip = Clip(clip)
    try:
        seconds, silent = _second(opened_clip, result, faces, every_s, size, words, tell)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise VideoError("result_too_big") from error
    opened_clip.close()  # not where it failed: the thread that reads it may still be at it
    notes = opened_clip.notes | ({"no_sound"} if silent or opened_clip.silent else set())
    return {
        "width": size[0],
        "height": size[1],
        "seconds": round(seconds, 3),
        "fps": round(opened_clip.fps, 3),
        "looks": looks,
        "rate": rate,
        "model": running.artifact.name,
        "notes": sorted(notes),
        "faces": [face.as_json() | {"crop": _jpeg(face.crop)} for face in faces],
    }


def _first(
    clip: Clip, running: Running, every_s: float, tell: Tell
) -> tuple[list[Piece], int, tuple[int, int] | None]:
    """Every so often the detector looks, a few frames ahead of the tracker, which takes them in order."""
    detector = Mtcnn()  # it has a set of networks for each core
    tracker = Tracker(running.artifact.card.sure_at, lost_s=LOST_S)
    pieces: dict[int, Piece] = {}
    looks, size = 0, None
    under_way: deque[tuple[float, Pixels, Future[list[Face]]]] = deque()
    with ThreadPoolExecutor(DETECTORS, thread_name_prefix="detector") as pool:
        for count, (at_s, pixels) in enumerate(clip.moments(every_s), start=1):
            tell("looking", at_s, clip.seconds, count)
            if pixels is None:
                continue
            looks += 1
            size = (pixels.shape[1], pixels.shape[0])
            found = pool.submit(detector.detect, pixels, max_px=DETECTION_PX)
            under_way.append((at_s, pixels, found))
            if len(under_way) > _AHEAD:
                _take(*under_way.popleft(), tracker, pieces, running)
        while under_way:
            _take(*under_way.popleft(), tracker, pieces, running)
    return list(pieces.values()), looks, size


def _take(
    at_s: float,
    pixels: Pixels,
    found: "Future[list[Face]]",
    tracker: Tracker,
    pieces: dict[int, Piece],
    running: Running,
) -> None:
    tracker.follow(pixels)
    faces = found.result()
    tracks = tracker.take(faces, at_s)
    if not faces:
        return
    side = running.artifact.card.input_size
    pairs = [
        (face, track, align(pixels, face.landmarks, side))
        for face, track in zip(faces, tracks, strict=True)
        if track is not None
    ]
    asked = [
        (track.number, crop)
        for _, track, crop in pairs
        if (known := pieces.get(track.number)) is None or at_s - known.answered_s >= ANSWER_EVERY_S
    ]
    answers: dict[int, float] = {}
    if asked:
        predicted = running.service.predict(np.stack([crop for _, crop in asked]))
        answers = {number: float(p[1]) for (number, _), p in zip(asked, predicted.probabilities, strict=True)}
    for number, p_male in answers.items():
        tracker.answer(number, p_male, at_s)
    now = {track.number: track for track in tracker.tracks}
    for face, track, crop in pairs:
        settled = now[track.number]
        seen = Sighting(
            at_s,
            face.box,
            face.score,
            answers.get(track.number),
            settled.label or UNSURE,
            settled.confidence,
        )
        pieces.setdefault(track.number, Piece()).add(seen, crop)


def _second(
    clip: Clip,
    result: BinaryIO,
    faces: list[Followed],
    every_s: float,
    size: tuple[int, int],
    words: Mapping[str, str],
    tell: Tell,
) -> tuple[float, bool]:
    """One thread reads, this one draws, another writes a little behind; the encoder has threads of its own."""
    writer = Writer(result, size, clip.fps, clip.start_s, clip.sound)
    at_s, count = 0.0, 0
    last: Future[None] | None = None
    behind: deque[Future[None]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="writer") as pool:
        for event in _ahead(clip.everything()):
            if len(behind) > _AHEAD:
                behind.popleft().result()
            if not isinstance(event, Frame):
                last = pool.submit(_after, last, writer.packet, event.packet)
                behind.append(last)
                continue
            at_s, count = event.at_s, count + 1
            tell("drawing", at_s, clip.seconds, count)
            marks = []
            for face in faces:
                if place := box_at(face, at_s, every_s):
                    box, said = place
                    marks.append(Mark(box, said.label, said.confidence, said.label != UNSURE, face.number))
            drawn = annotate(event.pixels, marks, words) if marks else event.pixels
            last = pool.submit(_after, last, writer.frame, at_s, drawn)
            behind.append(last)
        for written in behind:
            written.result()
    writer.close()
    return at_s, writer.silent


def _after(before: "Future[None] | None", work: Callable[..., None], *arguments: Any) -> None:
    """Not at all where what came before failed: libav crashes over a file that it could not write to."""
    if before is not None:
        before.result()
    work(*arguments)


def _ahead(events: Iterator[Any]) -> Iterator[Any]:
    """The same, read by a thread a little ahead."""
    queue: Queue[Any] = Queue(maxsize=_AHEAD)
    end = object()

    def read() -> None:
        try:
            for event in events:
                queue.put(event)
            queue.put(end)
        except BaseException as error:  # to be raised where somebody waits for the events
            queue.put(error)

    threading.Thread(target=read, daemon=True, name="reader").start()
    while (event := queue.get()) is not end:
        if isinstance(event, BaseException):
            raise event
        yield event


class _Told:
    """How far it is, a few times a second. Drawing takes about as long as looking."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._began = self._last = time.monotonic()
        self._stage = ""
        self._stage_began = self._began

    def __call__(self, stage: str, at_s: float, of_s: float | None, frames: int) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._stage_began = stage, now
        elif now - self._last < _TELL_EVERY_S:
            return
        self._last = now
        taken = now - self._stage_began
        share = min(1.0, at_s / of_s) if of_s else None
        left = None
        if share and taken > 1:
            left = taken * (1 - share) / share + (taken / share if stage == "looking" else 0.0)
        fps = frames / taken if taken > 0.5 else None
        _say(self._answers, {"stage": stage, "at_s": at_s, "of_s": of_s, "fps": fps, "left_s": left})


def _say(answers: BinaryIO, said: Mapping[str, Any]) -> None:
    line = json.dumps(said).encode()
    answers.write(LENGTH.pack(len(line)) + line)
    answers.flush()


def _jpeg(crop: Pixels) -> str:
    packed = io.BytesIO()
    Image.fromarray(crop).save(packed, "JPEG", quality=CROP_JPEG)
    return base64.b64encode(packed.getvalue()).decode()


def _end_with(requests: BinaryIO) -> None:
    requests.read(1)
    os._exit(1)


def _limit_resources() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; those on bytes, frames and time hold there too
        return
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a result that grows too large is an error like others
    for name, limit in {
        "RLIMIT_AS": MEMORY_LIMIT,
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": FILE_LIMIT,
    }.items():
        try:
            resource.setrlimit(getattr(resource, name), (limit, limit))
        except (ValueError, OSError):  # macOS has no limit on the address space
            continue


if __name__ == "__main__":
    main()
