"""A presenter's screen and a phone in two browsers: a vote counts, and the answer is nowhere before it is shown."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.waiting import PATIENCE_MS, settled

PHONE = {"width": 390, "height": 740}


@pytest.fixture
def visit(browser: Browser, app_address: str) -> Iterator[Callable[..., Page]]:
    data = os.environ.get("RUPA_DATA")
    if not data or not (Path(data) / "utkface").is_dir():
        pytest.skip("needs UTKFace in RUPA_DATA, and it is not there")
    contexts = []

    def begin(language: str, width: int, height: int) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{app_address}/quiz?lang={language}")
        settled(page)
        return page

    yield begin
    for context in contexts:
        context.close()


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-quiz-{key} button")


def test_a_phone_votes_and_sees_the_answer_when_the_presenter_shows_it(
    visit: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    desk, phone = visit("en", 1280, 800), visit("id", **PHONE)
    sent: list[str] = []
    phone.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(str(frame))))
    phone.reload()
    button(desk, "open").click()
    button(phone, "desk").wait_for()
    settled(phone)

    for key in ("female", "male"):
        box = button(phone, key).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"]
        assert min(box["width"], box["height"]) >= 44
    expect(phone.locator("img.quiz-face")).to_be_in_viewport(ratio=1)
    assert axe(phone) == []

    button(phone, "male").click()
    phone.get_by_text("Pilihan Anda dihitung.").wait_for()
    expect(desk.locator(".quiz-count strong")).to_have_text("1 vote", timeout=PATIENCE_MS)
    assert re.search(r"berlabel|labelled|\.jpg(?!;)|quiz-told\b.*<li", "".join(sent)) is None

    button(desk, "reveal").click()
    phone.locator(".quiz-told").wait_for()
    expect(phone.locator(".quiz-told")).to_contain_text("berlabel")
    assert "berlabel" in "".join(sent)
    expect(desk.locator(".quiz-told")).to_contain_text("labelled")
    settled(desk)
    assert axe(desk) == []

    button(desk, "close").click()
    phone.get_by_text("Presenter telah menutup ruangan.").wait_for()


def test_one_player_plays_with_the_keys(visit: Callable[..., Page]) -> None:
    page = visit("en", 1280, 800)
    page.keyboard.press("f")
    button(page, "step-1").wait_for()
    page.keyboard.press("2")

    expect(page.locator(".quiz-told")).to_contain_text("female, fairly sure")
    page.keyboard.press("n")
    expect(page.get_by_text("Face 2 of 10")).to_be_visible()
