"""Journeys on the Compare page in the real app: the verdict, the faces that turned, one of them in large."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from model import registry
from tests.browser.waiting import PATIENCE_MS, settled
from tests.conftest import ROOT, _unused_port
from training import comparison, prediction_table
from training.comparison import Comparison

FILE = "evaluation-utkface-validation.parquet"
RUPA_1 = registry.SHIPPED / "rupa-1" / FILE


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app keeps a second model's evaluation."""
    folder = tmp_path_factory.mktemp("home")
    table, about = prediction_table.read(RUPA_1)
    p = np.clip(table["p_male"].to_numpy(np.float64), 1e-5, 1 - 1e-5)
    score = np.log(p / (1 - p)) + np.random.default_rng(5).normal(0.2, 0.6, len(p))
    scores = np.where(table["found"], 1 / (1 + np.exp(-score)), np.nan).astype(np.float32)
    prediction_table.write(
        folder / "data" / "evaluations" / "mine" / FILE,
        table.assign(p_male=scores),
        replace(about, model="mine", model_hash="5" * 64),
    )
    return folder


@pytest.fixture(scope="module")
def expected(home: Path) -> Comparison:
    first, second = (
        prediction_table.read(path, embeddings=False)[0]
        for path in (RUPA_1, home / "data" / "evaluations" / "mine" / FILE)
    )
    return comparison.compare(first, second)


@pytest.fixture(scope="module")
def page(browser: Browser, home: Path) -> Iterator[Page]:
    port = _unused_port()
    serve = (
        "import os, sys; from pathlib import Path; from launch.server import serve;"
        "serve(Path(sys.executable), Path.cwd(), int(sys.argv[1]), env=os.environ, browser=False)"
    )
    env = os.environ | {"RUPA_HOME": str(home)}
    asked = [sys.executable, "-c", serve, str(port)]
    with subprocess.Popen(asked, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert "Rupa is at" in launcher.stdout.readline()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"http://localhost:{port}/compare?lang=en")
        settled(page)
        yield page
        page.close()
        launcher.send_signal(signal.SIGINT)


def test_the_verdict_stands_first_and_says_the_tables_numbers(page: Page, expected: Comparison) -> None:
    change = expected.change
    sentence = page.locator(".compare-verdict")

    expect(sentence).to_contain_text("mine")
    numbers = {int(found) for found in re.findall(r"\d+", sentence.inner_text().replace(",", ""))}
    assert {change.gained, change.lost, change.n} <= numbers
    assert page.locator(".compare-sides tbody tr").count() == 7


def test_both_galleries_show_the_faces_that_turned_and_open_one(page: Page, expected: Comparison) -> None:
    for word, ids in (("turned right", expected.turned_right), ("turned wrong", expected.turned_wrong)):
        page.get_by_role("radio", name=f"{word}, {len(ids)}").click()
        gallery = page.get_by_role("list", name=f"{word}, {len(ids)}")
        expect(gallery.get_by_role("button")).to_have_count(min(48, len(ids)))
        gallery.get_by_role("button").first.click()
        face = page.locator(".compare-face")
        expect(face.locator(".compare-answer")).to_have_count(2)
        settled(page)
        assert face.locator(".compare-id").inner_text() in ids
        outcomes = ["wrong", "right"] if word == "turned right" else ["right", "wrong"]
        for answer, outcome in zip(face.locator(".compare-answer").all(), outcomes, strict=True):
            expect(answer).to_contain_text(f"the likelier answer is {outcome}")


def test_the_keyboard_goes_through_the_faces(page: Page, expected: Comparison) -> None:
    page.get_by_role("radio", name=f"turned right, {len(expected.turned_right)}").click()
    settled(page)
    gallery = page.get_by_role("list", name="turned right")
    gallery.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    expect(gallery.get_by_role("button").nth(1)).to_be_focused()
    page.keyboard.press("Enter")

    expect(gallery.get_by_role("button").nth(1)).to_have_attribute("aria-pressed", "true")


def test_speed_is_measured_when_asked(page: Page) -> None:
    expect(page.locator(".compare-list").first).to_contain_text("not measured")

    page.get_by_role("button", name="Measure the speed here").click()

    expect(page.locator(".compare-list").first).to_contain_text(re.compile(r"\d ms \(\d"))
    expect(page.locator(".compare-list").first).to_contain_text("the model is gone")


def test_nobody_is_hindered(page: Page, axe: Callable[[Page], list[str]]) -> None:
    settled(page)

    assert axe(page) == []
