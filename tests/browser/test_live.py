"""The Live page in real Chromium, whose camera plays a film: it follows the face, and leaves nothing behind."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api import live
from tests.browser import cameras
from tests.browser.waiting import PATIENCE_MS, settled, take_photo
from tests.conftest import ROOT, _unused_port

WORDS = {
    "denied": ("told not to lend the camera", "tidak meminjamkan kamera"),
    "no_camera": ("No camera was found", "Tidak ada kamera yang ditemukan"),
    "insecure": ("only to pages that come over https", "hanya meminjamkan kamera"),
}
INSTEAD = ("Meanwhile, try a photo", "Sementara itu, coba sebuah foto")
LOCALES = ("en-GB", "id-ID")
# Every camera track that the page ever got, also those it has let go of.
NOTED = """
    window.tracks = [];
    const media = navigator.mediaDevices, ask = media?.getUserMedia.bind(media);
    if (media) media.getUserMedia = async (wish) => {
        const stream = await ask(wish);
        window.tracks.push(...stream.getTracks());
        return stream;
    };
    window.lines = [];
    const Socket = WebSocket;
    window.WebSocket = class extends Socket {
        constructor(...given) {
            super(...given);
            if (String(given[0]).endsWith("/live/frames")) window.lines.push(this);
        }
    };
