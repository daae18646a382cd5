"""A clip in real Chromium: from the sample to a result that plays, is clicked through, and is gone again."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import settled

PATIENCE_MS = 120_000
CLIP = ".st-key-rupa-clip video"
STATE = "clip => ({ ready: clip.readyState, now: clip.currentTime, wide: clip.videoWidth, seconds: clip.duration })"


@pytest.fixture
def page(browser: Browser, app_address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(f"{app_address}/video")
    settled(page)
    yield page
    page.close()


def test_the_sample_is_followed_played_clicked_and_forgotten(
    page: Page, axe: Callable[[Page], list[str]]
) -> None:
    page.get_by_role("button", name="Try a sample clip").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()

    clip = page.locator(CLIP)
    clip.wait_for()
    settled(page)
    expect(page.locator(".clip-faces tbody tr")).to_have_count(2)
    clip.evaluate("clip => clip.readyState >= 2 || new Promise(ready => clip.oncanplay = ready)")
    assert clip.evaluate(STATE) | {"ready": 0} == {"ready": 0, "now": 0, "wide": 640, "seconds": 10}

    # From the keyboard a part plays from where it begins.
    last = page.get_by_role("button", name="Face 2").last
    last.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.st-key-rupa-clip video').currentTime > 0.2")
    begun = clip.evaluate("clip => clip.currentTime")
    page.wait_for_function(
        "begun => document.querySelector('.st-key-rupa-clip video').currentTime > begun + 0.3", arg=begun
    )
    assert clip.evaluate(STATE)["ready"] >= 2
    clip.evaluate("clip => clip.pause()")

    # With the mouse from where it is clicked.
    first = page.get_by_role("button", name="Face 1").first
    box = first.bounding_box()
    assert box is not None
    first.click(position={"x": box["width"] * 0.7, "y": 5})
    page.wait_for_function("() => document.querySelector('.st-key-rupa-clip video').currentTime > 6")
    clip.evaluate("clip => clip.pause()")
    assert axe(page) == []

    with page.expect_download() as mp4:
        page.get_by_role("button", name="Clip with answers (MP4)").click()
    assert Path(mp4.value.path()).read_bytes()[4:8] == b"ftyp"
    with page.expect_download() as listing:
        page.get_by_role("button", name="For programs (JSON)").click()
    assert len(json.loads(Path(listing.value.path()).read_bytes())["faces"]) == 2

    address = clip.evaluate("clip => clip.currentSrc")
    page.get_by_role("button", name="Forget this clip").click()
    expect(page.locator("[data-testid=stFileUploaderDropzone]")).to_be_visible()
    expect(clip).to_have_count(0)
    page.wait_for_function("address => fetch(address).then(answer => answer.status === 404)", arg=address)
