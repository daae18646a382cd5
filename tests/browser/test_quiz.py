"""A presenter's screen and a phone in two browsers: a vote counts, and the answer is nowhere before it is shown."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.waiting import PATIENCE_MS, settled
from tests.conftest import ROOT, _unused_port
from tests.training.tables import about, table
from training import prediction_table

PHONE = {"width": 390, "height": 740}
SERVE = (
    "import os, sys; from pathlib import Path; from launch.server import serve;"
    "serve(Path(sys.executable), Path.cwd(), int(sys.argv[1]), env=os.environ, browser=False)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose one evaluation with photos is of a folder of plain colours."""
    home, made = tmp_path_factory.mktemp("home"), table(0, n=80, right=0.7)
    photos = home / "photos"
    made["id"] = [
        f"{('female', 'male')[label]}/{id_}" for id_, label in zip(made["id"], made["label"], strict=True)
    ]
    for number, id_ in enumerate(made["id"]):
        (photos / id_).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 60), (90 + 2 * number, 120, 140)).save(photos / id_)
    kept = home / "data" / "evaluations" / "rupa-1" / "evaluation-photos-all.parquet"
    prediction_table.write(kept, made, about(model="rupa-1", spec=f"folder:{photos}"))
    port = _unused_port()
    env = os.environ | {"RUPA_HOME": str(home), "RUPA_DATA": str(home / "none")}
    asked = [sys.executable, "-c", SERVE, str(port)]
    with subprocess.Popen(asked, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert "Rupa is at" in launcher.stdout.readline()
        yield f"http://localhost:{port}"
        launcher.send_signal(signal.SIGINT)


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    contexts = []

    def begin(language: str, width: int, height: int) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/quiz?lang={language}")
        settled(page)
        return page

    yield begin
    for context in contexts:
        context.close()


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-quiz-{key} button")


def vote(phone: Page, key: str, counts: Locator) -> None:
    """As a person does, who taps again where nothing came of it: once, a tap on a busy machine went nowhere."""
    button(phone, key).click()
    try:
        counts.wait_for(timeout=PATIENCE_MS / 3)
    except PlaywrightTimeout:
        button(phone, key).click()
        counts.wait_for()


def test_a_phone_votes_and_sees_the_answer_when_the_presenter_shows_it(
    visit: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    desk, phone = visit("en", 1280, 800), visit("id", **PHONE)
    sent: list[str] = []
    phone.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(str(frame))))
    phone.reload()
    desk.locator(".st-key-rupa-quiz-here button").click()
    desk.get_by_text("I may show them.").click()
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

    vote(phone, "male", phone.get_by_text("Pilihan Anda dihitung: laki-laki."))
    expect(desk.locator(".quiz-count strong")).to_have_text("1 vote")
    phone.reload()
    phone.get_by_text("Pilihan Anda dihitung: laki-laki.").wait_for()
    assert re.search(r"berlabel|labelled|\.jpg(?!;)|quiz-told\b.*<li", "".join(sent)) is None

    expect(desk.locator(".quiz-count")).to_contain_text("1 vote1 person is here")
    tab = phone.context.new_page()
    tab.goto(phone.url)
    vote(tab, "female", tab.get_by_text("Pilihan Anda dihitung: perempuan."))
    phone.get_by_text("Pilihan Anda dihitung: perempuan.").wait_for()
    tab.close()
    button(desk, "reveal").click()
    phone.locator(".quiz-told").wait_for()
    expect(phone.locator(".quiz-told")).to_contain_text("berlabel")
    assert "berlabel" in "".join(sent)
    expect(desk.locator(".quiz-told")).to_contain_text("labelled")
    settled(desk)
    assert axe(desk) == []

    button(desk, "close").click()
    phone.get_by_text("Penyaji telah menutup ruangan.").wait_for()


def test_one_player_plays_with_the_keys(visit: Callable[..., Page]) -> None:
    page = visit("en", 1280, 800)
    page.locator(".st-key-rupa-quiz-here button").click()
    button(page, "female").wait_for()
    page.keyboard.press("f")
    button(page, "step-2").wait_for()
    page.keyboard.press("2")

    expect(page.locator(".quiz-told")).to_contain_text("female, fairly sure")
    button(page, "next").wait_for()  # drawn after the answer; until then its key goes nowhere
    page.keyboard.press("n")
    expect(page.get_by_text("Face 2 of 10")).to_be_visible()
