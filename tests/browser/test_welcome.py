from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

PAPER = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 31)"}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_reads_well(
    browser: Browser, app_address: str, scheme: Literal["light", "dark"], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(app_address)

    heading = page.get_by_role("heading", name="What does the model see?")
    expect(heading).to_be_in_viewport()
    expect(heading).to_have_css("font-family", '"Plus Jakarta Sans", sans-serif, "Source Sans", sans-serif')
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", PAPER[scheme])
    page.wait_for_function("document.fonts.check('16px \"Plus Jakarta Sans\"')")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_the_page_asks_no_other_host(browser: Browser, app_address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(app_address)
    page.get_by_role("heading").wait_for()
    page.wait_for_load_state("networkidle")
    page.close()

    here = app_address.removeprefix("http")
    assert any(url.startswith("ws") for url in asked)
    assert [url for url in asked if not url.startswith((f"http{here}", f"ws{here}", "data:", "blob:"))] == []
