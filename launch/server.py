"""The app, served until Ctrl-C: to this computer only, or to the network that `Lan` speaks of."""

import errno
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Mapping
from pathlib import Path

from launch.child import Command, child
from launch.lan import PIN_VARIABLE, Lan
from launch.trouble import LaunchError

START_LIMIT_S = 60.0


def serve(
    python: Path,
    root: Path,
    port: int,
    *,
    env: Mapping[str, str],
    browser: bool,
    lan: Lan | None = None,
    limit_s: float = START_LIMIT_S,
) -> int:
    """Run the server and open the page once it answers; returns the exit status, 0 after Ctrl-C."""
    address = f"https://{lan.probe}:{port}" if lan else f"http://localhost:{port}"
    _need_free(port, lan.address if lan else "127.0.0.1", address)
    command: Command = [python, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command = [*command, *(lan.settings() if lan else ())]
    env = {name: value for name, value in env.items() if name != PIN_VARIABLE}
    if lan:
        env[PIN_VARIABLE] = lan.pin
    began = time.monotonic()
    # Without a proxy in front, who says to ask for somebody else is counted as who it is.
    with child(command, cwd=root, env={"FORWARDED_ALLOW_IPS": "", **env}) as server:
        try:
            if not _answers(f"{address}/_stcore/health", server, began + limit_s):
                if server.poll() is None:
                    raise LaunchError(
                        f"The app did not show a page within {limit_s:g} s and was ended; what it said stands "
                        "above. Start it again; on a busy computer that may take a second try."
                    )
                raise LaunchError("The app ended before it could show a page; what it said stands above.")
            print(
                f"Rupa is at {address} (ready in {time.monotonic() - began:.1f} s). Ctrl-C ends it.",
                flush=True,
            )
            if lan:
                print(f"\n{lan.told(port)}", flush=True)
            if browser and _has_screen():
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            return server.wait()
        except KeyboardInterrupt:
            print("\nRupa has ended.", flush=True)
            return 0


def _need_free(port: int, address: str, page: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as door:
        if os.name != "nt":  # where it would let two servers share a port
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
        except PermissionError as error:
            raise LaunchError(
                f"Port {port} is not for everybody: choose one above 1024, with --port."
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise LaunchError(
                    f"This computer does not have the address {address}: leave it out to open all that it has."
                ) from error
            raise LaunchError(
                f"Port {port} is taken, perhaps by a Rupa that already runs: open {page}, "
                f"or choose another: python start.py --port {port + 1}"
            ) from error


def _answers(health: str, server: subprocess.Popen[str], end: float) -> bool:
    """Wait for the body `ok`: Streamlit gives every unknown address a page, so a status proves nothing."""
    # Our own server is asked for nothing but whether it stands, whoever its certificate is for.
    unknown = ssl.create_default_context()
    unknown.check_hostname, unknown.verify_mode = False, ssl.CERT_NONE
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unknown)
    )
    while server.poll() is None and time.monotonic() < end:
        try:
            with direct.open(health, timeout=1) as answer:
                if answer.read(16) == b"ok":
                    return True
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            pass
        time.sleep(0.05)
    return False


def _has_screen() -> bool:
    """Without one, `webbrowser` would open a text browser over this terminal."""
    if os.environ.get("CI"):
        return False
    on_linux = sys.platform.startswith("linux")
    return not on_linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
