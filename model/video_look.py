"""Twice through a clip: who is seen when, and the same frames with the answers drawn in.

Threads read ahead, look, and write behind; `video_process.py` bounds what all of it may use.
"""

import base64
import errno
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO

import numpy as np

from model.annotate import Mark, annotate
from model.faces import Face, Pixels, align
from model.mtcnn import Mtcnn
from model.pipeline import UNSURE
from model.running import Running
from model.tracking import Tracker
from model.video_pieces import Pieces, Sighting
from model.video_read import Clip, Frame
from model.video_tracks import LOST_S, Followed, box_at, people
from model.video_words import VideoError
from model.video_write import Writer

# Faces narrower than about a 33rd of the frame are not looked for; with all pixels of 720p it would take three times as
# long (measured: 28 ms at 0.3 megapixels, 104 ms at 1).
DETECTION_PX = 360_000
DETECTORS = 2
ANSWER_EVERY_S = 0.45  # of one face; what changes between two looks is the place rather than the answer
_AHEAD = 4

Tell = Callable[..., None]


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
    sure_at = running.artifact.card.sure_at
    faces, more = people(pieces.kept, every_s=every_s, looks=looks, sure_at=sure_at)
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
    notes = opened_clip.notes
    notes |= {"no_sound"} if silent or opened_clip.silent else set()
    notes |= {"crowd"} if more or pieces.left_out else set()
    return {
        "width": size[0],
        "height": size[1],
        "seconds": round(seconds, 3),
        "fps": round(opened_clip.fps, 3),
        "looks": looks,
        "rate": rate,
        "model": running.artifact.name,
        "notes": sorted(notes),
        "faces": [face.as_json() | {"crop": base64.b64encode(face.crop).decode()} for face in faces],
    }


def _first(
    clip: Clip, running: Running, every_s: float, tell: Tell
) -> tuple[Pieces, int, tuple[int, int] | None]:
    """Every so often the detector looks, a few frames ahead of the tracker, which takes them in order."""
    detector = Mtcnn()  # it has a set of networks for each core
    tracker = Tracker(running.artifact.card.sure_at, lost_s=LOST_S)
    pieces = Pieces()
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
    return pieces, looks, size


def _take(
    at_s: float,
    pixels: Pixels,
    found: "Future[list[Face]]",
    tracker: Tracker,
    pieces: Pieces,
    running: Running,
) -> None:
    tracker.follow(pixels)
    faces = found.result()
    tracks = tracker.take(faces, at_s)
    if not faces:
        return
    side = running.artifact.card.input_size
    pairs = [
        (face, track, align(pixels, face.landmarks, side)) for face, track in zip(faces, tracks, strict=True)
    ]
    asked = [
        (track.number, crop)
        for _, track, crop in pairs
        if at_s - pieces.answered_s(track.number) >= ANSWER_EVERY_S
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
        pieces.add(track.number, seen, crop)
    pieces.bound(now)


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

    Thread(target=read, daemon=True, name="reader").start()
    while (event := queue.get()) is not end:
        if isinstance(event, BaseException):
            raise event
        yield event
