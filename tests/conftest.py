"""What tests in several rooms need: a home with a small model, and photos beside the repository, where they lie."""

import functools
import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

# Who was started in the background by a shell would pass its deafness to Ctrl-C on to every server it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Streamlit's own three seconds are little where two of these tests and a model that learns share two cores.
AppTest.from_file.__func__.__kwdefaults__["default_timeout"] = 60  # type: ignore[attr-defined]
AppTest.from_function.__func__.__kwdefaults__["default_timeout"] = 60  # type: ignore[attr-defined]

# How long one example takes says nothing where others share the cores.
hypothesis.settings.register_profile("rupa", deadline=None)
hypothesis.settings.load_profile("rupa")

# Each AppTest looks through every installed package for components, half a second long, and finds the same.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)

# Where Keras was imported, as tests do and the server never does, each AppTest empties its session, a second long.
script_runner._clean_problem_modules = lambda: None

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def home_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the app keeps while it is tested lies apart from what it keeps in this folder, and from other testers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUPA_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def _beside_the_data(name: str) -> Path:
    data = os.environ.get("RUPA_DATA")
    folder = Path(data).resolve().parent / name if data else None
    if not folder or not folder.is_dir():
        pytest.skip(f"needs the folder {name} beside RUPA_DATA, and there is none")
    return folder


@pytest.fixture(scope="session")
def shared_photos() -> Path:
    """Portraits, groups and pictures without a face."""
    return _beside_the_data("photos")


@pytest.fixture(scope="session")
def hostile_images() -> Path:
    """Files that were made to break image readers."""
    return _beside_the_data("hostile_images")


@pytest.fixture
def small_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the app keeps, with the model "small-1" in it, which answers; nothing is left at work."""
    # Imported here, because tests that need none of it would wait two seconds for it as well.
    from model import registry, running
    from tests.model import small_network
    from tests.training import jobs, queued

    # The engine of this process has the shipped model and stays with it: others would meet the small one afterwards.
    running.get()
    monkeypatch.setattr(running, "LOOK_EVERY_S", math.inf)
    home = tmp_path / "home"
    small_network.artifact(home / "runs" / "small-1" / "model")
    monkeypatch.setenv("RUPA_HOME", str(home))
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    registry.activate("small-1")
    yield home
    queued.kill_all(home)
    jobs.kill_all()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    return _unused_port()


@pytest.fixture(scope="session")
def app_address() -> Iterator[str]:
    """The real app, served by the launcher on a free port for the whole session."""
    port = _unused_port()
    serve = (
        "import os, sys; from pathlib import Path; from launch.server import serve;"
        "serve(Path(sys.executable), Path.cwd(), int(sys.argv[1]), env=os.environ, browser=False)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", serve, str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout is not None
        assert "Rupa is at" in launcher.stdout.readline()
        yield f"http://localhost:{port}"
        launcher.send_signal(signal.SIGINT)


def _unused_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
