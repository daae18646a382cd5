"""What stands round every page: language, menu, addresses, the keyboard, and nothing that hinders anybody."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.waiting import settled

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = {
    "": "What does the model see?",
    "evaluate": "How good is it, and for whom?",
    "errors": "Whom does it get wrong?",
    "compare": "Which of two models is better?",
    "quiz": "Can you beat the model?",
    "about": "What is this model, and for whom does it err?",
}
INDONESIAN = {
    "": "Apa yang dilihat model?",
    "evaluate": "Seberapa baik, dan untuk siapa?",
    "errors": "Wajah siapa yang dijawabnya keliru?",
    "compare": "Mana yang lebih baik dari dua model?",
    "quiz": "Bisakah Anda mengalahkan model?",
    "about": "Apa model ini, dan pada siapa ia keliru?",
}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with closing(browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")) as fresh:
        yield fresh


@pytest.fixture
def fresh_address(free_port: int) -> Iterator[str]:
    """A server that nobody has visited."""
    serve = (
        "import os, sys; from pathlib import Path; from launch.server import serve;"
        "serve(Path(sys.executable), Path.cwd(), int(sys.argv[1]), env=os.environ, browser=False)"
    )
    command = [sys.executable, "-c", serve, str(free_port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert "Rupa is at" in launcher.stdout.readline()
        yield f"http://localhost:{free_port}"
        launcher.send_signal(signal.SIGINT)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words, level=1)).to_be_visible(timeout=20_000)


def test_the_switch_changes_the_words_and_keeps_the_page(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/about")
    heading(page, ENGLISH["about"])

    page.get_by_role("radio", name="ID").click()
    heading(page, INDONESIAN["about"])
    expect(page).to_have_url(f"{app_address}/about?lang=id")
    expect(page.locator("html")).to_have_attribute("lang", "id")

    page.get_by_role("link", name="Foto").click()
    heading(page, INDONESIAN[""])
    expect(page).to_have_url(f"{app_address}/?lang=id")

    page.reload()
    heading(page, INDONESIAN[""])
    page.get_by_role("radio", name="EN").click()
    heading(page, ENGLISH[""])
    expect(page).to_have_url(f"{app_address}/?lang=en")


def test_without_a_wish_the_browsers_language_is_spoken(browser: Browser, app_address: str) -> None:
    with closing(browser.new_page(locale="id-ID")) as page:
        page.goto(app_address)

        heading(page, INDONESIAN[""])
        expect(page.get_by_role("radio", name="ID")).to_be_checked()


def test_a_link_into_the_house_opens_on_a_fresh_server(page: Page, fresh_address: str) -> None:
    page.goto(f"{fresh_address}/about?lang=id")

    heading(page, INDONESIAN["about"])
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("address", ["photo", "photo/"])
def test_the_first_page_has_a_name_too(page: Page, app_address: str, address: str) -> None:
    page.goto(f"{app_address}/{address}")

    heading(page, ENGLISH[""])
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_wrong_address_gets_a_kind_page_and_a_way_home(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/nonsense?lang=id")
    heading(page, "Tidak ada halaman di sini")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("button", name="Ke halaman pertama").click()

    heading(page, INDONESIAN[""])


def test_an_address_of_nothing_but_a_blank_is_the_first_page(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/%20")

    heading(page, ENGLISH[""])


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("photo/about", ENGLISH["about"]),
        ("about/photo", ENGLISH[""]),
        ("a/b/nonsense", "There is no page here"),
    ],
)
def test_an_address_below_the_first_level_is_never_blank(
    page: Page, app_address: str, address: str, words: str
) -> None:
    page.goto(f"{app_address}/{address}?lang=en")

    heading(page, words)


def test_no_page_asks_another_host_nor_what_the_rules_for_browsers_forbid(
    page: Page, app_address: str
) -> None:
    asked: list[str] = []
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security" in line.text else None)
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))

    for path in ENGLISH:
        page.goto(f"{app_address}/{path}")
        settled(page)
        page.wait_for_load_state("networkidle")

    here = app_address.removeprefix("http")
    assert any(url.startswith("ws") for url in asked)
    assert [url for url in asked if not url.startswith((f"http{here}", f"ws{here}", "data:", "blob:"))] == []
    assert refused == []


@pytest.mark.parametrize(
    ("scheme", "path", "language"),
    [
        (scheme, path, language)
        for turn, path in enumerate(ENGLISH)
        for scheme, language in zip(
            ("light", "dark"), ("en", "id") if turn % 2 else ("id", "en"), strict=True
        )
    ],
)
def test_nothing_hinders_anybody(
    browser: Browser,
    app_address: str,
    axe: Callable[[Page], list[str]],
    scheme: Literal["light", "dark"],
    path: str,
    language: str,
) -> None:
    with closing(browser.new_page(color_scheme=scheme, reduced_motion="reduce")) as page:
        page.goto(f"{app_address}/{path}?lang={language}")
        heading(page, (ENGLISH if language == "en" else INDONESIAN)[path])
        settled(page)

        assert axe(page) == []


def test_the_eye_for_barriers_sees_one(page: Page, axe: Callable[[Page], list[str]]) -> None:
    page.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src=x><p style='color:#ccc'>pale</p></main>"
    )

    assert [line.partition(" ")[0] for line in axe(page)] == ["color-contrast", "image-alt"]


def test_the_keyboard_alone_reaches_the_menu_and_the_switch(page: Page, app_address: str) -> None:
    page.goto(app_address)
    settled(page)

    tab_to(page, "This model")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    heading(page, ENGLISH["about"])

    tab_to(page, "EN")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    heading(page, INDONESIAN["about"])


def tab_to(page: Page, words: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip().endswith(words):
            return
    raise AssertionError(f"the keyboard does not get to {words!r}")


@pytest.mark.parametrize("width", [390, 1920])
def test_every_page_fits_its_screen(browser: Browser, app_address: str, width: int) -> None:
    with closing(browser.new_page(viewport={"width": width, "height": 900})) as page:
        for path in ENGLISH:
            page.goto(f"{app_address}/{path}")
            settled(page)

            main = page.get_by_test_id("stMain")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
