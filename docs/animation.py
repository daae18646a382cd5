"""Take the moving picture of the README anew: a sample, its answers, why, and for whom the model errs.

    python -m docs.animation                    # starts the app itself; --at URL uses one that runs

Like `docs.screenshots` it needs Chromium or Chrome, and shows no photo but those that the app ships.
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from docs.screenshots import LANGUAGES, ROOT, served
from launch import chromium
from tests.browser.waiting import settled

VIEW = {"width": 1240, "height": 760}
SIZE = (1000, 613)
MOST_BYTES = 1_500_000
SHOWN_MS, CLICKED_MS, BLEND_MS, BLENDS = 2600, 900, 60, 2
WORDS = {
    "en": ("Three portraits", "Why?", "What did it take whom for?", "For whom is it worse?"),
    "id": ("Tiga potret", "Mengapa?", "Siapa dikira siapa?", "Untuk siapa ia lebih buruk?"),
}
_RING = """at => {
    const ring = document.createElement("div");
    ring.id = "ring";
    ring.style.cssText = `position:fixed;left:${at.x - 22}px;top:${at.y - 22}px;width:44px;height:44px;z-index:999999;
        border:4px solid #0F766E;border-radius:50%;background:#0F766E33;pointer-events:none`;
    document.body.append(ring);
}"""

Frame = tuple[Image.Image, int]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m docs.animation", description=__doc__.split("\n")[0])
    parser.add_argument("--at", metavar="URL", help="an app that runs already")
    asked = parser.parse_args()
    found = chromium.find()
    if not found:
        sys.exit("There is no Chromium or Chrome here; install one and try again.")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright, served(asked.at) as address:
        browser = playwright.chromium.launch(executable_path=found, args=as_root)
        for language in LANGUAGES:
            with closing(browser.new_page(viewport=VIEW, color_scheme="light")) as page:  # type: ignore[arg-type]
                page.set_default_timeout(90_000)
                moving = webp(list(blended(list(scenes(page, address, language)))))
            path = ROOT / "docs" / f"animation-{language}.webp"
            path.write_bytes(moving)
            print(f"{path.name}: {len(moving) / 1000:.0f} kB")


def scenes(page: Page, address: str, language: str) -> Iterator[Frame]:
    sample, why, *parts = WORDS[language]
    page.goto(f"{address}/?lang={language}")
    settled(page)
    yield from clicked(page, page.get_by_role("button", name=re.compile(f"^{sample}$")))
    page.get_by_role("img", name=re.compile("frame|bingkai")).first.wait_for()
    settled(page)
    yield still(page), SHOWN_MS
    # The second face is the one of whom there is most to see.
    yield from clicked(page, page.get_by_role("radio", name=why).nth(1))
    panel = page.locator("[class*=st-key-panel-open]")
    panel.get_by_role("img").first.wait_for()
    settled(page)
    panel.scroll_into_view_if_needed()
    yield still(page), SHOWN_MS
    page.goto(f"{address}/evaluate?lang={language}")
    settled(page)
    yield still(page), SHOWN_MS
    for part in parts:
        page.get_by_role("heading", name=part).evaluate("one => one.scrollIntoView({block: 'start'})")
        settled(page)
        yield still(page), SHOWN_MS


def clicked(page: Page, button: Locator) -> Iterator[Frame]:
    """The page as it stands, then with a ring round what is clicked."""
    button.scroll_into_view_if_needed()
    yield still(page), CLICKED_MS
    box = button.bounding_box()
    assert box
    page.evaluate(_RING, {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2})
    yield still(page), CLICKED_MS
    page.evaluate("document.getElementById('ring').remove()")
    button.click()


def still(page: Page) -> Image.Image:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def blended(frames: list[Frame]) -> Iterator[Frame]:
    """A short fade from each picture to the next, so that the eye sees what changed."""
    for (one, shown_ms), (following, _) in zip(frames, frames[1:] + frames[:1], strict=True):
        yield one, shown_ms
        for step in range(1, BLENDS + 1):
            yield Image.blend(one, following, step / (BLENDS + 1)), BLEND_MS


def webp(frames: list[Frame]) -> bytes:
    """As good as the size allows."""
    pictures, times = zip(*frames, strict=True)
    for quality in range(85, 30, -10):
        out = io.BytesIO()
        pictures[0].save(
            out,
            "WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=times,
            loop=0,
            quality=quality,
            method=4,
        )
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


if __name__ == "__main__":
    main()
