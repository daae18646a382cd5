"""The video process as `video.py` holds it: how it is started, why it ended, and that it ends.

What it says of the clip is read there; what it does, `video_process.py` tells.
"""

import io
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from model.video_words import VideoError

PROGRAM = "import sys; sys.path.append(sys.argv[1]); from model.video_process import main; main()"
_MALLOC = {"MALLOC_ARENA_MAX": "4"}  # an arena for each thread keeps what frames took
_OUT_OF_MEMORY = (-9, 137)
_MOST_TRACE = 8 * 2**10
_GRACE_S = 2.0  # for a process that is ending to have ended

_log = logging.getLogger(__name__)


def start() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(Path(__file__).parent.parent)]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | _MALLOC | {"RUPA_DEVICE": "cpu"},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise VideoError("no_clip_reader") from error


class Trace:
    """The end of what the process writes for the log, read as it comes, so that it never waits for a reader."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._end = b""
        self._reader = threading.Thread(target=self._read, args=(process.stderr,), daemon=True, name="trace")
        self._reader.start()

    def _read(self, stream: io.BufferedReader) -> None:
        with stream:
            while piece := stream.read1(_MOST_TRACE):
                self._end = (self._end + piece)[-_MOST_TRACE:]

    def __str__(self) -> str:
        self._reader.join(_GRACE_S)
        return self._end.decode(errors="backslashreplace").strip() or "no trace"


def why(process: "subprocess.Popen[bytes] | None", trace: Trace | None, error: Exception) -> VideoError:
    """It talks nonsense, or ended without a word: killed by the system, short of memory, crashed over the clip."""
    code = None
    if process:
        try:
            code = process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
    _log.warning("the video process ended with %s (%r)\n%s", code, error, trace)
    return VideoError("too_much_memory" if code in _OUT_OF_MEMORY else "failed")


def close(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was still to be written finds nobody
                continue
