"""The presenter's minute before the show, and the show: the check with a camera, the five steps, the room's code."""

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from playwright.sync_api import Browser, Page

from tests.browser import cameras
from tests.browser.waiting import PATIENCE_MS, settled
from tests.launch.test_lan import ADDRESS, Opened, opened

__all__ = ["opened"]
WAYS = re.compile("/(|photo|live|video|errors|evaluate|train|about|compare)[?]")


def press(page: Page, name: str) -> None:
    page.locator(f".st-key-rupa-stage-{name} button").click()


def step(page: Page, number: int) -> None:
    page.get_by_text(f"Step {number} of 5", exact=True).wait_for(timeout=PATIENCE_MS)
    # A key that is pressed while the page is still being drawn meets no button yet.
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)
    page.locator(".st-key-rupa-stage-end").wait_for()


def test_the_check_says_go_and_the_five_steps_open(
    browser: Browser, app_address: str, tmp_path: Path, axe: Callable[[Page], list[str]]
) -> None:
    film = cameras.film(tmp_path / "camera.mjpeg")
    with cameras.playing(browser.browser_type, cameras.ALLOWED, camera=film) as watching:
        page = watching.new_page()
        page.goto(f"{app_address}/stage?lang=en")
        settled(page)
        press(page, "check")
        page.get_by_text("The camera works.").wait_for(timeout=PATIENCE_MS)
        assert page.locator(".stage-verdict").inner_text().startswith("Go.")
        assert axe(page) == []

        press(page, "open")
        for number in range(1, 6):
            step(page, number)
            press(page, f"page-{number}")
            page.wait_for_url(WAYS, timeout=PATIENCE_MS)
            page.get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
            page.get_by_role("link", name=f"Step {number} of 5 · back to the script").click()
            step(page, number)
            if number < 5:
                page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        step(page, 4)


def test_without_a_camera_the_check_says_so_and_the_clip_is_shown(browser: Browser, app_address: str) -> None:
    with closing(browser.new_page()) as page:
        page.goto(f"{app_address}/stage?lang=en")
        settled(page)
        press(page, "check")
        page.get_by_text("There is no camera").wait_for(timeout=PATIENCE_MS)
        press(page, "open")
        step(page, 1)
        page.keyboard.press("ArrowRight")
        step(page, 2)

        page.get_by_text("Click “Try a sample clip”.").wait_for()


def test_a_phone_reads_the_code_off_the_screen(browser: Browser, opened: Opened) -> None:
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page = browser.new_page(ignore_https_errors=True, color_scheme=scheme)
        page.goto(f"https://{ADDRESS}:{opened.port}/stage?lang=en")
        settled(page)
        code = page.locator(".stage-code")
        picture = cv2.imdecode(np.frombuffer(code.screenshot(), np.uint8), cv2.IMREAD_COLOR)

        read, *_ = cv2.QRCodeDetector().detectAndDecode(picture)

        assert read == f"https://{ADDRESS}:{opened.port}"
        assert page.locator(".stage-address").inner_text() == read
        assert page.get_by_role("button", name="Check everything").count() == 0
        page.close()
