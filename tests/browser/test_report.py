"""A report in real Chromium, cut off from every network: it draws itself, asks for nothing, and can be printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from model import registry
from tests.training.tables import about, table
from training import evaluations, prediction_table, report
from training.evaluations import Kept

RUPA_1 = registry.SHIPPED / "rupa-1" / "evaluation-utkface-validation.parquet"
A4_PX = 718  # less a centimetre on each side
HOSTILE = '<img src="http://example.com/x" onerror="document.title=1"><script>document.title=2</script>'


class Seen:
    """What the page asked for, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def opened(page: Page, file: Path, content: str) -> Seen:
    file.write_text(content, encoding="utf-8")
    seen = Seen(page)
    page.goto(file.as_uri())
    # The page's own policy forbids Playwright the scripts that `wait_for_function` repeats.
    expect(page.locator(".chart:not(:has(.main-svg))")).to_have_count(0)
    return seen


def test_it_opens_offline_asks_for_nothing_and_draws_every_chart(page: Page, tmp_path: Path) -> None:
    [shipped] = [one for one in evaluations.kept() if one.path == RUPA_1]

    seen = opened(page, tmp_path / "report.html", report.make(shipped, "id"))

    assert seen.asked == [(tmp_path / "report.html").as_uri()]
    assert seen.complaints == []
    assert page.locator(".chart .main-svg").count() >= 7
    assert page.locator("h1").inner_text() == "Seberapa baik rupa-1, dan bagi siapa?"
    assert page.evaluate("document.fonts.check('16px Plus Jakarta Sans')")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chart_answers_to_the_pointer(page: Page, tmp_path: Path) -> None:
    [shipped] = [one for one in evaluations.kept() if one.path == RUPA_1]
    opened(page, tmp_path / "report.html", report.make(shipped))

    page.locator(".chart").first.scroll_into_view_if_needed()
    box = page.locator(".chart .heatmaplayer").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)

    page.locator(".hovertext", has_text="women taken for women").wait_for()


def test_a_hostile_name_does_nothing_and_reaches_nobody(page: Page, tmp_path: Path) -> None:
    said = about(model=HOSTILE, dataset=HOSTILE)
    path = tmp_path / "evaluation-photos-all.parquet"
    prediction_table.write(path, table(4).assign(race=HOSTILE), said)

    seen = opened(page, tmp_path / "report.html", report.make(Kept(path, said, False)))

    assert seen.asked == [(tmp_path / "report.html").as_uri()]
    assert seen.complaints == []
    assert page.title() not in ("1", "2")
    assert page.locator("img").count() == 0


def test_on_paper_nothing_is_cut_off(page: Page, tmp_path: Path) -> None:
    [shipped] = [one for one in evaluations.kept() if one.path == RUPA_1]
    opened(page, tmp_path / "report.html", report.make(shipped))
    widths = (
        '[...document.querySelectorAll(".chart .main-svg")].map((one) => one.getBoundingClientRect().width)'
    )
    on_screen = max(page.evaluate(widths))

    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    on_paper = max(page.evaluate(widths))
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert on_paper <= A4_PX < on_screen
    assert max(page.evaluate(widths)) == on_screen
    assert page.pdf(format="A4").startswith(b"%PDF")
