"""The app, served to this computer only, until Ctrl-C."""

import http.client
import os
import socket
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
from launch.trouble import LaunchError

START_LIMIT_S = 60.0


def serve(
    python: Path,
    root: Path,
    port: int,
    *,
    env: Mapping[str, str],
    browser: bool,
    limit_s: float = START_LIMIT_S,
) -> int:
    """Run the server and open the page once it answers; returns the exit status, 0 after Ctrl-C."""
    address = f"http://localhost:{port}"
    _need_free(port)
    command: Command = [python, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
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
            if browser and _has_screen():
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            return server.wait()
        except KeyboardInterrupt:
            print("\nRupa has ended.", flush=True)
            return 0


def _need_free(port: int) -> None:
    with socket.socket() as door:
        if os.name != "nt":  # where it would let two servers share a port
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise LaunchError(
                f"Port {port} is not for everybody: choose one above 1024, with --port."
            ) from error
        except OSError as error:
            raise LaunchError(
                f"Port {port} is taken, perhaps by a Rupa that already runs: open http://localhost:{port}, "
                f"or choose another: python start.py --port {port + 1}"
            ) from error


def _answers(health: str, server: subprocess.Popen[str], end: float) -> bool:
    """Wait for the body `ok`: Streamlit gives every unknown address a page, so a status proves nothing."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
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
