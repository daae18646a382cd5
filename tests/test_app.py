import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import psutil
import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "pages" / "parts"
PAGES = sorted((ROOT / "pages").glob("*.py"))


def test_the_router_opens_on_a_page_with_one_heading() -> None:
    app = AppTest.from_file(ROOT / "ui" / "router.py").run()

    assert not app.exception
    assert [title.value for title in app.title] == ["What does the model see?"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_runs_alone(page: Path) -> None:
    app = AppTest.from_file(page).run()

    assert not app.exception
    assert len(app.title) == 1


def test_the_first_page_waits_for_no_tables_and_no_statistics() -> None:
    rooms = ["arrivals", "footer", "local_samples", "more_samples", "one", "receipt"]

    assert not _loaded_by(rooms) & {"pandas", "pyarrow", "scipy", "sklearn", "tensorflow"}


def test_pages_that_inspect_wait_only_for_what_they_show() -> None:
    """The first look at each would take a second longer."""
    rooms = [room.stem for kind in ("evaluate", "errors", "compare") for room in PARTS.glob(f"{kind}_*.py")]

    assert not _loaded_by(rooms) & {"cleanlab", "scipy.stats", "scipy.optimize", "sklearn", "tensorflow"}


def _loaded_by(rooms: list[str]) -> set[str]:
    program = (
        "import importlib, sys\n"
        f"for room in {rooms}: importlib.import_module('pages.parts.' + room)\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(loaded.stdout.split())


def test_every_font_of_the_theme_is_served_from_here(app_address: str) -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]

    for face in theme["fontFaces"]:
        with urllib.request.urlopen(f"{app_address}/{face['url']}", timeout=10) as answer:
            assert answer.read(4) == b"wOF2"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS shows other processes' sockets to root only")
def test_the_app_answers_this_computer_only(app_address: str) -> None:
    port = int(app_address.rpartition(":")[2])

    doors = [c.laddr for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port]

    assert [door.ip for door in doors] == ["127.0.0.1"]
