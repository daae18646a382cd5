"""A snapshot with a camera that this machine does not have: Chromium plays a film of one picture instead."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from launch import chromium
from tests.browser.waiting import settled, take_photo
from ui import samples


def test_a_snapshot_of_the_camera_is_answered(tmp_path: Path, browser: Browser, app_address: str) -> None:
    film = tmp_path / "camera.mjpeg"
    film.write_bytes((samples.FOLDER / "astronaut.jpg").read_bytes() * 3)
    flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    flags += [f"--use-file-for-fake-video-capture={film}", "--no-sandbox"]
    watching = browser.browser_type.launch(executable_path=chromium.find(), args=flags)
    context = watching.new_context(locale="en-GB", permissions=["camera"])
    page = context.new_page()
    page.goto(app_address)
    settled(page)

    page.get_by_role("button", name="Use camera").click()
    settled(page)
    take_photo(page)

    expect(page.locator(".rupa-card")).to_have_count(1, timeout=30_000)
    expect(page.get_by_test_id("stCameraInput")).to_have_count(0)
    watching.close()
