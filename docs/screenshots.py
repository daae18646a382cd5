"""Take the pictures of the README anew: each page, each width, in light and dark, in both languages.

    python -m docs.screenshots                  # starts the app itself; --at URL uses one that runs
    python -m docs.screenshots --full FOLDER    # whole pages, to look at

Needs Chromium or Chrome. The photo is one of those that the app ships; the app is started without data sets, because
their photos may not be shown in public.
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from launch import chromium
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {390: 844, 1280: 800, 1920: 1080}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en", "id")
PAGES = ("photo", "live", "video", "evaluate", "errors", "compare", "train", "runs", "about")
MOST_BYTES = 150_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__.split("\n")[0])
    parser.add_argument("--at", metavar="URL", help="an app that runs already")
    parser.add_argument("--full", metavar="FOLDER", type=Path, help="whole pages, into this folder")
    asked = parser.parse_args()
    folder = asked.full or ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    found = chromium.find()
    if not found:
        sys.exit("There is no Chromium or Chrome here; install one and try again.")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright, served(asked.at) as address:
        browser = playwright.chromium.launch(executable_path=found, args=as_root)
        for name, picture in pictures(browser, address, whole=bool(asked.full)):
            path = folder / f"{name}.webp"
            path.write_bytes(picture)
            print(f"{path.name}: {len(picture) / 1000:.0f} kB")


def pictures(browser: Browser, address: str, *, whole: bool) -> Iterator[tuple[str, bytes]]:
    """Every combination, named like `about-dark-id-390`."""
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            for language in LANGUAGES:
                view = {"width": width, "height": height}
                with closing(browser.new_page(viewport=view, color_scheme=scheme)) as page:  # type: ignore[arg-type]
                    page.set_default_timeout(90_000)
                    for name in PAGES:
                        page.goto(f"{address}/{name}?lang={language}")
                        settled(page)
                        if name == "photo":
                            drop_a_photo(page)
                        if whole:
                            unrolled(page, width)
                        yield f"{name}-{scheme}-{language}-{width}", small(page.screenshot())


def drop_a_photo(page: Page) -> None:
    """Take the sample with several faces, and wait for the answers."""
    page.get_by_role("button", name=re.compile("^(Three portraits|Tiga potret)$")).click()
    page.get_by_role("img", name="frame").or_(page.get_by_role("img", name="bingkai")).first.wait_for()
    settled(page)


def unrolled(page: Page, width: int) -> None:
    tall = page.get_by_test_id("stMainBlockContainer").evaluate("block => block.scrollHeight")
    page.set_viewport_size({"width": width, "height": int(tall) + 40})
    page.wait_for_load_state("networkidle")


def small(png: bytes) -> bytes:
    """The same picture as WebP, of the best quality that keeps it small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in range(90, 30, -10):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


@contextmanager
def served(address: str | None) -> Iterator[str]:
    if address:
        yield address.rstrip("/")
        return
    port = 8599
    serve = [sys.executable, "start.py", "--no-browser", "--port", str(port)]
    with (
        tempfile.TemporaryDirectory() as nothing,
        subprocess.Popen(
            serve,
            cwd=ROOT,
            env={**os.environ, "RUPA_DATA": nothing, "RUPA_HOME": nothing},
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        for line in server.stdout:
            if "Rupa is at" in line:
                break
        yield f"http://localhost:{port}"
        server.terminate()


if __name__ == "__main__":
    main()
