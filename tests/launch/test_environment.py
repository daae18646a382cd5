import json
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from tests.launch.conftest import Project

PINS = {"tensorflow_cpu": "1.0", "tiny": "1.0"}
NOWHERE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
posix_only = pytest.mark.skipif(os.name == "nt", reason="speaks of POSIX signals and shell scripts")


def test_set_up_installs_what_is_pinned_and_nothing_for_tests(finished_project: Project) -> None:
    assert finished_project.installed() == PINS


def test_a_second_set_up_does_nothing(finished_project: Project) -> None:
    stamp = finished_project.root / ".venv" / "rupa.json"
    made = stamp.stat().st_mtime_ns

    status, said = finished_project.setup(**NOWHERE)

    assert (status, said) == (0, "Rupa is set up. Start it with: python start.py\n")
    assert stamp.stat().st_mtime_ns == made


def test_a_changed_pin_is_followed_in_place(finished_project: Project) -> None:
    (finished_project.root / "requirements.txt").write_text("tensorflow-cpu==1.0\ntiny==2.0\n")

    status, said = finished_project.setup()

    assert status == 0
    assert "Making .venv" not in said
    assert finished_project.installed() == PINS | {"tiny": "2.0"}


def test_what_tests_need_comes_on_top_and_stays(finished_project: Project) -> None:
    ready = "from launch import environment; environment.ready(tests=True)"
    with finished_project.start("-c", ready) as process:
        process.communicate(timeout=120)
    (finished_project.root / "requirements.txt").write_text("tensorflow-cpu==1.0\ntiny==2.0\n")

    assert finished_project.setup()[0] == 0

    assert finished_project.installed() == PINS | {"checker": "1.0", "tiny": "2.0"}


def test_whichever_python_starts_it_a_finished_environment_is_kept(finished_project: Project) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 13 if sys.version_info[1] < 13 else 12, 0, 'final', 0);"
        "sys.argv = ['start.py', 'setup']; runpy.run_path('start.py', run_name='__main__')"
    )
    with finished_project.start("-c", pretend, **NOWHERE) as process:
        said = process.communicate(timeout=120)[0]

    assert (process.returncode, said) == (0, "Rupa is set up. Start it with: python start.py\n")


def test_an_environment_whose_python_was_exchanged_is_made_afresh(finished_project: Project) -> None:
    stamp = finished_project.root / ".venv" / "rupa.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": "3.10"}))
    (finished_project.root / ".venv" / "left from before").touch()

    status, said = finished_project.setup()

    assert status == 0
    assert "Making .venv afresh" in said
    assert not (finished_project.root / ".venv" / "left from before").exists()


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_a_set_up_that_was_cut_off_is_made_good_by_the_next(project: Project, ending: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent_index:
        silent_index.settimeout(60)
        index = f"http://127.0.0.1:{silent_index.getsockname()[1]}/simple"
        slow = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index, "PIP_RETRIES": "0"}
        with project.start("start.py", "setup", **slow) as process:
            connection, _ = silent_index.accept()
            pip = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(ending)
            said = process.communicate(timeout=30)[0]
        connection.close()
    assert "Traceback" not in said
    assert psutil.wait_procs(pip, timeout=20)[1] == []
    assert not (project.root / ".venv" / "rupa.json").exists()

    status, said = project.setup()

    assert status == 0
    assert "Making .venv afresh" in said
    assert project.installed() == PINS


@pytest.mark.slow
def test_two_at_once_work_one_after_the_other(project: Project) -> None:
    with project.start("start.py", "setup") as one, project.start("start.py", "setup") as other:
        said = [process.communicate(timeout=120)[0] for process in (one, other)]

    assert (one.returncode, other.returncode) == (0, 0)
    assert sum("waiting for it" in words for words in said) == 1
    assert sum("Making .venv" in words for words in said) == 1
    assert project.installed() == PINS


def test_without_a_network_one_sentence_says_so(finished_project: Project) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{closed.getsockname()[1]}/simple"
        (finished_project.root / "requirements.txt").write_text("tiny==2.0\n")
        status, said = finished_project.setup(
            PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=index, PIP_RETRIES="1"
        )

    assert status == 1
    assert "no network" in said
    assert f"The log: {finished_project.root / '.setup' / 'log.txt'}" in said
    assert "Traceback" not in said


@posix_only
def test_a_folder_that_cannot_be_written_is_said_so(project: Project) -> None:
    (project.root / ".setup").write_text("a file where a folder should be")

    status, said = project.setup()

    assert status == 1
    assert "Traceback" not in said
    assert "The system said" in said


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the graphics card is used on Linux only")
def test_a_machine_with_an_nvidia_card_gets_the_other_tensorflow(
    finished_project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    driver = tmp_path_factory.mktemp("driver")
    _program(driver / "nvidia-smi", "echo 'GPU 0: a card'")
    with_card = {"RUPA_DEVICE": "auto", "PATH": f"{driver}:{os.environ['PATH']}"}

    assert finished_project.setup(**with_card)[0] == 0
    assert finished_project.installed() == {"tensorflow": "1.0", "tiny": "1.0"}

    _program(driver / "nvidia-smi", "echo 'No devices were found'; exit 6")
    assert finished_project.setup(**with_card)[0] == 0
    assert finished_project.installed() == PINS


def _program(path: Path, does: str) -> None:
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
