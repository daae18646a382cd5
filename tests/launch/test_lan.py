"""The app opened to a network, as a class meets it: encrypted, answering to its own names only, its PIN in no list."""

import http.client
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from launch import addresses, lan
from launch.trouble import LaunchError

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "127.0.0.2"  # another computer's, as far as the app can tell, and yet this one
MAIN = (
    "import sys; from pathlib import Path; from launch import commands, environment;"
    "environment.ready = lambda **_: None; commands.PYTHON = Path(sys.executable);"
    "sys.exit(commands.main(['--no-browser', *sys.argv[1:]]))"
)
PAGES = ("/", "/train", "/runs", "/_stcore/health", "/_stcore/host-config", "/api/docs", "/api/openapi.json")


@dataclass(frozen=True)
class Opened:
    """A running app, and what its terminal said."""

    port: int
    home: Path
    said: str
    launcher: psutil.Process

    @property
    def certificate(self) -> Path:
        return self.home / "data" / "tls" / "rupa.pem"

    @property
    def pin(self) -> str:
        [pin] = re.findall(r"PIN: (\d{3} \d{3})\n", self.said)
        return pin.replace(" ", "")

    def ask(self, path: str, **headers: str) -> tuple[int, bytes]:
        """As a client that trusts this certificate and no other."""
        trusting = ssl.create_default_context(cafile=self.certificate)
        line = http.client.HTTPSConnection(ADDRESS, self.port, context=trusting, timeout=20)
        named = {"Host": f"{ADDRESS}:{self.port}"} | headers
        line.request("GET", path, headers={name.replace("_", "-"): text for name, text in named.items()})
        answer = line.getresponse()
        content = answer.read() if answer.status != 101 else b""
        line.close()
        return answer.status, content

    def visit(self, **headers: str) -> int:
        return self.ask(
            "/_stcore/stream", Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13",
            Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==", **headers,
        )[0]  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with socket.socket() as door:
        try:
            door.bind((ADDRESS, 0))
        except OSError:
            pytest.skip(f"this system has no {ADDRESS}")
        port = int(door.getsockname()[1])
    home = tmp_path_factory.mktemp("home")
    words = ["--lan", ADDRESS, "--port", str(port), "--home", str(home)]
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as launcher:  # fmt: skip
        assert launcher.stdout is not None
        said = ""
        while not re.search(r"(\w\w:){31}\w\w\n", said):
            line = launcher.stdout.readline()
            assert line, said
            said += line
        yield Opened(port, home, said, psutil.Process(launcher.pid))
        launcher.send_signal(signal.SIGINT)
        assert "PIN" not in launcher.communicate(timeout=30)[0]


def test_the_terminal_says_where_it_is_the_pin_and_what_the_browser_will_say(opened: Opened) -> None:
    assert f"    https://{ADDRESS}:{opened.port}\n" in opened.said
    assert f" https://{ADDRESS}:{opened.port}/stage " in opened.said
    assert "The browser will warn" in opened.said
    served = ssl.get_server_certificate((ADDRESS, opened.port))
    kept = opened.certificate.read_text()
    assert kept.startswith(served.strip())
    assert lan.fingerprint(opened.certificate) in opened.said
    assert re.fullmatch("[0-9]{6}", opened.pin)


def test_pages_come_over_tls_for_this_address_and_not_without(opened: Opened) -> None:
    status, page = opened.ask("/")
    assert (status, b"<html" in page) == (200, True)
    assert opened.ask("/_stcore/health") == (200, b"ok")

    with socket.create_connection((ADDRESS, opened.port), timeout=20) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {ADDRESS}:{opened.port}\r\n\r\n".encode())
        with suppress(ConnectionResetError):
            assert b"<html" not in line.recv(65536)


def test_it_listens_nowhere_else(opened: Opened) -> None:
    with socket.socket() as line:
        assert line.connect_ex(("127.0.0.1", opened.port)) != 0


def test_a_name_that_is_not_ours_is_refused(opened: Opened) -> None:
    for name in ("evil.example", "127.0.0.3", f"{ADDRESS}.evil.example"):
        assert opened.ask("/", Host=f"{name}:{opened.port}")[0] == 400
        assert opened.visit(Host=f"{name}:{opened.port}", Origin=f"https://{name}:{opened.port}") == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://{own}", 101),
        ("http://{own}", 403),
        ("https://evil.example", 403),
        ("https://localhost:1", 403),
        ("null", 403),
    ],
)
def test_a_visit_is_opened_by_our_own_page_only(opened: Opened, origin: str, status: int) -> None:
    assert opened.visit(Origin=origin.format(own=f"{ADDRESS}:{opened.port}")) == status


