"""Five hundred photos through the page in real Chromium: how fast, and how much memory the server needs and gives back.

    python -m benchmarks.many [--photos 500]

Beside it stands what came in: the files lie in the server's memory until they are answered, so growth can only be
judged against their size. The photos are noise round the sample portrait, so that each decodes and holds one face.
"""

import argparse
import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from launch import chromium

ROOT = Path(__file__).resolve().parents[1]
PORTRAIT = ROOT / "ui" / "assets" / "samples" / "astronaut.jpg"
SIDE_PX = 900
WARMING = 60
SETTLING_S = 5.0  # the server gives back what was forgotten after it has drawn the page anew
MB = 2**20
HALF_AN_HOUR_MS = 1_800_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    count = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as folder, server() as (address, process):
        files = photos(Path(folder), count)
        total = sum(file.stat().st_size for file in files) / MB
        with sync_playwright() as playwright:
            chrome = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
            page = chrome.new_page(locale="en-GB")
            page.goto(address)
            # What networks, tables and charts need they take once for good, when the first photos come.
            answered(page, files[:WARMING])
            page.get_by_role("button", name="Privacy: nothing kept").click()
            page.get_by_role("button", name="Forget now").click()
            page.get_by_role("button", name="One portrait", exact=True).wait_for()
            rest = memory(process)
            with Peak(process) as peak:
                took_s = answered(page, files)
            held = memory(process)
            page.get_by_role("button", name="Privacy: nothing kept").click()
            page.get_by_role("button", name="Forget now").click()
            page.get_by_text("Forgotten.").wait_for()
            time.sleep(SETTLING_S)
            forgotten = memory(process)
            chrome.close()
    print(
        f"{count} photos of {SIDE_PX} x {SIDE_PX} px, {total:.0f} MB: {took_s:.0f} s, {count / took_s:.1f} a second"
    )
    print(f"memory: {rest:.0f} MB before; at most +{peak.most - rest:.0f} MB (files: {total:.0f} MB);")
    print(f"with all answers on the page +{held - rest:.0f} MB; after forgetting {forgotten - rest:+.0f} MB")


def answered(page: Page, files: list[Path]) -> float:
    began = time.perf_counter()
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", files)
    page.get_by_role("button", name="Table (CSV)").wait_for(timeout=HALF_AN_HOUR_MS)
    return time.perf_counter() - began


def photos(folder: Path, count: int) -> list[Path]:
    random = np.random.default_rng(0)
    face = Image.open(PORTRAIT)
    for number in range(count):
        grain = random.integers(0, 255, (SIDE_PX // 15, SIDE_PX // 15, 3), np.uint8)
        picture = Image.fromarray(grain).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
        picture.paste(face, (100, 100))
        content = io.BytesIO()
        picture.save(content, "JPEG", quality=90)
        (folder / f"{number:03d}.jpg").write_bytes(content.getvalue())
    return sorted(folder.iterdir())


def memory(process: psutil.Process) -> float:
    """Of the server and its children, in MB."""
    family = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in family if one.is_running()) / MB


class Peak:
    """The most memory seen while it is entered."""

    def __init__(self, process: psutil.Process) -> None:
        self.most = 0.0
        self._process, self._over = process, threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self.most = max(self.most, memory(self._process))


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL) as started:
        try:
            for _ in range(300):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://localhost:{port}", psutil.Process(started.pid)
        finally:
            started.terminate()


if __name__ == "__main__":
    main()
