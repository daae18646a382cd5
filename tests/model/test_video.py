"""Clips go in and come out: who is seen, in time with the sound; whatever a clip is made of, nothing stays behind."""

import csv
import errno
import gc
import io
import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from benchmarks.clips import SAMPLE
from model import atomic, running, video, video_child, video_look, video_process, video_terminal
from model.__main__ import main
from model.annotate import WORDS
from model.video import Film, VideoError
from tests.model import clips
from tests.model.workers import wait_until

PATIENCE_S = 120


def looked_at(clip: bytes) -> Film:
    work = video.begin(clip)
    assert work.wait(PATIENCE_S)
    if work.error:
        raise work.error
    assert work.film is not None
    return work.film


@cache
def of_sample() -> Film:
    return looked_at(SAMPLE.read_bytes())


def played(mp4: bytes) -> Any:
    return av.open(io.BytesIO(mp4))


def processes(parent: psutil.Process | None = None) -> list[psutil.Process]:
    found = []
    for child in (parent or psutil.Process()).children():
        try:
            if any("video_process" in word for word in child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def test_two_faces_are_two_through_the_whole_clip() -> None:
    film = of_sample()

    assert [face.number for face in film.faces] == [1, 2]
    assert film.faces[0].label == "female"
    assert all(face.told["first_s"] == 0 and face.told["last_s"] > 9 for face in film.faces)
    assert all(face.crop.startswith(b"\xff\xd8") for face in film.faces)
    assert json.loads(json.dumps(film.as_json("clip.mp4")))["faces"][0]["sightings"]
    assert film.notes == []


def test_the_result_is_what_browsers_play() -> None:
    mp4 = of_sample().mp4

    assert mp4.find(b"moov") < mp4.find(b"mdat")
    with played(mp4) as opened:
        [pictures] = opened.streams.video
        assert (pictures.codec_context.name, pictures.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (pictures.width, pictures.height) == (640, 360)
        assert sum(1 for _ in opened.decode(pictures)) == 250


def test_boxes_stand_where_the_faces_are_and_have_moved() -> None:
    seen = of_sample().faces[0].told["sightings"]

    with played(of_sample().mp4) as opened, played(SAMPLE.read_bytes()) as original:
        pairs = list(zip(opened.decode(video=0), original.decode(video=0), strict=True))
    for at_s in (1.0, 4.0):
        drawn, plain = (frame.to_ndarray(format="rgb24").astype(int) for frame in pairs[round(at_s * 25)])
        changed = np.abs(drawn - plain).sum(axis=2) > 150
        x, y, _, h = next(one["box"] for one in seen if one["at_s"] >= at_s)
        assert changed[round(y) : round(y + h), round(x) - 4 : round(x) + 8].mean() > 0.2
        assert changed[300:].mean() < 0.02


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"container": "matroska", "sound_codec": "aac"},
        {"container": "matroska", "sound_codec": "libopus"},
        {"uneven": True},
    ],
)
def test_sound_and_pictures_stay_together(how: dict[str, object]) -> None:
    at = (0.8, 1.6)
    moments = clips.flashing(clips.faces(2.2, fps=20), at)
    shot = list(clips.uneven(moments) if "uneven" in how else moments)
    flashes = [min(at_s for at_s, picture in shot if picture.mean() == 255 and at_s >= begin) for begin in at]
    film = looked_at(
        clips.clip(
            shot,
            sound=clips.beeps(2.2, at),
            fps=20,
            **{name: value for name, value in how.items() if name != "uneven"},
        )
    )

    loud: list[float] = []
    lit: list[float] = []
    with played(film.mp4) as opened:
        for frame in opened.decode(opened.streams.audio[0]):
            samples = np.abs(frame.to_ndarray()).max(axis=0) > 0.2
            loud += [frame.time + index / frame.sample_rate for index in np.flatnonzero(samples)]
        opened.seek(0)
        for picture in opened.decode(video=0):
            if picture.to_ndarray(format="gray").mean() > 240:
                lit.append(picture.time)
    for begin, flash in zip(at, flashes, strict=True):
        heard = min(one for one in loud if one > begin - 0.5)
        seen = min(one for one in lit if one > begin - 0.5)
        assert abs(heard - begin) < 0.05
        assert abs((heard - begin) - (seen - flash)) < 0.05


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_clip_of_a_phone_held_otherwise_is_upright(degrees: int) -> None:
    film = looked_at(clips.turned(degrees))

    assert (film.told["width"], film.told["height"]) == clips.SMALL
    assert len(film.faces) == 2


