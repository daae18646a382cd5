"""The Evaluate page in the real app: what is clicked opens what the table says, and what is moved agrees everywhere."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sklearn import metrics

from model import registry
from tests.browser.waiting import PATIENCE_MS, settled
from training import prediction_table

PAGE_OF_GALLERY = 48


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The faces that were found, of the evaluation that the page opens with."""
    path = registry.find("rupa-1").folder / "evaluation-utkface-validation.parquet"
    table, _ = prediction_table.read(path, embeddings=False)
    return table[table["found"]].reset_index(drop=True)


@pytest.fixture(scope="module")
def page(browser: Browser, app_address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{app_address}/evaluate?lang=en")
    settled(page)
    yield page
    page.close()


@pytest.fixture
def fresh(page: Page) -> Page:
    """The page as it opens; every test leaves its chips and sliders behind."""
    page.reload()
    settled(page)
    return page


def chart(page: Page, key: str) -> Locator:
    return page.locator(f"[class*='st-key-chart-evaluate-{key}'] .js-plotly-plot").first


def drawn(page: Page, key: str) -> dict[str, Any]:
    """What the chart holds: its traces and the words written into it."""
    found: dict[str, Any] = chart(page, key).evaluate(
        "plot => ({data: plot._fullData.map(one => ({x: [...one.x], y: [...one.y], mode: one.mode,"
        " name: one.name, custom: one.customdata ? [...one.customdata] : null})),"
        " words: plot.layout.annotations?.map(one => one.text) ?? []})"
    )
    return found


def click_at(page: Page, key: str, x: float, y: float) -> None:
    """Where the chart shows this point."""
    plot = chart(page, key)
    plot.scroll_into_view_if_needed()
    at = plot.evaluate(
        "(plot, [x, y]) => ({x: plot._fullLayout.xaxis._offset + plot._fullLayout.xaxis.l2p(x),"
        " y: plot._fullLayout.yaxis._offset + plot._fullLayout.yaxis.l2p(y)})",
        [x, y],
    )
    plot.click(position=at)
    settled(page)


def figure(page: Page, name: str) -> str:
    row = page.locator(".evaluate-figures > div", has=page.locator("dt", has_text=re.compile(f"^{name}$")))
    return row.locator("b").inner_text()


def tiles(page: Page, count: int) -> list[str]:
    """The words below the photos, once so many are there."""
    words = page.locator("[class*=st-key-rupa-gallery-evaluate] li span")
    expect(words).to_have_count(count)
    return words.all_inner_texts()


def wanted(rows: pd.DataFrame, label: int, predicted: int) -> pd.DataFrame:
    answers = (rows["p_male"].astype(float) > 0.5).astype(int)
    part = rows[(rows["label"] == label) & (answers == predicted)]
    sureness = part["p_male"].astype(float) if predicted else 1 - part["p_male"].astype(float)
    return part.assign(sureness=sureness).sort_values("sureness", ascending=False, kind="stable")


def in_words(sureness: float, answer: str) -> str:
    return f"“{answer}” " + (">99%" if 0.995 <= sureness < 1 else f"{sureness:.0%}")


def test_a_click_on_a_cell_opens_those_faces_and_only_those(fresh: Page, rows: pd.DataFrame) -> None:
    faces = wanted(rows, label=0, predicted=1)
    expected = [in_words(one, "male") for one in faces["sureness"]]

    click_at(fresh, "matrix", 1, 0)

    assert tiles(fresh, PAGE_OF_GALLERY) == expected[:PAGE_OF_GALLERY]
    expect(fresh.get_by_text(f"1 to 48 of {len(faces)}")).to_be_visible()
    settled(fresh)
    fresh.locator("[class*=st-key-rupa-gallery-evaluate] li button").first.click()
    dialog = fresh.get_by_role("dialog")
    expect(dialog).to_contain_text(str(faces["id"].iloc[0]))
    expect(dialog).to_contain_text("Labelled female")
    fresh.keyboard.press("Escape")
    fresh.locator("[class*=st-key-rupa-pages-evaluate] button", has_text="2").click()
    settled(fresh)
    assert tiles(fresh, len(faces) - PAGE_OF_GALLERY) == expected[PAGE_OF_GALLERY:]


def test_the_chip_of_a_cell_is_taken_off_and_the_same_cell_opens_again(fresh: Page) -> None:
    click_at(fresh, "matrix", 0, 1)
    chip = fresh.get_by_role("button", name="men taken for women, 57")
    expect(chip).to_be_visible()

    chip.click()
    settled(fresh)

    expect(chip).to_have_count(0)
    assert tiles(fresh, 0) == []
    click_at(fresh, "matrix", 0, 1)
    expect(chip).to_be_visible()


def test_when_the_threshold_moves_every_panel_agrees(fresh: Page, rows: pd.DataFrame) -> None:
    labels, scores = rows["label"].to_numpy(), rows["p_male"].to_numpy(dtype=float)

    thumb = fresh.get_by_role("slider").first
    thumb.focus()
    for _ in range(8):
        fresh.keyboard.press("ArrowRight")
    expect(fresh.get_by_text("58%", exact=True).first).to_be_visible()
    expect(fresh.get_by_role("button", name="As on its card")).to_be_enabled()
    settled(fresh)

    said = scores > 0.58
    matrix = metrics.confusion_matrix(labels, said)
    assert fresh.locator(".evaluate-main b").inner_text() == f"{metrics.accuracy_score(labels, said):.1%}"
    assert figure(fresh, "Women recognised") == f"{metrics.recall_score(labels, said, pos_label=0):.1%}"
    assert figure(fresh, "Men recognised") == f"{metrics.recall_score(labels, said):.1%}"
    assert figure(fresh, "F1 of “female”") == f"{metrics.f1_score(labels, said, pos_label=0):.1%}"
    assert drawn(fresh, "matrix")["words"][::2] == [f"<b>{count:,}</b>" for count in matrix.ravel()]
    by_age = {
        band: metrics.accuracy_score(part["label"], part["p_male"].astype(float) > 0.58)
        for band, part in rows.groupby("age_band")
    }
    dots = drawn(fresh, "groups")["data"][0]
    assert dots["custom"] == sorted(dots["custom"], key=lambda band: by_age[band])
    assert dots["x"] == pytest.approx([by_age[band] for band in dots["custom"]])
    fresh.get_by_role("tab", name="ROC").click()
    settled(fresh)
    curve, dot = drawn(fresh, "roc")["data"][1:]
    assert (dot["x"][0], dot["y"][0]) == pytest.approx(
        (matrix[0, 1] / matrix[0].sum(), matrix[1, 1] / matrix[1].sum())
    )
    assert np.trapezoid(curve["y"], curve["x"]) == pytest.approx(
        metrics.roc_auc_score(labels, scores), abs=2e-3
    )
    expect(fresh.get_by_text(f"is {metrics.roc_auc_score(labels, scores):.3f} of 1").last).to_be_visible()
    fresh.get_by_role("tab", name="Precision").click()
    settled(fresh)
    marks = [one for one in drawn(fresh, "precision-recall")["data"] if one["mode"] == "markers"]
    for label, mark in enumerate(marks):
        assert (mark["x"][0], mark["y"][0]) == pytest.approx(
            (
                metrics.recall_score(labels, said, pos_label=label),
                metrics.precision_score(labels, said, pos_label=label),
            )
        )


def test_a_click_on_a_group_narrows_the_page_to_it(fresh: Page, rows: pd.DataFrame) -> None:
    babies = rows[rows["age_band"] == "0-2"]
    accuracy = metrics.accuracy_score(babies["label"], babies["p_male"].astype(float) > 0.5)

    click_at(fresh, "groups", 0.9, 0)

    expect(fresh.get_by_role("button", name="0-2 years")).to_be_visible()
    assert fresh.locator(".evaluate-main b").inner_text() == f"{accuracy:.1%}"
    expect(fresh.get_by_text(f"about these {len(babies)} faces only")).to_be_visible()


def test_shuffled_before_your_eyes_the_matrix_falls_to_a_coins(fresh: Page) -> None:
    fresh.locator("summary", has_text="How a shuffled list").click()
    settled(fresh)

    cells = [int(re.sub(r"\D", "", words)) for words in drawn(fresh, "lesson-shuffled")["words"][::2]]

    assert 0.45 < (cells[0] + cells[3]) / sum(cells) < 0.55


def test_nobody_is_hindered(fresh: Page, axe: Any) -> None:
    click_at(fresh, "matrix", 1, 0)

    assert axe(fresh) == []
