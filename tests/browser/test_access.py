"""A class and its presenter, in two browsers over TLS: the PIN opens one of them, and the other goes on watching."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.waiting import settled
from tests.launch.test_lan import ADDRESS, Opened, opened

__all__ = ["opened"]


@pytest.fixture
def visit(browser: Browser, opened: Opened) -> Iterator[Callable[[], Page]]:
    """Open the Train page as somebody who accepted the certificate."""
    contexts = []

    def begin() -> Page:
        contexts.append(browser.new_context(ignore_https_errors=True))
        page = contexts[-1].new_page()
        page.goto(f"https://{ADDRESS}:{opened.port}/train?lang=en")
        settled(page)
        return page

    yield begin
    for context in contexts:
        context.close()


def door(page: Page) -> Locator:
    return page.locator(".st-key-rupa-door")


def give(page: Page, pin: str) -> None:
    page.get_by_role("textbox", name="The presenter's PIN").fill(pin)
    page.get_by_role("button", name="Enter", exact=True).click()


def test_the_pin_opens_one_browser_and_the_other_goes_on_watching(
    visit: Callable[[], Page], opened: Opened, axe: Callable[[Page], list[str]]
) -> None:
    presenter, visitor = visit(), visit()
    assert axe(visitor) == []
    presenter.get_by_role("button", name="I am the presenter").click()

    give(presenter, f"{(int(opened.pin) + 1) % 10**6:06}")
    presenter.get_by_text("That is not the PIN.").wait_for()
    assert presenter.get_by_role("textbox", name="The presenter's PIN").input_value() == ""
    give(presenter, opened.pin)

    door(presenter).get_by_text("You are the presenter here.").wait_for()
    assert opened.pin not in presenter.content()
    assert opened.pin not in presenter.url
    visitor.get_by_role("link", name=re.compile("Runs$")).click()
    visitor.get_by_role("heading", level=1, name="What was tried").wait_for()
    door(visitor).get_by_text("Only the presenter can change things.").wait_for()

    presenter.get_by_role("link", name=re.compile("Runs$")).click()
    presenter.get_by_role("heading", level=1, name="What was tried").wait_for()
    door(presenter).get_by_text("You are the presenter here.").wait_for()
    presenter.get_by_role("button", name="Leave").click()
    door(presenter).get_by_text("Only the presenter can change things.").wait_for()
