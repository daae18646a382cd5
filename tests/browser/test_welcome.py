"""The first sight of the app: its heading, its typeface, its paper, at every width and in both schemes."""

from contextlib import closing
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from ui.theme import PALETTES


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_reads_well(
    browser: Browser, app_address: str, scheme: Literal["light", "dark"], width: int
) -> None:
    paper = tuple(int(PALETTES[scheme].paper[i : i + 2], 16) for i in (1, 3, 5))
    with closing(browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)) as page:
        page.goto(app_address)

        heading = page.get_by_role("heading", name="What does the model see?")
        expect(heading).to_be_in_viewport(timeout=20_000)
        expect(heading).to_have_css(
            "font-family", '"Plus Jakarta Sans", sans-serif, "Source Sans", sans-serif'
        )
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", f"rgb{paper}")
        page.wait_for_function("() => document.fonts.check('16px \"Plus Jakarta Sans\"')")


def test_nothing_of_streamlits_own_stands_in_the_way(browser: Browser, app_address: str) -> None:
    with closing(browser.new_page(viewport={"width": 1280, "height": 800})) as page:
        page.goto(app_address)
        page.get_by_role("heading", name="What does the model see?").wait_for()

        for chrome in ("stMainMenu", "stAppDeployButton", "stToolbarActions", "stDecoration"):
            expect(page.get_by_test_id(chrome)).not_to_be_visible()
