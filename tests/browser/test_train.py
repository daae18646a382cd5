"""Teaching a model in real Chromium, from two handfuls of photos to a model that answers, and back again.

Nothing here goes on in the browser or in the server: both are closed and opened again while it learns.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from model.card import LABELS
from tests.browser.waiting import settled
from training.datasets import DatasetError, open_dataset
from ui import samples

ROOT = Path(__file__).resolve().parents[2]
DROP = "[data-testid=stFileUploaderDropzoneInput]"
EACH = 30
EPOCHS = 400  # of the head alone: some minutes, if nobody stops it
EPOCHS_DRAWN = "(document.querySelector('.st-key-chart-train-curves .js-plotly-plot')?.data[0].x.length ?? 0)"
PATIENCE_MS = 240_000
SERVE = (
    "import os, sys; from pathlib import Path; from launch.server import serve;"
    "serve(Path(sys.executable), Path.cwd(), int(sys.argv[1]), env=os.environ, browser=False)"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Where the app keeps things; whoever works there at the end is ended."""
    yield tmp_path / "home"
    status = [*(tmp_path / "home" / "runs").glob("*/status.json")]
    for file in status:
        found = re.search(r'"pid": (\d+)', file.read_text())
        if found and "done" not in file.read_text():
            os.kill(int(found[1]), signal.SIGKILL)
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


@pytest.fixture
def serve(home: Path, free_port: int) -> Iterator[Callable[[], str]]:
    """Start the app at the same address, after ending the one that runs."""
    started: list[subprocess.Popen[str]] = []

    def end() -> None:
        for one in started:
            one.send_signal(signal.SIGINT)
            one.communicate(timeout=60)
        started.clear()

    def begin() -> str:
        end()
        one = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(free_port)],
            cwd=ROOT, env=os.environ | {"RUPA_HOME": str(home)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(one)
        assert one.stdout is not None
        assert "Rupa is at" in one.stdout.readline()
        return f"http://localhost:{free_port}"

    yield begin
    end()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page.goto(address)
    settled(page)
    return page


@pytest.fixture(scope="module")
def photos() -> dict[str, list[FilePayload]]:
    """Of each label as many grown-ups as a class brings along."""
    try:
        found = open_dataset("utkface")
    except DatasetError as error:
        pytest.skip(f"needs the faces of many people: {error}")
    adults = found.table[found.table["age"].between(20, 60)]
    return {
        name: [
            {"name": f"{row}.jpg", "mimeType": "image/jpeg", "buffer": found.read(row)}
            for row in adults.index[adults["label"] == label][:EACH]
        ]
        for label, name in enumerate(LABELS)
    }


def step(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-rupa-step-{number}")


@pytest.mark.slow
def test_a_class_teaches_a_model_lets_it_answer_and_takes_that_back(
    browser: Browser, serve: Callable[[], str], photos: dict[str, list[FilePayload]]
) -> None:
    address = serve()
    page = opened(browser, f"{address}/train")

    # Photos: two boxes, and nothing is kept before somebody says so.
    for label, files in photos.items():
        page.set_input_files(f".st-key-rupa-box-{label} {DROP}", files)
        expect(step(page, 1).locator(f".st-key-rupa-box-{label}")).to_contain_text("30 photos, not kept yet")
    page.get_by_role("button", name="Keep these 60 photos on this computer and learn from them").click()
    expect(step(page, 1)).to_contain_text("60 photos: 30 of women, 30 of men")
    page.get_by_role("button", name="Learn from these photos", exact=True).click()

    # Recipe: the quick one, but long enough to be met at work.
    step(page, 2).get_by_text("Change the recipe").click()
    step(page, 2).get_by_role("spinbutton", name="Epochs").fill(str(EPOCHS))
    step(page, 2).get_by_role("spinbutton", name="Epochs").press("Enter")
    expect(step(page, 2)).to_contain_text("Your own recipe")
    page.get_by_role("button", name="Use this recipe").click()
    expect(step(page, 1)).to_contain_text("30 women, 30 men")
    page.get_by_role("textbox", name="What do you call this run?").fill("My class")
    page.get_by_role("button", name="Start to learn").click()

    # Run: the curves move, and neither the browser nor the server is needed for that.
    expect(step(page, 3)).to_contain_text("My class")
    page.wait_for_function(f"() => {EPOCHS_DRAWN} > 1")
    drawn = page.evaluate(EPOCHS_DRAWN)
    page.wait_for_function(f"() => {EPOCHS_DRAWN} > {drawn}")
    page.close()
    page = opened(browser, f"{address}/train")
    expect(step(page, 3)).to_contain_text("My class")
    page.wait_for_function(f"() => {EPOCHS_DRAWN} > {drawn}")
    page.close()
    page = opened(browser, f"{serve()}/train")
    expect(step(page, 3)).to_contain_text("My class")
    page.wait_for_function(f"() => {EPOCHS_DRAWN} > {drawn}")
    page.get_by_role("button", name="Stop and keep the best epoch").click()

    # Result: a handful of faces cannot speak for it, so that letting it answer takes a reason.
    expect(step(page, 4)).to_contain_text("faces to compare on")
    page.get_by_role("button", name="Promote anyway").click()
    page.get_by_role("textbox", name="Why should it answer").fill("The class taught it.")
    page.get_by_role("button", name="Promote anyway").last.click()
    expect(step(page, 4)).to_contain_text("answers from now on, for everybody here.")
    expect(page.locator(".st-key-rupa-footer")).to_contain_text("-my-class · ")
    page.get_by_role("button", name="Try it on a photo").click()
    page.set_input_files(DROP, samples.FOLDER / "astronaut.jpg")
    expect(page.locator(".rupa-card")).to_contain_text("looks")
    expect(page.locator(".st-key-rupa-footer")).to_contain_text("-my-class · ")
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("button", name="Go back to rupa-1").click()
    expect(page.get_by_text("rupa-1 answers again, for everybody here.")).to_be_visible()
    expect(page.locator(".st-key-rupa-footer")).to_contain_text("rupa-1")
    page.close()
