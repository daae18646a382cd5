"""A clip from its bytes to its answers, in a process of its own that ends with whoever asked for it.

`begin` answers at once; how far the work is, and what came of it, is read from the `Work`. When nobody holds on to the
work any more, because its visit is over, or when it is cancelled, the process is killed, and with it goes the clip:
it only ever lay in a file without a name. What happens inside is told in `video_process.py`.
"""

import base64
import binascii
import json
import logging
import subprocess
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from model import video_child
from model.annotate import WORDS
from model.card import LABELS
from model.pipeline import UNSURE
from model.video_words import NOTES, SENTENCES, VideoError

__all__ = ["NOTES", "SENTENCES", "Film", "Seen", "Stage", "VideoError", "Work", "begin"]

MAX_MB = 500
SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
RATE = 4.0  # looks a second
RATES = (2.0, 4.0, 8.0)  # that can be chosen
TIME_LIMIT_S = 1200.0
AT_ONCE = 2
OF_ONE = 1  # of these, so that one computer cannot keep the others waiting for ever
_LENGTH_BYTES = 4
_MOST_SAID = 64 * 2**20
_MOST_RESULT = 400 * 2**20
_PIECE = 2**20
_SIGHTING_BYTES = 600  # in memory, as JSON is read: measured

_places = threading.BoundedSemaphore(AT_ONCE)
_reserved = threading.BoundedSemaphore(1)
_taken_by: Counter[str] = Counter()  # of the places for everybody
_taking = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """How far it is: `stage` is starting, looking or drawing, `share` of the whole, 0 as long as nobody can say."""

    stage: str = "starting"
    share: float = 0.0
    frames_per_s: float | None = None
    left_s: float | None = None


@dataclass(frozen=True)
class Seen:
    """One face of the clip as programs are told of it, and its best crop as a JPEG."""

    told: Mapping[str, Any]
    crop: bytes

    @property
    def number(self) -> int:
        return int(self.told["face"])

    @property
    def label(self) -> str:
        return str(self.told["label"])

    @property
    def female(self) -> float:
        return float(self.told["probabilities"][LABELS[0]])


@dataclass(frozen=True)
class Film:
    """What came of a clip: the MP4 with the answers, and who was seen in it."""

    mp4: bytes
    told: Mapping[str, Any]
    faces: tuple[Seen, ...]

    @property
    def seconds(self) -> float:
        return float(self.told["seconds"])

    @property
    def size(self) -> int:
        """About how many bytes it takes for as long as somebody holds it."""
        told = sum(len(face.crop) + _SIGHTING_BYTES * len(face.told["sightings"]) for face in self.faces)
        return len(self.mp4) + told

    @property
    def notes(self) -> list[str]:
        return [note for note in self.told["notes"] if note in NOTES]

    def as_json(self, file: str) -> dict[str, Any]:
        known = {name: self.told[name] for name in ("width", "height", "seconds", "rate", "model", "notes")}
        return {"file": file, **known, "faces": [dict(face.told) for face in self.faces]}


@dataclass
class _State:
    """What the thread that follows the process knows; the thread must not hold the `Work`, or it would never end."""

    stage: Stage = Stage()
    film: Film | None = None
    error: VideoError | None = None
    over: threading.Event = field(default_factory=threading.Event)
    why: VideoError | None = None  # it was ended from here, for this reason
    process: "subprocess.Popen[bytes] | None" = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def end(self, why: VideoError) -> None:
        with self.lock:
            if self.over.is_set() or self.why:
                return
            self.why = why
            if self.process:
                self.process.kill()


class Work:
    """A clip that is being looked at. Ends when it is cancelled, and when nobody holds it any more."""

    def __init__(self, state: _State) -> None:
        self._state = state
        weakref.finalize(self, state.end, VideoError("cancelled"))

    @property
    def stage(self) -> Stage:
        return self._state.stage

    @property
    def over(self) -> bool:
        return self._state.over.is_set()

    @property
    def film(self) -> Film | None:
        return self._state.film

    @property
    def error(self) -> VideoError | None:
        return self._state.error

    def wait(self, timeout_s: float | None = None) -> bool:
        return self._state.over.wait(timeout_s)

    def cancel(self) -> None:
        self._state.end(VideoError("cancelled"))
        self._state.over.wait(10)


