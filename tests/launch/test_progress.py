import os
import sys
import time
from pathlib import Path

import pytest

from launch.progress import duration, pip_step, run_quietly


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Collecting numpy==2.4.6 (from -r requirements.txt (line 5))", "looking for numpy"),
        ("  Downloading numpy-2.4.6-cp311-manylinux_x86_64.whl (17.1 MB)", "fetching numpy (17.1 MB)"),
        (
            "  Downloading https://a.b/c/scikit_learn-1.9.1-cp311-x.whl (9.1 MB)",
            "fetching scikit_learn (9.1 MB)",
        ),
        ("  Using cached h5py-3.14.0-cp311-cp311-x.whl (4.9 MB)", "fetching h5py (4.9 MB)"),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("  WARNING: something", None),
    ],
)
def test_pip_is_read_as_calm_steps(line: str, step: str | None) -> None:
    assert pip_step(line) == step


def test_output_goes_to_the_log_and_not_to_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.txt"

    status = run_quietly([sys.executable, "-c", "print('much'); exit(3)"], "Working", log=log, env=os.environ)

    assert status == 3
    assert "much\n" in log.read_text()
    assert capfd.readouterr().out == "Working ...\nWorking: 0 s\n"


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()

    status = run_quietly(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        "Hanging",
        log=tmp_path / "log.txt",
        env=os.environ,
        limit_s=0.5,
    )

    assert status != 0
    assert time.monotonic() - began < 30


def test_durations_are_said_in_words() -> None:
    assert [duration(s) for s in (0.4, 59, 125)] == ["0 s", "59 s", "2 min 5 s"]
