"""How soon a visitor of a fresh server sees the page: Rupa beside a Streamlit app of one line.

    python -m benchmarks.first_paint [--times 3]

Each time both servers start anew. "Paint" is from asking for the address until the heading stands on the screen of a
real Chromium; "ready" is until the model answers too.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from launch import chromium

ROOT = Path(__file__).resolve().parents[1]
PORT = 8597


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_paint")
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    found = chromium.find()
    if not found:
        sys.exit("There is no Chromium or Chrome here; install one and try again.")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=found, args=as_root)
        bare = Path(folder) / "bare.py"
        bare.write_text("import streamlit as st\nst.title('Hello')\n")
        rounds = [
            (visit(browser, bare, None), visit(browser, ROOT / "app.py", ".st-key-rupa-footer"))
            for _ in range(times)
        ]
    peer = statistics.median(one[0][0] for one in rounds)
    paint = statistics.median(one[1][0] for one in rounds)
    ready = statistics.median(one[1][1] for one in rounds)
    print(f"one line of Streamlit  paint {peer:.2f} s")
    print(f"Rupa                   paint {paint:.2f} s ({paint / peer:.1f} times), model ready {ready:.2f} s")


def visit(browser: Browser, script: Path, last: str | None) -> tuple[float, float]:
    """Seconds from asking a fresh server until the heading, and until `last` names the model."""
    with served(script) as address, closing(browser.new_page()) as page:
        asked = time.monotonic()
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        paint = time.monotonic() - asked
        if last:
            page.locator(last, has_text="rupa-1").wait_for(timeout=90_000)
        return paint, time.monotonic() - asked


@contextmanager
def served(script: Path) -> Iterator[str]:
    address = f"http://localhost:{PORT}"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(PORT),
        "--server.headless",
        "true",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        while server.poll() is None and not answers(f"{address}/_stcore/health"):
            time.sleep(0.02)
        yield address
        server.terminate()


def answers(health: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(health, timeout=1) as answer:
        return bool(answer.read(16) == b"ok")
    return False


if __name__ == "__main__":
    main()
