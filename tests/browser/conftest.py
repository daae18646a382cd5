"""Real Chromium, where this machine has one, and what finds the barriers in a page."""

import os
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from launch import chromium
from tests.browser.waiting import PATIENCE_MS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium.find()
    if not found:
        pytest.skip("needs Chromium or Chrome, and this machine has none")
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=found, args=as_root)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What hinders people on the page as it stands: a line for each serious or critical finding."""

    def barriers(page: Page) -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return barriers
