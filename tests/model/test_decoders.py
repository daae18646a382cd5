"""The worker processes: killed, stopped, crowded and orphaned, each costs one photo at most."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import model.decoders as decoders_module
from model import images
from model.decoders import Decoders
from tests.model import hostile
from tests.model.hostile import encoded, scene
from tests.model.workers import wait_until, workers

ROOT = Path(__file__).parents[2]
PX = 3_000_000
NOT_READY = "import os; os.write(1, bytes([0, 0, 0, 2]) + b'{}')"
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals")


@pytest.fixture
def one() -> Iterator[Decoders]:
    """A single worker, so that the tests know which one has the photo, and time even on a busy machine."""
    decoders = Decoders(1, time_limit_s=60)
    yield decoders
    decoders.close()


@pytest.fixture(scope="module")
def small() -> bytes:
    return encoded(scene(), "PNG")


@pytest.fixture(scope="module")
def slow() -> bytes:
    return hostile.black_png(12000, 4166)


def new_worker(before: list[psutil.Process]) -> psutil.Process:
    wait_until(lambda: len(workers()) > len(before))
    (worker,) = [worker for worker in workers() if worker not in before]
    return worker


def assert_reads(decoders: Decoders, data: bytes) -> None:
    answer, pixels = decoders.decode(data, "PNG", PX)
    assert "error" not in answer
    assert pixels is not None
    assert pixels.shape == (120, 160, 3)


@posix
def test_a_worker_killed_over_a_photo_costs_that_photo_only(one: Decoders, small: bytes, slow: bytes) -> None:
    before = workers()
    with ThreadPoolExecutor() as threads:
        pending = threads.submit(one.decode, slow, "PNG", PX)
        worker = new_worker(before)
        wait_until(lambda: worker.memory_info().rss > 100e6)
        worker.kill()
        answer, pixels = pending.result(timeout=10)
    assert answer == {"error": "busy", "facts": {}}
    assert pixels is None
    assert_reads(one, small)


@posix
def test_a_crashed_worker_costs_that_photo_only(one: Decoders, small: bytes, slow: bytes) -> None:
    before = workers()
    with ThreadPoolExecutor() as threads:
        pending = threads.submit(one.decode, slow, "PNG", PX)
        worker = new_worker(before)
        wait_until(lambda: worker.memory_info().rss > 100e6)
        worker.send_signal(signal.SIGSEGV)
        assert pending.result(timeout=10)[0] == {"error": "truncated", "facts": {}}
    assert_reads(one, small)


@posix
def test_a_hanging_worker_is_ended_and_replaced(small: bytes) -> None:
    decoders = Decoders(1, time_limit_s=2)
    before = workers()
    assert_reads(decoders, small)
    hanging = new_worker(before)
    hanging.suspend()
    assert decoders.decode(small, "PNG", PX)[0] == {"error": "too_slow", "facts": {"seconds": 2}}
    assert not hanging.is_running()
    assert_reads(decoders, small)
    decoders.close()


@posix
def test_a_worker_that_hangs_before_taking_the_photo_is_ended_too(small: bytes) -> None:
    decoders = Decoders(1, time_limit_s=2)
    before = workers()
    assert_reads(decoders, small)
    new_worker(before).suspend()
    larger_than_a_pipe = encoded(Image.effect_noise((2000, 2000), 90), "PNG")
    assert decoders.decode(larger_than_a_pipe, "PNG", PX)[0]["error"] == "too_slow"
    assert_reads(decoders, small)
    decoders.close()


def test_a_photo_that_takes_too_long_is_given_up(small: bytes, slow: bytes) -> None:
    decoders = Decoders(1, time_limit_s=0.1)
    assert decoders.decode(slow, "PNG", PX)[0]["error"] == "too_slow"
    decoders._time_limit_s = 60
    assert_reads(decoders, small)
    decoders.close()


@posix
def test_a_worker_killed_while_idle_costs_nothing(one: Decoders, small: bytes) -> None:
    before = workers()
    assert_reads(one, small)
    idle = new_worker(before)
    idle.kill()
    wait_until(lambda: idle.status() == psutil.STATUS_ZOMBIE)
    assert_reads(one, small)


def test_thirty_threads_get_their_own_photos() -> None:
    decoders = Decoders(2, time_limit_s=60, wait_limit_s=60)
    before = workers()
    photos = [encoded(Image.new("RGB", (50 + n, 40), (n, 2 * n, 250 - n)), "PNG") for n in range(100)]
    with ThreadPoolExecutor(30) as threads:
        answers = list(threads.map(lambda data: decoders.decode(data, "PNG", PX)[1], photos))
    assert len(workers()) - len(before) <= 2
    for n, pixels in enumerate(answers):
        assert pixels is not None
        assert pixels.shape == (40, 50 + n, 3)
        assert np.array_equal(np.unique(pixels.reshape(-1, 3), axis=0), [[n, 2 * n, 250 - n]])
    decoders.close()


def test_who_finds_no_free_worker_in_time_is_told_so(small: bytes) -> None:
    decoders = Decoders(1, time_limit_s=60, wait_limit_s=0.05)
    taken = decoders._places.get()
    assert decoders.decode(small, "PNG", PX)[0] == {"error": "busy", "facts": {}}
    decoders._places.put(taken)
    assert_reads(decoders, small)
    decoders.close()


def test_warm_starts_each_worker_once() -> None:
    decoders = Decoders(2)
    before = workers()
    decoders.warm()
    decoders.warm()
    wait_until(lambda: len(workers()) - len(before) >= 2)
    assert len(workers()) - len(before) == 2
    decoders.close()
    assert len(workers()) == len(before)


def liar(says: object, then: str = "") -> str:
    """A decoder that was taken over: it takes the photo, says this and does that."""
    return f"""
