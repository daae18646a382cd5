import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from launch.lan import Lan
from launch.server import serve
from launch.trouble import LaunchError

ROOT = Path(__file__).resolve().parents[2]
MAIN = (
    "import sys; from pathlib import Path; from launch import commands, environment;"
    "environment.ready = lambda **_: None; commands.PYTHON = Path(sys.executable);"
    "sys.exit(commands.main(['--no-browser', '--port', sys.argv[1]]))"
)


@pytest.mark.parametrize(
    ("told", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)], ids=lambda v: str(v)
)
def test_told_to_end_it_ends_and_leaves_no_process(free_port: int, told: signal.Signals, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, str(free_port)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout is not None
        assert f"http://localhost:{free_port}" in launcher.stdout.readline()
        children = psutil.Process(launcher.pid).children(recursive=True)

        launcher.send_signal(told)

        assert launcher.wait(30) == status
    assert children
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_taken_port_is_one_sentence_that_names_another(free_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()

        with pytest.raises(LaunchError, match=f"Port {free_port} is taken.*--port {free_port + 1}"):
            serve(Path(sys.executable), ROOT, free_port, env=os.environ, browser=False)


def test_a_port_taken_by_an_app_that_is_open_to_the_network_names_its_address(free_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        lan = Lan(
            "127.0.0.1", ("127.0.0.1",), ("127.0.0.1",), Path("cert.pem"), Path("key.pem"), True, "482913"
        )

        with pytest.raises(LaunchError, match=f"open https://127.0.0.1:{free_port}, or"):
            serve(Path(sys.executable), ROOT, free_port, env=os.environ, browser=False, lan=lan)


def test_an_app_that_cannot_start_is_said_so(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "app.py").write_text(
        "import streamlit as st\nimport nothing_of_that_name\n\napp = st.App('page.py')\n"
    )

    with pytest.raises(LaunchError, match="ended before it could show a page"):
        serve(Path(sys.executable), tmp_path, free_port, env=os.environ, browser=False)


SAYS_OTHER_THINGS = """
import socketserver, sys
class Other(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1000)
        self.request.sendall(b"{answer}")
socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(("127.0.0.1", int(sys.argv[-1])), Other).serve_forever()
"""


@pytest.mark.parametrize(
    "answer",
    [r"no HTTP at all\r\n\r\n", r"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>", ""],
    ids=["no HTTP", "a page cut off", "nothing"],
)
def test_an_app_that_never_shows_its_page_is_ended_after_a_while(
    tmp_path: Path, free_port: int, answer: str
) -> None:
    (tmp_path / "streamlit.py").write_text(SAYS_OTHER_THINGS.format(answer=answer))
    before = psutil.Process().children()

    with pytest.raises(LaunchError, match=r"did not show a page within 1 s"):
        serve(Path(sys.executable), tmp_path, free_port, env=os.environ, browser=False, limit_s=1)

    assert psutil.Process().children() == before


def test_who_claims_to_ask_for_somebody_else_is_not_believed(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "streamlit.py").write_text(
        "import os; open('said', 'w').write(os.environ['FORWARDED_ALLOW_IPS'])"
    )

    with pytest.raises(LaunchError):
        serve(Path(sys.executable), tmp_path, free_port, env=os.environ, browser=False)

    assert (tmp_path / "said").read_text() == ""
