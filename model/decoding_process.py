"""A decoding process: bounded in memory, it answers photo after photo until its input closes.

`decoders.py` starts it, isolated from the caller's folder and settings, and keeps the time.

    request   format (8 bytes, padded) | working_px (uint32) | length (uint32) | the file
    answer    length (uint32) | JSON | rows of RGB pixels, if the JSON has a "size"

The JSON is {"size", "full_size"} or {"error", "facts"}. Only these and the pixels leave: no metadata does.
"""

import json
import os
import struct
import sys
import warnings
from importlib import import_module
from typing import BinaryIO

from PIL import Image

from model import confined
from model.decoding import MAX_PIXELS, Decoded, Size, UndecodableError, decode, upright_bands

MEMORY_LIMIT = 512 * 2**20
TIME_LIMIT_S = 4.0  # the parent ends a photo then, so that its sentence is there within five seconds

REQUEST = struct.Struct(">8sII")
ANSWER = struct.Struct(">I")


def _answer(out: BinaryIO, answer: dict[str, object]) -> None:
    line = json.dumps(answer).encode()
    out.write(ANSWER.pack(len(line)) + line)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    _answer(answers, {"ready": True})
    answers.flush()
    while len(header := requests.read(REQUEST.size)) == REQUEST.size:
        name, working_px, length = REQUEST.unpack(header)
        data = requests.read(length)
        _end_after(TIME_LIMIT_S * 2)
        try:
            decoded = decode(data, name.rstrip(b"\0").decode(), working_px)
        except UndecodableError as refusal:
            _answer(answers, {"error": refusal.code, "facts": refusal.facts})
        else:
            _send(answers, decoded)
            del decoded
        answers.flush()
        del data
        _end_after(0)


def _send(answers: BinaryIO, decoded: Decoded) -> None:
    def upright(size: Size) -> Size:
        return (size[1], size[0]) if decoded.orientation >= 5 else size

    _answer(answers, {"size": upright(decoded.size), "full_size": upright(decoded.full_size)})
    for band in upright_bands(decoded):
        answers.write(band.tobytes())


def _end_after(seconds: float) -> None:
    """End this process when the parent, which keeps the time, is no longer there to do it (0: never mind)."""
    import signal

    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for plugin in ("JpegImagePlugin", "PngImagePlugin"):
        import_module(f"PIL.{plugin}")
    confined.to(memory=MEMORY_LIMIT, file=0)
    try:
        _serve(sys.stdin.buffer, answers)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