"""
LIT = "() => window.tracks.filter(track => track.readyState === 'live').length"
OPEN = "() => window.lines.filter(line => line.readyState < 2).length"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cameras.film(tmp_path_factory.mktemp("camera") / "film.mjpeg")


@pytest.fixture(scope="module")
def context(browser: Browser, film: Path) -> Iterator[BrowserContext]:
    with cameras.playing(browser.browser_type, cameras.ALLOWED, camera=film) as chrome:
        context = chrome.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        context.add_init_script(NOTED)
        yield context


@pytest.fixture
def page(context: BrowserContext, app_address: str) -> Iterator[Page]:
    page = opened(context, app_address)
    yield page
    page.close()


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address + "/live")
    return page


def part(page: Page, name: str) -> Any:
    return page.locator(f"[data-part={name}]")


def start(page: Page) -> None:
    part(page, "start").click()
    expect(part(page, "boxes").locator("> div.female")).to_have_count(1)


def figures(page: Page) -> dict[str, float]:
    stage = part(page, "stage").evaluate("one => ({...one.dataset})")
    return {name: float(stage.get(name) or 0) for name in ("looks", "frames", "delay")}


def left_side(page: Page) -> float:
    return float(
        part(page, "boxes").locator("> div").first.evaluate("one => one.getBoundingClientRect().left")
    )


def test_one_click_starts_it_and_the_box_goes_with_the_face(page: Page) -> None:
    start(page)

    expect(part(page, "boxes")).to_contain_text("looks female · 9")
    places = [left_side(page)]
    page.wait_for_function(
        """first => {
            const inside = [...document.querySelectorAll("*")].map(one => one.shadowRoot).filter(Boolean);
            const box = inside.map(one => one.querySelector("[data-part=boxes] > div")).find(Boolean);
            return box && Math.abs(box.getBoundingClientRect().left - first) > 80;
        }""",
        arg=places[0],
    )
    # A machine at its limit may lose the face between two looks; tests/model/test_tracking.py has how they are counted.
    expect(part(page, "figure-seen")).to_have_text(re.compile("^[1-9]"))
    expect(part(page, "spoken")).to_contain_text("faces now: 1 · looks female")
    assert figures(page)["frames"] > 0
    assert figures(page)["delay"] > 0


def test_a_click_is_never_lost_however_early(context: BrowserContext, app_address: str) -> None:
    for _ in range(3):
        page = opened(context, app_address)
        part(page, "start").click()  # as soon as it is there
        expect(part(page, "boxes").locator("> div.female")).to_have_count(1)
        page.close()


def test_a_frozen_frame_has_the_cards_of_a_photo_and_the_way_back(page: Page) -> None:
    start(page)
    part(page, "freeze").click()

    expect(page.locator(".rupa-card")).to_have_count(1)
    expect(page.locator(".rupa-card")).to_contain_text("looks female to the model")
    expect(part(page, "back")).to_be_focused()
    part(page, "back").click()
    expect(page.locator(".rupa-card")).to_have_count(0)
    expect(part(page, "boxes").locator("> div.female")).to_have_count(1)
    assert page.evaluate("() => window.tracks.length") == 1  # the camera was on all the while


def test_a_frozen_frame_has_no_line_and_goes_with_its_page_and_with_what_is_forgotten(page: Page) -> None:
    start(page)
    part(page, "freeze").click()
    expect(page.locator(".rupa-card")).to_have_count(1)
    page.wait_for_function(f"() => ({OPEN})() === 0")  # so that none can be lost, however long it takes

    page.get_by_role("link", name="This model", exact=True).click()
    expect(part(page, "live")).to_have_count(0)
    page.get_by_role("link", name="Live", exact=True).click()
    part(page, "start").wait_for()
    settled(page)
    expect(page.locator(".rupa-card")).to_have_count(0)

    start(page)
    part(page, "freeze").click()
    page.get_by_role("button", name="Privacy").click(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Forget now").click()
    expect(part(page, "live")).to_have_attribute("data-phase", "idle")
    expect(page.locator(".rupa-card")).to_have_count(0)
    assert page.evaluate(LIT) == 0


def test_neither_a_quick_hand_nor_a_camera_that_is_gone_ends_it_for_good(page: Page) -> None:
    start(page)
    press = "(one, names) => names.forEach(name => one.querySelector(`[data-part=${name}]`).click())"
    # What other browsers do where a film is paused or stopped before it goes on; this one is too quick for that.
    part(page, "video").evaluate("one => one.play = () => Promise.reject(new DOMException('', 'AbortError'))")
    part(page, "live").evaluate(press, ["pause", "pause"])
    expect(part(page, "live")).to_have_attribute("data-phase", "on")
    part(page, "video").evaluate("one => delete one.play")
    part(page, "live").evaluate(press, ["pause", "pause", "stop"])
    expect(part(page, "live")).to_have_attribute("data-phase", "idle")
    expect(part(page, "trouble")).to_be_hidden()

    start(page)
    part(page, "cameras").evaluate(
        "one => { one.add(new Option('gone', 'gone', true, true)); one.dispatchEvent(new Event('change')); }"
    )
    page.wait_for_function("() => window.tracks.length === 3")
    expect(part(page, "boxes").locator("> div.female")).to_have_count(1)


def test_pause_mirror_and_big_labels_do_what_they_say(page: Page) -> None:
    start(page)
    small = part(page, "boxes").locator("span").first.evaluate("one => one.offsetHeight")

    part(page, "pause").click()
    expect(part(page, "live")).to_have_attribute("data-phase", "paused")
    assert page.evaluate("() => window.tracks[0].enabled") is False
    part(page, "pause").click()
    expect(part(page, "live")).to_have_attribute("data-phase", "on")
    part(page, "big").click()
    assert part(page, "boxes").locator("span").first.evaluate("one => one.offsetHeight") > 1.3 * small
    expect(part(page, "mirror")).to_have_attribute("aria-pressed", "true")
    part(page, "mirror").click()
    expect(part(page, "video")).to_have_css("transform", "none")


@pytest.mark.slow
def test_starts_stops_and_page_switches_leave_nothing_on(page: Page) -> None:
    for _ in range(20):
        part(page, "start").click()
        expect(part(page, "live")).to_have_attribute("data-phase", "on")
        part(page, "stop").click()
        assert page.evaluate(LIT) == 0
    server = psutil.Process(
        next(
            c.pid
            for c in psutil.net_connections("tcp")
            if c.status == "LISTEN" and c.laddr.port == _port(page) and c.pid
        )
    )
    page.wait_for_function(f"() => ({OPEN})() === 0")
    threads = server.num_threads()
    for _ in range(10):
        part(page, "start").click()
        expect(part(page, "live")).to_have_attribute("data-phase", "on")
        page.get_by_role("link", name="This model", exact=True).click()
        expect(part(page, "live")).to_have_count(0)
        page.wait_for_function(f"() => ({LIT})() === 0 && ({OPEN})() === 0")
        page.get_by_role("link", name="Live", exact=True).click()
        part(page, "start").wait_for()

    assert page.evaluate("() => window.tracks.length") == 30
    assert server.num_threads() <= threads + 5  # the server keeps some for whoever comes next


def _port(page: Page) -> int:
    return int(page.evaluate("() => Number(location.port)"))


def test_the_page_is_whole_for_who_cannot_see_it(page: Page, axe: Callable[[Page], list[str]]) -> None:
    part(page, "start").wait_for()
    settled(page)
    assert axe(page) == []
    start(page)
    assert axe(page) == []


def says(page: Page, trouble: str, which: int) -> None:
    expect(part(page, "trouble")).to_contain_text(WORDS[trouble][which])
    expect(page.get_by_role("heading", name=INSTEAD[which])).to_be_visible()
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()


def in_both_languages(
    chrome: Any, address: str, trouble: str, act: Callable[[Page], None] | None = None
) -> None:
    for which, locale in enumerate(LOCALES):
        context = chrome.new_context(locale=locale)
        page = opened(context, address)
        if act:
            act(page)
        says(page, trouble, which)
        context.close()


def test_without_a_camera_it_says_so_and_photos_are_open(browser: Browser, app_address: str) -> None:
    with cameras.playing(browser.browser_type, cameras.ALLOWED) as chrome:
        in_both_languages(chrome, app_address, "no_camera")


def test_a_camera_that_is_denied_is_said_and_photos_are_open(
    browser: Browser, app_address: str, film: Path
) -> None:
    def refuse(page: Page) -> None:
        """Chromium without a screen says no for the person, where nobody told it to say yes."""
        part(page, "start").wait_for()
        part(page, "start").click()

    with cameras.playing(browser.browser_type, "--deny-permission-prompts", camera=film) as chrome:
        in_both_languages(chrome, app_address, "denied", refuse)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app under a name that browsers do not take for this computer, without https."""
    port = _unused_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.allowedHosts", "rupa.test", "--server.headless", "true"]
    env = os.environ | {"RUPA_HOME": str(tmp_path_factory.mktemp("home"))}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as server:
        while not _healthy(port):
            assert server.poll() is None
        yield f"http://rupa.test:{port}"
        server.terminate()