def test_the_pin_stands_in_no_command_no_file_and_no_page_and_no_child_inherits_it(opened: Opened) -> None:
    [server] = opened.launcher.children()
    for process in (opened.launcher, server, *server.children(recursive=True)):
        assert opened.pin not in " ".join(process.cmdline())
    assert server.environ()["RUPA_PIN"] == opened.pin
    while opened.ask("/healthz")[0] == 503:
        pass
    assert server.children(recursive=True)  # those that decode photos
    for child in server.children(recursive=True):
        assert "RUPA_PIN" not in child.environ()
    for path in PAGES:
        assert opened.pin.encode() not in opened.ask(path)[1]
    for file in opened.home.rglob("*"):
        assert not file.is_file() or opened.pin.encode() not in file.read_bytes()
    assert opened.said.count(f"{opened.pin[:3]} {opened.pin[3:]}") == 1


def test_who_claims_to_be_another_address_is_counted_as_who_it_is(opened: Opened) -> None:
    """Behind TLS too: each request claims another sender, and still they are too many of one."""
    trusting = ssl.create_default_context(cafile=opened.certificate)
    line = http.client.HTTPSConnection(ADDRESS, opened.port, context=trusting, timeout=20)

    def ask_as(claimed: str) -> int:
        line.request("GET", "/api/openapi.json", headers={"X-Forwarded-For": claimed})
        answer = line.getresponse()
        answer.read()
        return answer.status

    assert any(ask_as(f"10.9.{number // 250}.{number % 250}") == 429 for number in range(5000))
    line.close()


def open_(tmp_path: Path, **changes: object) -> lan.Lan:
    asked = {"address": ADDRESS, "pin": None, "env": {"PATH": ""}} | changes
    return lan.opened(Path(sys.executable), ROOT, tmp_path, **asked)  # type: ignore[arg-type]


def test_each_start_has_a_pin_of_its_own_and_keeps_the_certificate(tmp_path: Path) -> None:
    first, second = open_(tmp_path), open_(tmp_path)

    assert first.pin != second.pin
    assert lan.fingerprint(first.certificate) == lan.fingerprint(second.certificate)
    assert first.pin not in repr(first)
    assert first.pin not in " ".join(first.settings())


def test_all_addresses_of_this_computer_are_covered_and_answered(tmp_path: Path) -> None:
    here = addresses.of_this_computer()
    if not here:
        pytest.skip("this computer is in no network")

    found = open_(tmp_path, address=lan.EVERYWHERE)

    assert {*here, *addresses.names_of_this_computer(), "localhost", "127.0.0.1"} == set(found.allowed)
    assert found.shown[: len(here)] == tuple(here)
    assert (found.address, found.probe) == ("0.0.0.0", "127.0.0.1")
    assert "127.0.0.1" not in here


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "abcdef", "12345٦"])
def test_a_pin_has_six_to_twelve_digits(tmp_path: Path, pin: str) -> None:
    with pytest.raises(LaunchError, match="6 to 12 digits"):
        open_(tmp_path, pin=pin)


def test_a_pin_of_ones_own_may_have_gaps(tmp_path: Path) -> None:
    assert open_(tmp_path, pin="4829 1377").pin == "48291377"


def test_a_pin_that_nobody_can_type_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", ended)

    with pytest.raises(LaunchError, match="RUPA_PIN"):
        lan.asked_for()


@pytest.mark.parametrize("address", ["class.local", "300.1.1.1", "-v", ""])
def test_what_is_no_address_is_one_sentence(tmp_path: Path, address: str) -> None:
    with pytest.raises(LaunchError, match="is not an address"):
        open_(tmp_path, address=address)


def test_a_certificate_of_ones_own_is_taken_with_its_key_only(tmp_path: Path) -> None:
    made = open_(tmp_path / "made").certificate
    other = open_(tmp_path / "other").certificate

    found = open_(tmp_path, own=(made, made))

    assert (found.certificate, found.own) == (made, True)
    assert "The browser will warn" not in found.told(8501)
    assert f" https://{found.shown[0]}:8501/stage " in found.told(8501)
    for wrong in (other, tmp_path / "none.pem"):
        with pytest.raises(LaunchError, match="are not a certificate and its key"):
            open_(tmp_path, own=(made, wrong))


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(LaunchError, match="The certificate could not be made"):
        open_(tmp_path)