import json, os, struct, sys
def say(words):
    text = json.dumps(words).encode()
    os.write(1, struct.pack(">I", len(text)) + text)
say({{"ready": True}})
while header := sys.stdin.buffer.read(16):
    sys.stdin.buffer.read(struct.unpack(">8sII", header)[2])
    say({says!r})
    {then}
"""


@pytest.mark.parametrize(
    "says",
    [
        {"error": "no_such_code", "facts": {}},
        {"error": "truncated", "facts": {"reason": "<b>call this number</b>"}},
        {"error": "unsupported", "facts": {"format": "<script>"}},
        {"error": "busy", "facts": {}},
        {"size": [3000, 3000], "full_size": [3000, 3000]},
        {"size": [3, 3], "full_size": ["3", 3]},
        ["size"],
        7,
    ],
    ids=str,
)
def test_a_decoder_that_was_taken_over_can_only_lose_its_photo(
    monkeypatch: pytest.MonkeyPatch, one: Decoders, small: bytes, says: object
) -> None:
    with monkeypatch.context() as taken_over:
        taken_over.setattr(decoders_module, "_PROGRAM", liar(says))
        assert one.decode(small, "PNG", PX) == ({"error": "truncated", "facts": {}}, None)

    assert_reads(one, small)


def test_fewer_pixels_than_promised_are_no_picture(
    monkeypatch: pytest.MonkeyPatch, one: Decoders, small: bytes
) -> None:
    short = liar({"size": [30, 30], "full_size": [30, 30]}, "os.write(1, bytes(2699)); os._exit(0)")
    monkeypatch.setattr(decoders_module, "_PROGRAM", short)

    assert one.decode(small, "PNG", PX) == ({"error": "truncated", "facts": {}}, None)


@pytest.mark.parametrize("program", ["", "raise SystemExit(3)", "print('hello, world')", NOT_READY])
def test_a_decoder_that_does_not_start_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, small: bytes, program: str
) -> None:
    decoders = Decoders(1)
    monkeypatch.setattr(decoders_module, "_PROGRAM", program)
    monkeypatch.setattr(images, "DECODERS", decoders)

    with pytest.raises(images.PhotoError) as refused:
        images.load(small)

    assert refused.value.code == "no_decoder"
    assert "to see why, run" in caplog.text
    decoders.close()


def test_without_room_for_a_process_it_is_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch, one: Decoders, small: bytes
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(sys, "executable", str(ROOT / "no_python_here"))
        one.warm()
        assert one.decode(small, "PNG", PX) == ({"error": "no_decoder", "facts": {}}, None)

    assert_reads(one, small)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the limits of another process")
def test_memory_is_limited_in_the_worker(one: Decoders, small: bytes) -> None:
    before = workers()
    assert_reads(one, small)
    worker = new_worker(before)
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert worker.rlimit(psutil.RLIMIT_AS)[1] <= 512 * 2**20


LOADER = """
import os, sys
print("main", flush=True)
sys.path.insert(0, {root!r})
from model import images
from tests.model.hostile import encoded, scene
images.warm()
print(images.load(encoded(scene(), "PNG")).full_size, flush=True)
{then}
"""


def script(folder: Path, then: str) -> list[str]:
    file = folder / "loader.py"
    file.write_text(LOADER.format(root=str(ROOT), then=then))
    return [sys.executable, str(file)]


def test_a_program_that_loaded_photos_ends_at_once_and_ran_its_main_once(tmp_path: Path) -> None:
    done = subprocess.run(script(tmp_path, ""), capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr, done.returncode) == ("main\n(160, 120)\n", "", 0)


@posix
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    then = "import threading; threading.Event().wait()"
    with subprocess.Popen(script(tmp_path, then), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        lines = [parent.stdout.readline() for _ in range(2)]
        children = workers(psutil.Process(parent.pid))
        assert (len(lines), len(children)) == (2, 2)
        parent.kill()
    psutil.wait_procs(children, timeout=10)
    assert not [child for child in children if child.is_running()]


@posix
def test_a_forked_child_has_workers_of_its_own(tmp_path: Path) -> None:
    then = """
from model.decoders import DECODERS
from tests.model.workers import workers
small = encoded(scene(90, 60), "PNG")
at_work = [DECODERS._places.get() for _ in range(2)]
if os.fork() == 0:
    print("child", images.load(small).full_size, len(workers()), flush=True)
    os._exit(0)
os.wait()
for worker in at_work:
    DECODERS._places.put(worker)
print("parent", images.load(small).full_size, len(workers()))
"""
    done = subprocess.run(script(tmp_path, then), capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-2:] == ["child (90, 60) 1", "parent (90, 60) 2"]


def test_foreign_modules_beside_the_caller_are_not_run_by_the_worker(tmp_path: Path) -> None:
    (tmp_path / "struct.py").write_text("raise SystemExit('a foreign module was run')")
    (tmp_path / "PIL.py").write_text("raise SystemExit('a foreign module was run')")
    code = "import sys; sys.path[0] = sys.argv[1]; from model import images as i; " + (
        "from tests.model.hostile import encoded, scene; print(i.load(encoded(scene(), 'PNG')).full_size)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == "(160, 120)\n", done.stderr


def test_the_threads_of_the_parent_are_few_after_the_work(one: Decoders, small: bytes) -> None:
    before = threading.active_count()
    for _ in range(20):
        assert_reads(one, small)
    wait_until(lambda: threading.active_count() <= before)
