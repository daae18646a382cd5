"""The video process: one clip from its bytes to its result, bounded in memory and time, and nothing left behind.

What is done with the clip is in `video_look.py`. `video.py` starts it, isolated, and keeps the time. Clip and result
lie in files without a name, which the system drops with the process, however that ends. It ends when its input closes,
so also when its parent is killed.

    request   length (uint32) | JSON {"bytes", "model", "rate", "words"} | the clip; the input then stays open
    answers   length (uint32) | JSON, any number of {"stage", "at_s", "of_s", "fps", "left_s"}, and at the end
              {"error", "facts"} or {"result", "video": bytes} | the clip with the answers
"""

import json
import os
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any, BinaryIO

import av

from model import atomic, confined
from model.card import ModelError
from model.images import PhotoError
from model.running import opened
from model.video_look import look
from model.video_read import Clip
from model.video_words import VideoError

MEMORY_LIMIT = 6 * 2**30  # of addresses; what is really in use is a quarter of it at the most
FILE_LIMIT = 600 * 2**20
MAX_RESULT = 400 * 2**20
LENGTH = struct.Struct(">I")
MOST_REQUEST = 64 * 1024

_TELL_EVERY_S = 0.3


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
    [length] = LENGTH.unpack(requests.read(LENGTH.size))
    if length > MOST_REQUEST:
        raise ValueError(f"a request of {length} bytes")
    asked = json.loads(requests.read(length))
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
        if running.passed_over:
            found["notes"].append("other_model")
        size = result.seek(0, os.SEEK_END)
        if size > MAX_RESULT:
            raise VideoError("result_too_big")
        _say(answers, {"result": found, "video": size})
        result.seek(0)
        while part := result.read(2**20):
            answers.write(part)


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


def _end_with(requests: BinaryIO) -> None:
    requests.read(1)
    os._exit(1)


def _limit_resources() -> None:
    if hasattr(signal, "SIGXFSZ"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a result that grows too large is an error like others
    confined.to(memory=MEMORY_LIMIT, file=FILE_LIMIT)


if __name__ == "__main__":
    main()