@pytest.mark.parametrize("name", clips.HOSTILE)
def test_whatever_the_clip_is_it_ends_in_a_sentence_or_a_result(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    make, code = clips.HOSTILE[name]

    if code:
        with pytest.raises(VideoError) as refused:
            looked_at(make())
        assert refused.value.code == code
        assert str(refused.value).endswith(".")
    else:
        film = looked_at(make())
        assert 1 <= len(film.faces) <= 2
        assert film.told["width"] % 2 == film.told["height"] % 2 == 0
        assert film.told["width"] * film.told["height"] <= 1920 * 1080 * 1.01

    assert processes() == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_and_too_much_are_not_even_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MAX_MB", 0)
    for clip, code in ((b"", "empty"), (b"x", "too_big")):
        with pytest.raises(VideoError) as refused:
            video.begin(clip)
        assert refused.value.code == code


def test_cancelling_ends_the_process_and_gives_its_place_back() -> None:
    works = [video.begin(SAMPLE.read_bytes()) for _ in range(video.AT_ONCE)]
    with pytest.raises(VideoError) as refused:
        video.begin(SAMPLE.read_bytes())
    assert refused.value.code == "busy"
    wait_until(lambda: len(processes()) == video.AT_ONCE)

    for work in works:
        work.cancel()

    assert [work.error and work.error.code for work in works] == ["cancelled"] * video.AT_ONCE
    assert processes() == []
    video.begin(SAMPLE.read_bytes()).cancel()


def test_one_household_leaves_a_place_for_the_others() -> None:
    first = video.begin(SAMPLE.read_bytes(), who="a")
    with pytest.raises(VideoError) as refused:
        video.begin(SAMPLE.read_bytes(), who="a")
    assert refused.value.code == "busy"
    presenter = video.begin(SAMPLE.read_bytes(), who="a", reserved=True)
    other = video.begin(SAMPLE.read_bytes(), who="b")

    first.cancel()
    again = video.begin(SAMPLE.read_bytes(), who="a")

    for work in (presenter, other, again):
        work.cancel()
    assert not video._taken_by
    nobody_knows = [video.begin(SAMPLE.read_bytes()) for _ in range(video.AT_ONCE)]
    for work in nobody_knows:
        work.cancel()


def test_work_that_nobody_holds_any_more_ends() -> None:
    work = video.begin(SAMPLE.read_bytes())
    wait_until(processes)

    del work
    gc.collect()

    wait_until(lambda: not processes())


def test_a_clip_that_takes_too_long_is_given_up() -> None:
    work = video.begin(SAMPLE.read_bytes(), time_limit_s=0.2)

    assert work.wait(PATIENCE_S)

    assert work.error is not None
    assert work.error.code == "too_slow"


def test_a_process_that_is_killed_costs_only_its_clip() -> None:
    work = video.begin(SAMPLE.read_bytes())
    wait_until(processes)

    processes()[0].kill()

    assert work.wait(PATIENCE_S)
    assert work.error is not None
    assert work.error.code == "too_much_memory"  # what the system does to those that take too much


@pytest.mark.parametrize(
    "rest",
    ["out.write(bytes(3) + b'\\2no'); out.flush(); time.sleep(600)", "raise SystemExit('here is why')"],
)
def test_a_process_that_says_nothing_sensible_is_ended_and_leaves_its_trace(
    rest: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    say = "import sys, time; out = sys.stdout.buffer; print('here is why', file=sys.stderr, flush=True); "
    monkeypatch.setattr(video_child, "PROGRAM", say + rest)

    work = video.begin(b"a clip")

    assert work.wait(20)
    assert work.error is not None
    assert work.error.code == "failed"
    assert "here is why" in caplog.text


def test_a_model_that_is_not_there_is_named() -> None:
    work = video.begin(SAMPLE.read_bytes(), model="nosuch")

    assert work.wait(PATIENCE_S)

    assert work.error is not None
    assert work.error.code == "model_unknown"
    assert "'nosuch'" in str(work.error)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", partial(open, "/dev/full", "r+b", buffering=0))
    asked = json.dumps({"bytes": 3}).encode()
    answers = io.BytesIO()

    video_process._serve(io.BytesIO(video_process.LENGTH.pack(len(asked)) + asked + b"mp4"), answers)

    assert json.loads(answers.getvalue()[video_process.LENGTH.size :])["error"] == "disk_full"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_is_full_while_the_answers_are_drawn_is_not_a_clip_too_large() -> None:
    with (
        open("/dev/full", "r+b", buffering=0) as full,
        pytest.raises(OSError, match="No space left") as stopped,
    ):
        video_look.look(io.BytesIO(clips.clip()), full, running.opened(), 4, WORDS, lambda *_: None)

    assert atomic.is_full(stopped.value)


def test_the_process_ends_with_whoever_began_it() -> None:
    program = f"from model import video; w = video.begin(open({str(SAMPLE)!r}, 'rb').read()); w.wait()"
    with subprocess.Popen([sys.executable, "-c", program]) as parent:
        wait_until(lambda: processes(psutil.Process(parent.pid)), 60)
        [child] = processes(psutil.Process(parent.pid))
        parent.kill()

    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 60)


def test_the_terminal_writes_the_clip_and_says_what_it_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, bad = tmp_path / "a clip.mp4", tmp_path / "bad.mkv"
    clip.write_bytes(clips.clip())
    bad.write_bytes(b"no clip")

    assert main([str(clip), str(bad), "--annotate", str(tmp_path / "out"), "--rate", "8"]) == 1

    good, refused = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert len(good["faces"]) == 2
    assert good["rate"] == 8
    assert Path(good["annotated"]).name == "a clip.mp4"
    with played(Path(good["annotated"]).read_bytes()) as opened:
        assert opened.streams.video[0].codec_context.name == "h264"
    assert refused["error"]["code"] == "not_a_video"


def test_what_the_terminal_saw_is_said_where_the_clip_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(film: Film, folder: Path, stem: str) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    told = dict.fromkeys(("width", "height", "seconds", "rate", "model", "notes"), 0)
    monkeypatch.setattr(video_terminal, "_film", lambda *_: Film(b"", told, ()))
    monkeypatch.setattr(video_terminal, "_write", refused)

    assert main([str(tmp_path / "a.mp4"), "--annotate", str(tmp_path)]) == 1

    said = capsys.readouterr()
    assert json.loads(said.out)["faces"] == []
    assert "No space left" in said.err


def test_the_terminal_writes_a_table_of_the_faces_in_clips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, bad, table = tmp_path / "a.mp4", tmp_path / "bad.mkv", tmp_path / "table.csv"
    clip.write_bytes(clips.clip())
    bad.write_bytes(b"no clip")

    assert main([str(clip), str(bad), "--csv", str(table), "--min-face", "40"]) == 1

    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(Path(row["file"]).name, row["face"]) for row in rows] == [
        ("a.mp4", "1"),
        ("a.mp4", "2"),
        ("bad.mkv", ""),
    ]
    assert float(rows[0]["female"]) + float(rows[0]["male"]) == pytest.approx(1)
    assert rows[2]["error"].startswith("The file is not a clip")
    assert "--min-face are for photos" in capsys.readouterr().err


def test_the_terminal_says_that_clips_in_a_folder_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.mp4").touch()

    assert main([str(tmp_path)]) == 1

    assert "Clips in folders are left out" in capsys.readouterr().err


@pytest.mark.slow
def test_real_clips(shared_photos: Path) -> None:
    found = sorted((shared_photos / "video").glob("*.mp4"))
    if not found:
        pytest.skip("needs clips beside the photos, and there are none")
    for path in found:
        work = video.begin(path.read_bytes())
        assert work.wait(PATIENCE_S)
        if work.film:
            assert 1 <= len(work.film.faces) <= 12, path.name
        else:
            assert work.error is not None
            assert work.error.code == "no_face", path.name  # a crowd seen from above
