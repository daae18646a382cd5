"""Journeys under a face, in the real app: why, track record, what would flip it, a wrong answer and its consent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.waiting import PATIENCE_MS, settled
from training import flagged

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"


@pytest.fixture(scope="module")
def page(browser: Browser, app_address: str) -> Iterator[Page]:
    """One visit with one answered photo."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_address}/?lang=en")
    settled(page)
    page.locator("input[type=file]").first.set_input_files(SAMPLE)
    page.locator(".rupa-card").first.wait_for()
    settled(page)
    yield page
    page.close()


@pytest.fixture
def card(page: Page) -> Locator:
    """The card of the astronaut; the photo has a second, doubtful face."""
    cards = page.locator("[class*=st-key-rupa-face-]")
    return cards.filter(has=page.get_by_text("looks female to the model")).first


def _open(card: Locator, word: str) -> Locator:
    choice = card.get_by_role("radio", name=word)
    if choice.get_attribute("aria-checked") != "true":
        choice.click()
    expect(choice).to_have_attribute("aria-checked", "true")
    return card.locator("[class*=st-key-panel-open-]")


def test_why_opens_with_the_keyboard_and_its_paint_can_be_taken_off(page: Page, card: Locator) -> None:
    why = card.get_by_role("radio", name="Why?")
    why.focus()
    page.keyboard.press("Space")
    panel = card.locator("[class*=st-key-panel-open-]")
    picture = panel.locator("img.panel-picture")
    expect(panel).to_contain_text("not why it counts")
    painted = picture.get_attribute("src")

    panel.get_by_role("slider").focus()
    page.keyboard.press("Home")

    expect(picture).not_to_have_attribute("src", painted or "")
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_the_track_record_counts_the_faces_most_like_it(card: Locator) -> None:
    panel = _open(card, "Track record")

    expect(panel).to_contain_text(
        re.compile(
            r"Of the 200 evaluation faces most like this one, the model got \d+ right \(\d+ to >?\d+%\)\."
        )
    )


def test_the_answer_turns_where_the_slider_is_led(card: Locator) -> None:
    panel = _open(card, "What would flip it")
    changed = panel.locator(".rupa-card")
    expect(panel.get_by_role("slider")).to_have_count(4)
    expect(changed).to_have_class(re.compile("female"))

    panel.get_by_role("button", name="Show it").first.click()

    expect(changed).to_have_class(re.compile("unsure"))
    assert panel.locator(".panel-scale b").count() >= 1


def test_the_sliders_move_with_the_keyboard_and_put_each_other_back(page: Page, card: Locator) -> None:
    panel = _open(card, "What would flip it")
    light, tilt = panel.get_by_role("slider").nth(0), panel.get_by_role("slider").nth(2)

    unmoved = panel.get_by_text("as it is", exact=True)

    tilt.focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_text(re.compile(r"^tilted 0\.\d° to the right$"))).to_be_visible()
    expect(unmoved).to_have_count(3)
    light.focus()
    page.keyboard.press("ArrowLeft")

    expect(panel.get_by_text("1% darker", exact=True)).to_be_visible()
    expect(unmoved).to_have_count(3)


def test_a_wrong_answer_is_kept_only_with_consent_and_deleted_again(page: Page, card: Locator) -> None:
    before = flagged.ids()
    panel = _open(card, "That's wrong")
    panel.get_by_role("radio", name="Male", exact=True).click()
    keep = panel.get_by_role("button", name="Keep it for teaching")
    expect(keep).to_be_disabled()
    panel.get_by_text("Keep this picture on this computer").click()
    expect(keep).to_be_enabled()
    assert flagged.ids() == before

    keep.click()
    expect(panel).to_contain_text("Kept.")
    kept = flagged.ids()
    page.get_by_role("button", name="Privacy: 1 face kept, nothing sent").click()
    page.get_by_text("Show kept faces").click()
    expect(page.get_by_alt_text("kept as male").first).to_be_visible()
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="Delete it again").click()
    expect(keep).to_be_disabled()
    expect(page.get_by_role("button", name="Privacy: nothing kept, nothing sent")).to_be_visible()

    assert len(kept) == len(before) + 1
    assert flagged.ids() == before


def test_the_panels_fit_a_phone_in_indonesian(browser: Browser, app_address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_address}/?lang=id")
    page.locator("input[type=file]").first.set_input_files(SAMPLE)
    for word in ("Mengapa?", "Rekam jejak", "Apa yang membalikkannya", "Ini keliru"):
        page.get_by_role("radio", name=word).first.click()
        page.locator(
            "[class*=st-key-panel-open-] .panel-said, [class*=st-key-panel-open-] .panel-scale"
        ).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()
