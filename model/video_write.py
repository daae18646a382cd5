"""The clip with the answers: H.264 and AAC in an MP4 that begins to play before all of it has come.

Every frame keeps the time that it had, so that sound and pictures stay together whatever the rate of the frames does.
Runs in the video process only.
"""

from fractions import Fraction
from typing import Any, BinaryIO

import av
import cv2

from model.faces import Pixels

TICKS = 90_000
CLOCK = Fraction(1, TICKS)
QUALITY = 23
BITS_PER_PIXEL_FRAME = 0.16  # at the most; 720p at 30 a second is then at most 4.4 Mbit/s
MOST_BITS_PER_S = 6_000_000
KEY_EVERY_S = 2.0  # so that a click on the timeline is answered at once
_COPIED = {"LC", "HE-AAC", "HE-AACv2"}
_SOUND_BITS_PER_S = 128_000
_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_BT601, _LIMITED = 6, 1


class Place:
    """One of several places in one open file: libav reads the beginning again while it still writes the end."""

    name = "clip.mp4"

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        self._file.seek(self._at)
        found = self._file.read(size)
        self._at += len(found)
        return found

    def write(self, data: bytes) -> int:
        self._file.seek(self._at)
        written = self._file.write(data)
        self._at += written
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        self._file.seek(self._at)
        self._at = self._file.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        """The file is another's."""


class Writer:
    """`start_s` is the time of the original at which the new clip begins."""

    def __init__(
        self, file: BinaryIO, size: tuple[int, int], fps: float, start_s: float, sound: Any | None
    ) -> None:
        self._out = av.open(
            Place(file),
            "w",
            format="mp4",
            io_open=lambda *_: Place(file),
            options={"movflags": "+faststart"},
        )
        self._start_s = start_s
        self._last: int | None = None
        self._pictures = _pictures(self._out, size, fps)
        self.sound: _Sound | None = None
        self.silent = False
        if sound is not None:
            try:
                self.sound = _Sound(self._out, sound, start_s)
            except (av.FFmpegError, ValueError, TypeError):
                self.silent = True

    def frame(self, at_s: float, pixels: Pixels) -> None:
        """Times only ever grow; the first picture stands from the beginning on."""
        ticks = round(at_s * TICKS)
        if self._last is None and ticks > 0:
            self._encode(pixels, 0)
        if self._last is None or ticks > self._last:
            self._encode(pixels, ticks)

    def packet(self, packet: av.Packet) -> None:
        if self.sound is None:
            return
        try:
            for one in self.sound.packets(packet):
                self._out.mux(one)
        except (av.FFmpegError, ValueError) as error:
            if isinstance(error, OSError):
                raise
            self.silent = True

    def close(self) -> None:
        for packet in self._pictures.encode():
            self._out.mux(packet)
        if self.sound is not None:
            for packet in self.sound.rest():
                self._out.mux(packet)
        self._out.close()

    def _encode(self, pixels: Pixels, ticks: int) -> None:
        # OpenCV does this in a quarter of the time that libav needs.
        frame = av.VideoFrame.from_ndarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), format="yuv420p")
        frame.pts, frame.time_base = ticks, CLOCK
        self._last = ticks
        for packet in self._pictures.encode(frame):
            self._out.mux(packet)


def _pictures(out: Any, size: tuple[int, int], fps: float) -> Any:
    stream = out.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    most = int(min(MOST_BITS_PER_S, max(200_000, BITS_PER_PIXEL_FRAME * size[0] * size[1] * fps)))
    context = stream.codec_context
    context.time_base = CLOCK
    context.colorspace, context.color_range = _BT601, _LIMITED
    context.color_primaries = context.color_trc = _BT601
    context.gop_size = max(1, round(KEY_EVERY_S * fps))
    context.thread_count = 2
    context.options = {
        "preset": "ultrafast",
        "crf": str(QUALITY),
        "maxrate": str(most),
        "bufsize": str(2 * most),
    }
    return stream


class _Sound:
    """AAC is taken over as it is; anything else is packed anew."""

    def __init__(self, out: Any, source: Any, start_s: float) -> None:
        self._source, self._start_s = source, start_s
        context = source.codec_context
        self._copied = context.name == "aac" and source.profile in _COPIED and bool(context.extradata)
        self._resampler: av.AudioResampler | None = None
        if self._copied:
            self._stream = out.add_stream_from_template(source)
            return
        rate = context.sample_rate
        if not rate:
            raise ValueError("no rate")
        self._rate = rate if rate in _RATES else min(_RATES, key=lambda known: abs(known - rate))
        layout = "mono" if context.channels == 1 else "stereo"
        self._stream = out.add_stream("aac", rate=self._rate, layout=layout)
        self._stream.codec_context.bit_rate = _SOUND_BITS_PER_S
        self._resampler = av.AudioResampler(
            format="fltp", layout=layout, rate=self._rate, options={"async": "1000"}
        )

    def packets(self, packet: Any) -> list[av.Packet]:
        if self._copied:
            if packet.pts is None or packet.dts is None:
                return []
            shift = round(self._start_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = self._stream
            return [packet]
        try:
            frames = packet.decode()
        except av.FFmpegError:
            return []  # a lost piece of sound is silence
        return [made for frame in frames for made in self._packed(frame)]

    def rest(self) -> list[av.Packet]:
        if self._copied or self._resampler is None:
            return []
        try:
            last = [made for frame in self._resampler.resample(None) for made in self._stream.encode(frame)]
            return [*last, *self._stream.encode(None)]
        except (av.FFmpegError, ValueError):
            return []  # no sound ever came

    def _packed(self, frame: av.AudioFrame) -> list[av.Packet]:
        assert self._resampler is not None
        if frame.pts is not None and frame.time_base is not None:
            frame.pts -= round(self._start_s / frame.time_base)
        return [made for one in self._resampler.resample(frame) for made in self._stream.encode(one)]
