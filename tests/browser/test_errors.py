"""Journeys on the Errors page, in the real app with real photos: chips, keys, votes, the map, a phone."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from model import registry
from tests.browser.waiting import PATIENCE_MS, settled
from training import prediction_table, votes
from training.view import Selection, View


@pytest.fixture(scope="module")
def view() -> View:
    """What the page shows, worked out beside it."""
    data = os.environ.get("RUPA_DATA")
    if not data or not (Path(data) / "utkface").is_dir():
        pytest.skip("needs UTKFace in RUPA_DATA, and it is not there")
    path = registry.find("rupa-1").folder / "evaluation-utkface-validation.parquet"
    return View.of(*prediction_table.read(path, embeddings=False))


@pytest.fixture(scope="module")
def visit(browser: Browser, app_address: str, view: View) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_address}/errors?lang=en")
    settled(page)
    yield page
    page.close()


@pytest.fixture
def page(visit: Page) -> Page:
    """The visit, with no chip chosen but the first."""
    visit.reload()
    settled(visit)
    return visit


def tiles(page: Page) -> Locator:
    return page.get_by_role("list", name="The faces that were asked for").get_by_role("button")


def chip(page: Page, group: str, word: str) -> Locator:
    return page.get_by_role("radiogroup", name=group).get_by_role("radio", name=word, exact=True)


def counted(page: Page, view: View, count: int) -> None:
    expect(page.locator(".st-key-errors-found")).to_contain_text(f"{count:,} of {len(view.rows):,} faces")


def test_chips_combine_to_the_faces_of_the_table(page: Page, view: View) -> None:
    said = view.at()
    chip(page, "Labelled", "Women").click()
    page.get_by_role("combobox", name="Race, as labelled").click()
    page.get_by_role("option", name="Asian", exact=True).click()

    asked = Selection(label=0, right=False, groups=(("race", "Asian"),))
    count = int(view.where(said, asked).sum())
    counted(page, view, count)
    settled(page)
    expect(tiles(page)).to_have_count(min(count, 48))
    assert all("labelled female" in (tile.get_attribute("aria-label") or "") for tile in tiles(page).all())


def test_a_face_is_chosen_with_the_keys_and_asked_why(page: Page) -> None:
    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(tiles(page).nth(1)).to_have_attribute("aria-pressed", "true")
    face = page.locator(".st-key-errors-face")
    expect(face.locator("[class*=st-key-panel-open-] img.panel-picture")).to_be_visible()
    expect(face).to_contain_text(re.compile(r"Of the 6 faces most like it, the model got \d right"))
    expect(face.locator(".panel-photos li")).to_have_count(6)
    first_words = (tiles(page).nth(1).inner_text()).split(",")[0]
    expect(face.locator(".errors-said strong")).to_contain_text(first_words)


def test_a_vote_moves_the_accuracy_and_is_taken_back(page: Page) -> None:
    before = votes.read("utkface")
    line = page.locator(".errors-line")
    labelled = line.locator("b").first.inner_text()
    expect(line).not_to_contain_text("with your")

    page.get_by_role("radio", name="Label is wrong").click()

    expect(line).to_contain_text("with your 1 vote")
    expect(line.locator("b").first).to_have_text(labelled)
    assert float(line.locator("b").nth(1).inner_text().rstrip("%")) >= float(labelled.rstrip("%"))
    assert len(votes.read("utkface")) == len(before) + 1
    settled(page)
    page.get_by_role("radio", name="Label is wrong").click()
    expect(line).not_to_contain_text("with your")
    assert votes.read("utkface") == before


def test_what_is_circled_on_the_map_opens_in_the_gallery(page: Page, view: View) -> None:
    page.get_by_text("Choose on a map").click()
    plot = page.locator(".st-key-errors-map .nsewdrag")
    plot.wait_for()
    settled(page)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    left, top, middle = box["x"] + 2, box["y"] + 2, box["x"] + box["width"] / 2
    bottom = top + box["height"] - 5
    page.mouse.move(left, top)
    page.mouse.down()
    for x, y in ((middle, top), (middle, bottom), (left, bottom), (left, top)):
        page.mouse.move(x, y, steps=6)
    page.mouse.up()

    circled = page.get_by_role("button", name=re.compile(r"faces circled on the map"))
    expect(circled).to_be_visible()
    settled(page)
    men_taken_for_women = int(view.where(view.at(), Selection(predicted=0, right=False)).sum())
    counted(page, view, men_taken_for_women)
    assert all("female" in tile.inner_text() for tile in tiles(page).all())

    circled.click()
    expect(circled).to_have_count(0)
    counted(page, view, int(np.sum(~view.at().right)))


def test_the_selection_can_be_taken_along(page: Page, tmp_path: Path, view: View) -> None:
    chip(page, "Labelled", "Men").click()
    settled(page)
    page.get_by_role("button", name="Take along").click()

    saved = {}
    for name in ("Table (CSV)", "Contact sheet (PNG)", "Contact sheet (PDF)"):
        with page.expect_download() as coming:
            page.get_by_role("button", name=name).click()
        saved[name] = tmp_path / coming.value.suggested_filename
        coming.value.save_as(saved[name])

    rows = saved["Table (CSV)"].read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) - 1 == int(view.where(view.at(), Selection(label=1, right=False)).sum())
    assert saved["Contact sheet (PNG)"].read_bytes().startswith(b"\x89PNG")
    assert saved["Contact sheet (PDF)"].read_bytes().startswith(b"%PDF")


def test_nothing_hinders_people(page: Page, axe: Callable[[Page], list[str]]) -> None:
    page.get_by_text("Choose on a map").click()
    settled(page)

    assert axe(page) == []


def test_a_phone_shows_it_in_indonesian(browser: Browser, app_address: str, view: View) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_address}/errors?lang=id")
    settled(page)

    page.get_by_text("Pilih di peta").click()
    settled(page)

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(page.locator(".errors-said strong")).to_contain_text("bagi model")
    page.close()