def begin(
    clip: bytes,
    *,
    model: str | None = None,
    rate: float = RATE,
    words: Mapping[str, str] = WORDS,
    time_limit_s: float = TIME_LIMIT_S,
    who: str = "",
    reserved: bool = False,
    made: Callable[[Film], None] = lambda film: None,
) -> Work:
    """Start looking at a clip; raises `VideoError` where it is not even begun. `words` are drawn into the frames.

    `who` has at most `OF_ONE` of the places for everybody, where it says who that is; `reserved` may have the one that
    is kept free beside those. `made` is told of the film, in another thread, before anybody can ask for it.
    """
    if not clip:
        raise VideoError("empty")
    if len(clip) > MAX_MB * 2**20:
        raise VideoError("too_big", mb=len(clip) / 2**20, max_mb=MAX_MB)
    leave = _place(who, reserved)
    state = _State()
    asked = {"bytes": len(clip), "model": model, "rate": rate, "words": dict(words)}
    threading.Thread(
        target=_follow, args=(state, asked, [clip], time_limit_s, leave, made), daemon=True, name="video"
    ).start()
    return Work(state)


def _place(who: str, reserved: bool) -> Callable[[], None]:
    """Take one, and return how to give it back."""
    with _taking:
        if (not who or _taken_by[who] < OF_ONE) and _places.acquire(blocking=False):
            _taken_by[who] += 1
            return partial(_leave, who)
    if reserved and _reserved.acquire(blocking=False):
        return _reserved.release
    raise VideoError("busy")


def _leave(who: str) -> None:
    with _taking:
        _taken_by[who] -= 1
        if not _taken_by[who]:
            del _taken_by[who]
        _places.release()


def _follow(
    state: _State,
    asked: Mapping[str, Any],
    clip: list[bytes],
    time_limit_s: float,
    leave: Callable[[], None],
    made: Callable[[Film], None],
) -> None:
    process, trace = None, None
    try:
        process = video_child.start()
        trace = video_child.Trace(process)
        with state.lock:
            state.process = process
        if state.why:
            process.kill()
        clock = threading.Timer(time_limit_s, state.end, (VideoError("too_slow", minutes=time_limit_s / 60),))
        clock.daemon = True
        clock.start()
        try:
            film = _conversation(process, state, asked, clip)
            made(film)
            state.film = film
        finally:
            clock.cancel()
    except VideoError as error:
        state.error = error
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        state.error = video_child.why(process, trace, error)
    finally:
        if process is not None:
            video_child.close(process)
        leave()
        with state.lock:
            if state.why and not state.film:
                state.error = state.why
            state.over.set()


def _conversation(
    process: "subprocess.Popen[bytes]", state: _State, asked: Mapping[str, Any], clip: list[bytes]
) -> Film:
    assert process.stdin is not None
    assert process.stdout is not None
    line = json.dumps(asked).encode()
    rest = memoryview(clip.pop())
    try:
        process.stdin.write(len(line).to_bytes(_LENGTH_BYTES) + line)
        while rest:
            process.stdin.write(rest[:_PIECE])
            rest = rest[_PIECE:]
        process.stdin.flush()
    except OSError as error:
        _log.info("the video process took no more of the clip (%r)", error)  # it has said why
    del rest  # from here on the clip is in the process alone
    while True:
        said = json.loads(_read(process.stdout, int.from_bytes(_read(process.stdout, _LENGTH_BYTES))))
        if "error" in said:
            raise _error(said)
        if "result" in said:
            size = int(said["video"])
            if not 0 < size <= _MOST_RESULT:
                raise ValueError(f"a result of {size} bytes")
            return _film(said["result"], _read(process.stdout, size, _MOST_RESULT))
        state.stage = _stage(said)


def _read(stream: IO[bytes], size: int, most: int = _MOST_SAID) -> bytes:
    if size > most:
        raise ValueError(f"{size} bytes")
    found = stream.read(size)
    if len(found) != size:
        raise EOFError
    return found


def _stage(said: Mapping[str, Any]) -> Stage:
    drawing = said["stage"] == "drawing"
    part = min(1.0, said["at_s"] / said["of_s"]) if said["of_s"] else 0.0
    return Stage(
        "drawing" if drawing else "looking", (part + drawing) / 2, said["fps"] or None, said["left_s"]
    )


def _film(told: Mapping[str, Any], mp4: bytes) -> Film:
    faces = []
    for face in told["faces"]:
        if face["label"] not in (*LABELS, UNSURE):
            raise ValueError("a label that there is not")
        plain = {name: value for name, value in face.items() if name != "crop"}
        try:
            faces.append(Seen(plain, base64.b64decode(face["crop"], validate=True)))
        except binascii.Error as error:
            raise ValueError("a crop that is none") from error
    return Film(mp4, {name: value for name, value in told.items() if name != "faces"}, tuple(faces))


def _error(said: Mapping[str, Any]) -> VideoError:
    code = said["error"]
    return VideoError(code if code in SENTENCES else "failed", **said.get("facts", {}))
