"""A clip's frames, upright and with their times: what a container says of itself is not believed until read.

The kind of container is told from its first bytes and given to libav by name: left to itself it would also open play
lists, which name other files and addresses. Runs in the video process only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.stream import Disposition

from model.faces import Pixels
from model.video_words import VideoError

MAX_SECONDS = 600.0
MAX_FRAMES = 40_000  # read, not shown: a clip of ten minutes at 60 a second has 36,000
MOST_FPS = 60.0  # shown; of more, some are left out
MAX_SIDE = 8192
MAX_PIXELS = 36_000_000  # of a frame as it lies in the file: 8K has 33 million
SHOWN_PIXELS = 1920 * 1080  # larger frames are made smaller
_LEAST_SIDE = 16
_MOST_FAULTS = 2000
_HEAD = 64
_THREADS = 2


@dataclass(frozen=True)
class Frame:
    at_s: float
    pixels: Pixels


@dataclass(frozen=True)
class Sound:
    """A packet of sound as it lies in the file."""

    packet: av.Packet


class Clip:
    """An opened clip. `notes` fills while it is read: "cut" where it is too long, "damaged" where a part was lost."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        kind = _kind(file.read(_HEAD))
        file.seek(0)
        try:
            self._container: Any = av.open(
                file, format=kind, metadata_errors="ignore", buffer_size=2**18, options={"max_streams": "64"}
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise VideoError("truncated") from error
        pictures = [one for one in self._container.streams.video if not _is_cover(one)]
        if not pictures:
            raise VideoError("no_video")
        self._video = pictures[0]
        context = self._video.codec_context
        if context is None:
            raise VideoError("no_codec")
        context.thread_type, context.thread_count = "AUTO", _THREADS
        self._check_size(context.width, context.height)
        sounds = self._container.streams.audio
        self.sound = sounds[0] if sounds and sounds[0].codec_context is not None else None
        self.silent = bool(sounds) and self.sound is None
        starts = [
            float(one.start_time * one.time_base)
            for one in (self._video, self.sound)
            if one is not None and one.start_time is not None and one.time_base
        ]
        self.start_s = min(starts, default=0.0)
        self.fps = float(self._video.average_rate or self._video.guessed_rate or 25)
        self.fps = min(max(self.fps, 1.0), MOST_FPS)
        self.notes: set[str] = set()
        self._size: tuple[int, int] | None = None

    @property
    def seconds(self) -> float | None:
        """How long it says it is, and no more than what will be read of it."""
        length = self._container.duration
        return min(length / av.time_base, MAX_SECONDS) if length and length > 0 else None

    def close(self) -> None:
        self._container.close()

    def moments(self, every_s: float) -> Iterator[tuple[float, Pixels | None]]:
        """The time of each frame, and its pixels about every so many seconds."""
        due = 0.0
        for at_s, frame in self._frames(None):
            if at_s < due - 1e-6:
                yield at_s, None
                continue
            due = max(due + every_s, at_s + every_s / 2)
            yield at_s, self._upright(frame)

    def everything(self) -> Iterator[Frame | Sound]:
        """All frames and packets of sound, in the order of the file."""
        packets: list[Sound] = []
        for at_s, frame in self._frames(packets):
            yield from packets
            packets.clear()
            yield Frame(at_s, self._upright(frame))
        yield from packets

    def _frames(self, packets: list[Sound] | None) -> Iterator[tuple[float, av.VideoFrame]]:
        last_s, count, faults = -1.0, 0, 0
        streams: list[Any] = [self._video] + ([self.sound] if packets is not None and self.sound else [])
        demuxed = self._container.demux(streams)
        while True:
            try:
                packet = next(demuxed, None)
            except av.FFmpegError:
                packet, faults = None, faults + 1
            if packet is None:
                break
            if packet.stream is self.sound:
                if packets is not None and packet.size and self._in_time(packet):
                    packets.append(Sound(packet))
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                faults += 1
                if faults > _MOST_FAULTS:
                    break
                continue
            for frame in frames:
                count += 1
                at_s = self._time(frame, last_s)
                if at_s > MAX_SECONDS or count > MAX_FRAMES:
                    self.notes.add("cut")
                    return
                if last_s >= 0 and at_s - last_s < 0.9 / MOST_FPS:
                    continue
                self._check_size(frame.width, frame.height)
                last_s = at_s
                yield at_s, frame
        if faults:
            self.notes.add("damaged")

    def _in_time(self, packet: av.Packet) -> bool:
        return packet.pts is not None and float(packet.pts * packet.time_base) - self.start_s <= MAX_SECONDS

    def _time(self, frame: av.VideoFrame, last_s: float) -> float:
        if frame.pts is None or frame.time_base is None:
            return max(0.0, last_s + 1 / self.fps)
        return max(0.0, float(frame.pts * frame.time_base) - self.start_s)

    def _upright(self, frame: av.VideoFrame) -> Pixels:
        """As it is to be seen: turned as the phone was held, pixels made square, all frames of one size."""
        turns = round(frame.rotation / 90) % 4
        if self._size is None:
            shape = self._video.sample_aspect_ratio or Fraction(1)
            self._size = _shown(frame.width, frame.height, float(shape), turned=turns % 2 == 1)
            if self._size[0] * self._size[1] < 0.9 * frame.width * frame.height:
                self.notes.add("scaled")
        width, height = self._size if turns % 2 == 0 else self._size[::-1]
        pixels = np.asarray(frame.reformat(width, height, "rgb24", threads=1).to_ndarray(), np.uint8)
        return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels

    @staticmethod
    def _check_size(width: int, height: int) -> None:
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise VideoError("too_many_pixels", width=width, height=height, max_side=MAX_SIDE)


def _kind(head: bytes) -> str:
    if not head:
        raise VideoError("empty")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    raise VideoError("not_a_video")


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _shown(width: int, height: int, shape: float, *, turned: bool) -> tuple[int, int]:
    """The size of the result, with even sides, since H.264 knows no others here."""
    across = width * (shape if 0.1 < shape < 10 else 1.0)
    factor = min(1.0, (SHOWN_PIXELS / (across * height)) ** 0.5)
    sides = [max(_LEAST_SIDE, 2 * round(side * factor / 2)) for side in (across, height)]
    return (sides[1], sides[0]) if turned else (sides[0], sides[1])
