"""Frames come upright with their times, and no clip is read for ever."""

import io

import numpy as np
import pytest

from model import video_read
from model.video_read import Clip, Frame
from tests.model import clips


def test_a_million_frames_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_read, "MAX_FRAMES", 20)
    clip = Clip(io.BytesIO(clips.clip(clips.blank(1, (16, 16), fps=60))))

    assert len(list(clip.everything())) == 20
    assert clip.notes == {"cut"}


def test_of_more_frames_than_a_screen_shows_some_are_left_out() -> None:
    clip = Clip(io.BytesIO(clips.clip(clips.blank(1, (16, 16), fps=1000), fps=1000)))

    times = [one.at_s for one in clip.everything() if isinstance(one, Frame)]

    assert 50 < len(times) <= 70


def test_what_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_read, "MAX_SECONDS", 0.5)
    whole = clips.clip(clips.blank(2, (32, 32)), sound=clips.beeps(2))
    clip = Clip(io.BytesIO(whole))

    last = max(one.at_s for one in clip.everything() if isinstance(one, Frame))

    assert last <= 0.5
    assert clip.seconds == 0.5
    assert clip.notes == {"cut"}


def test_frames_keep_their_times() -> None:
    wanted = [at_s for at_s, _ in clips.uneven(clips.blank(2, (32, 32)))]
    clip = Clip(io.BytesIO(clips.clip(clips.uneven(clips.blank(2, (32, 32))))))

    times = [one.at_s for one in clip.everything() if isinstance(one, Frame)]

    assert times == pytest.approx(wanted, abs=0.001)


def test_a_look_every_so_often_whatever_the_frames_do() -> None:
    clip = Clip(io.BytesIO(clips.clip(clips.blank(2, (32, 32), fps=30))))

    looks = [at_s for at_s, pixels in clip.moments(0.25) if pixels is not None]

    assert len(looks) == 8
    assert np.diff(looks) == pytest.approx(0.25, abs=0.04)