def test_plain_http_from_elsewhere_is_said_and_photos_are_open(
    browser: Browser, elsewhere: str, film: Path
) -> None:
    with cameras.playing(
        browser.browser_type, cameras.ALLOWED, "--host-resolver-rules=MAP rupa.test 127.0.0.1", camera=film
    ) as chrome:
        in_both_languages(chrome, elsewhere, "insecure")


def test_a_line_that_is_held_up_is_said_and_a_snapshot_is_open(
    context: BrowserContext, app_address: str
) -> None:
    page = context.new_page()
    page.route_web_socket("**/live/frames", lambda line: line.close(code=1011))
    page.goto(app_address + "/live")
    part(page, "start").click()

    expect(part(page, "trouble")).to_contain_text("do not get through")
    assert page.evaluate(LIT) == 0
    expect(page.get_by_test_id("stCameraInput")).to_be_visible()
    take_photo(page)
    expect(page.locator(".rupa-card")).to_have_count(1)
    page.close()


def test_whose_place_went_to_somebody_who_waited_is_told_so(
    context: BrowserContext, app_address: str
) -> None:
    page = context.new_page()
    page.route_web_socket("**/live/frames", lambda line: line.close(code=live.GAVE_WAY))
    page.goto(app_address + "/live")
    part(page, "start").click()

    expect(part(page, "trouble")).to_contain_text("went to one of them")
    expect(page.get_by_test_id("stCameraInput")).to_be_visible()
    page.close()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
