"""The Live page with its browser on the same cores: `python -m benchmarks.live_browser`, three minutes.

Starts the app and a Chromium whose camera plays a film of a face that moves across (640 x 480, 30 a second), and
prints every ten seconds what the page measures: looks of the detector and displayed frames a second, the delay from
a frame's taking until its boxes are drawn, and what the server and the browser hold of memory.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.browser import cameras

ROOT = Path(__file__).resolve().parents[1]
EVERY_S = 10.0


def resident_mb(root: psutil.Process) -> float:
    return sum(one.memory_info().rss for one in (root, *root.children(recursive=True))) / 2**20


def watch(page: Page, server: psutil.Process, seconds: float) -> None:
    stage = page.locator("[data-part=stage]")
    delays: list[float] = []
    print("   s   looks/s  frames/s  delay ms  server MB  load")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        page.wait_for_timeout(1000 * EVERY_S)
        now: dict[str, Any] = stage.evaluate("one => ({...one.dataset})")
        delays.append(float(now["delay"]))
        print(
            f"{passed + EVERY_S:4.0f} {float(now['looks']):9.1f} {float(now['frames']):9.1f} {delays[-1]:9.0f} "
            f"{resident_mb(server):10.0f} {psutil.getloadavg()[0]:5.1f}",
            flush=True,
        )
    print(f"median delay {median(delays):.0f} ms")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--seconds", type=float, default=180.0)
    seconds = asked.parse_args().seconds
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(command, cwd=ROOT) as server:
        try:
            _until_ready(f"http://localhost:{port}/healthz", server)
            film = cameras.film(Path(folder) / "film.mjpeg")
            with (
                sync_playwright() as playwright,
                cameras.playing(playwright.chromium, cameras.ALLOWED, camera=film) as chrome,
            ):
                page = chrome.new_page()
                page.goto(f"http://localhost:{port}/live")
                page.locator("[data-part=start]").click()
                page.locator("[data-part=boxes] > div").first.wait_for()
                watch(page, psutil.Process(server.pid), seconds)
        finally:
            server.terminate()


def _until_ready(address: str, server: "subprocess.Popen[bytes]") -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the app ended before it was ready")


if __name__ == "__main__":
    main()
