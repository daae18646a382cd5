"""What a visitor does on the first page, in real Chromium, from the drop to the answer."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from tests.browser.waiting import PATIENCE_MS, settled
from ui import samples

DROP = "[data-testid=stFileUploaderDropzoneInput]"
PORTRAIT, THREE = samples.FOLDER / "astronaut.jpg", samples.FOLDER / "three.jpg"


@pytest.fixture
def page(browser: Browser, app_address: str) -> Iterator[Page]:
    page = opened(browser, app_address)
    yield page
    page.close()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    settled(page)
    return page


def cards(page: Page) -> Locator:
    return page.locator(".rupa-card")


def brought(file: str, content: bytes) -> dict[str, object]:
    return {"name": file, "mimeType": "application/octet-stream", "buffer": content}


def zipped(**files: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, path in files.items():
            archive.write(path, f"trip/{name}.jpg")
    return packed.getvalue()


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_one_photo_is_answered_and_its_frames_and_cards_light_up_together(page: Page) -> None:
    page.set_input_files(DROP, THREE)

    expect(cards(page)).to_have_count(3)
    expect(cards(page).nth(1)).to_contain_text("looks male to the model")
    page.get_by_role("button", name=re.compile("^3 · looks female")).hover()
    expect(page.locator("[class*='st-key-rupa-face-'][data-lit] .rupa-number")).to_have_text("3")
    cards(page).nth(0).hover()
    expect(page.locator("figure button[data-lit]")).to_have_accessible_name(re.compile("^1 · not sure"))


def test_a_keyboard_is_enough_from_the_sample_to_the_card(page: Page) -> None:
    page.get_by_role("button", name="One portrait", exact=True).focus()
    page.keyboard.press("Enter")
    frame = page.get_by_role("button", name=re.compile("^1 · looks female"))
    frame.wait_for()
    settled(page)

    frame.focus()
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.className").find("st-key-rupa-face-") >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('[class*=st-key-rupa-face-]')")


def test_the_page_with_an_answer_hinders_nobody(page: Page, axe: Callable[[Page], list[str]]) -> None:
    page.set_input_files(DROP, THREE)
    expect(cards(page)).to_have_count(3)

    assert axe(page) == []


def test_many_photos_become_a_table_whose_downloads_hold_them_all(page: Page) -> None:
    names = [f"photo {n}.jpg" for n in range(6)]
    page.set_input_files(DROP, [brought(name, PORTRAIT.read_bytes()) for name in names])  # type: ignore[arg-type]

    expect(page.get_by_text("6 faces in 6 photos: 100% look female (61 to 100)")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    with page.expect_download() as table:
        page.get_by_role("button", name="Table (CSV)").click()
    with page.expect_download() as listing:
        page.get_by_role("button", name="For programs (JSON)").click()
    with page.expect_download() as pictures:
        page.get_by_role("button", name="Photos with answers (zip)").click()
    rows = list(csv.DictReader(io.StringIO(content(table.value).decode("utf-8-sig"), newline="")))
    assert [row["file"] for row in rows] == names
    assert [one["faces"][0]["label"] for one in json.loads(content(listing.value))] == ["female"] * 6
    with zipfile.ZipFile(io.BytesIO(content(pictures.value))) as opened_zip:
        assert opened_zip.namelist() == names
        assert Image.open(opened_zip.open(names[0])).size == (512, 512)


def test_a_zip_is_opened_and_a_photo_can_be_taken_home_with_its_answers(page: Page) -> None:
    page.set_input_files(DROP, brought("trip.zip", zipped(only=PORTRAIT)))  # type: ignore[arg-type]
    expect(cards(page)).to_have_count(1)

    page.get_by_role("button", name="Download").click()
    with page.expect_download() as picture:
        page.get_by_role("button", name="Photo with answers").click()

    assert picture.value.suggested_filename == "only-rupa.jpg"
    assert Image.open(io.BytesIO(content(picture.value))).size == (512, 512)


def test_a_pasted_picture_is_answered(page: Page) -> None:
    page.evaluate(
        """async (address) => {
            const carrier = new DataTransfer();
            const bytes = await (await fetch(address)).blob();
            carrier.items.add(new File([bytes], "pasted.jpg", { type: "image/jpeg" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carrier, bubbles: true }));
        }""",
        "/app/static/samples/astronaut.jpg",
    )

    expect(cards(page)).to_have_count(1)


def test_a_bad_file_has_its_sentence_and_a_name_full_of_markup_stays_a_name(page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    names = ["<img src=x onerror=alert(1)>.jpg", "**[a](http://b)**.jpg"]
    good = PORTRAIT.read_bytes()
    page.set_input_files(DROP, [brought(names[0], b"no"), brought(names[1], good)])  # type: ignore[arg-type]

    expect(page.get_by_text("The file is not a picture; choose a JPEG")).to_be_visible()
    expect(cards(page)).to_have_count(1)
    for name in names:
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.get_by_role("link", name="a", exact=True).count() == 0
    assert asked == []


def test_where_nobody_is_found_the_whole_picture_can_be_taken(page: Page) -> None:
    blank = io.BytesIO()
    Image.effect_noise((400, 300), 20).convert("RGB").save(blank, "JPEG")
    page.set_input_files(DROP, brought("wall.jpg", blank.getvalue()))  # type: ignore[arg-type]

    expect(page.get_by_text("No face found.")).to_be_visible()
    page.get_by_role("button", name="Show what it nearly took").click()
    expect(page.get_by_text(re.compile("came near"))).to_be_visible()
    page.get_by_role("button", name="Treat the whole picture as a face").click()

    expect(cards(page)).to_have_count(1)


def test_forgetting_takes_the_answer_off_the_page(page: Page) -> None:
    page.set_input_files(DROP, PORTRAIT)
    expect(cards(page)).to_have_count(1)

    page.get_by_role("button", name="Privacy: nothing kept").click()
    expect(page.get_by_text("What left this computer?")).to_be_visible()
    page.get_by_role("button", name="Forget now").click()

    expect(page.get_by_text("Forgotten. Nothing of your photos is left here.")).to_be_visible()
    expect(cards(page)).to_have_count(0)
    assert page.locator("figure img").count() == 0


def test_two_visitors_do_not_see_each_others_photos(page: Page, browser: Browser, app_address: str) -> None:
    other = opened(browser, app_address)
    page.set_input_files(DROP, PORTRAIT)
    other.set_input_files(DROP, THREE)

    expect(cards(page)).to_have_count(1)
    expect(cards(other)).to_have_count(3)
    page.get_by_role("button", name="Privacy: nothing kept").click()
    page.get_by_role("button", name="Forget now").click()
    expect(cards(page)).to_have_count(0)
    other.get_by_role("button", name="Download").click()
    expect(cards(other)).to_have_count(3)
    other.close()
