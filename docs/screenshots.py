"""Take the pictures of the README anew: each page, each width, in light and dark, in both languages.

    python -m docs.screenshots                  # starts the app itself; --at URL uses one that runs
    python -m docs.screenshots --only quiz      # these pages, and not the others
    python -m docs.screenshots --full FOLDER    # whole pages in every combination, to look at

Needs Chromium or Chrome. Photo, clip and the camera's film are those that the app ships; it is started without data
sets, because their photos may not be shown in public.
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from launch import chromium
from tests.browser import cameras
from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {390: 844, 1280: 800, 1920: 1080}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = ("en", "id")
# A desk in both schemes and languages; a phone and a projector once each way.
KEPT = {
    390: {("light", "en"), ("dark", "id")},
    1280: {("light", "en"), ("light", "id"), ("dark", "en"), ("dark", "id")},
    1920: {("light", "en")},
}
PAGES = ("photo", "live", "video", "evaluate", "errors", "compare", "train", "runs", "quiz", "about", "stage")
MOST_BYTES = 150_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__.split("\n")[0])
    parser.add_argument("--at", metavar="URL", help="an app that runs already")
    parser.add_argument("--only", metavar="PAGE", nargs="+", choices=PAGES, default=PAGES, help="these pages")
    parser.add_argument("--full", metavar="FOLDER", type=Path, help="whole pages, into this folder")
    asked = parser.parse_args()
    folder = asked.full or ROOT / "docs" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    if not chromium.find():
        sys.exit("There is no Chromium or Chrome here; install one and try again.")
    with sync_playwright() as playwright, served(asked.at) as address, tempfile.TemporaryDirectory() as films:
        film = cameras.film(Path(films) / "film.mjpeg")
        with cameras.playing(playwright.chromium, cameras.ALLOWED, camera=film) as browser:
            for name, picture in pictures(browser, address, asked.only, whole=bool(asked.full)):
                path = folder / f"{name}.webp"
                path.write_bytes(picture)
                print(f"{path.name}: {len(picture) / 1000:.0f} kB", flush=True)


def pictures(
    browser: Browser, address: str, pages: Sequence[str], *, whole: bool
) -> Iterator[tuple[str, bytes]]:
    """Those that are kept, or all of `whole` pages, named like `about-dark-id-390`."""
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            for language in LANGUAGES:
                if not whole and (scheme, language) not in KEPT[width]:
                    continue
                view = {"width": width, "height": height}
                with closing(browser.new_page(viewport=view, color_scheme=scheme)) as page:  # type: ignore[arg-type]
                    page.set_default_timeout(90_000)
                    for name in pages:
                        page.goto(f"{address}/{name}?lang={language}")
                        settled(page)
                        SHOW.get(name, settled)(page)
                        if whole:
                            unrolled(page, width)
                        yield f"{name}-{scheme}-{language}-{width}", small(page.screenshot())


def drop_a_photo(page: Page) -> None:
    """Take the sample with several faces, and wait for the answers."""
    page.get_by_role("button", name=re.compile("^(Three portraits|Tiga potret)$")).click()
    page.get_by_role("img", name="frame").or_(page.get_by_role("img", name="bingkai")).first.wait_for()
    settled(page)


def start_the_camera(page: Page) -> None:
    page.locator("[data-part=start]").click()
    page.locator("[data-part=boxes] > div.female").first.wait_for()
    page.locator("[data-part=figure-seen]", has_text=re.compile("^[1-9]")).wait_for()


def try_the_clip(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^(Try a sample clip|Coba klip contoh)$")).click()
    clip = page.locator(".st-key-rupa-clip video")
    clip.wait_for()
    settled(page)
    clip.evaluate("clip => new Promise(there => { clip.onseeked = there; clip.currentTime = 3 })")


def check_everything(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^(Check everything|Periksa semuanya)$")).click()
    page.get_by_role("button", name=re.compile("^(Open the script|(Tetap b|B)uka naskah)")).wait_for()
    page.locator(".st-key-rupa-stage-verdict-asking").wait_for(
        state="detached"
    )  # until the browser told of its camera
    settled(page)


SHOW = {"photo": drop_a_photo, "live": start_the_camera, "video": try_the_clip, "stage": check_everything}


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
