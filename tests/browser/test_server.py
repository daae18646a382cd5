"""What the server puts round the pages, as a browser meets it: its rules, the API's page, and a page that breaks."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, expect

ROOT = Path(__file__).resolve().parents[2]
PORTRAIT = ROOT / "tests" / "samples" / "astronaut.png"

BREAKING_APP = """
import importlib.util, sys
import streamlit as st
sys.path.append({root!r})
found = importlib.util.spec_from_file_location("ours", {root!r} + "/app.py")
ours = importlib.util.module_from_spec(found)
found.loader.exec_module(ours)
app = st.App({page!r}, on_script_error=ours.say_sorry)
"""
SERVE = (
    "import os, sys; from pathlib import Path; from launch.server import serve;"
    "serve(Path(sys.executable), Path(sys.argv[2]), int(sys.argv[1]), env=os.environ, browser=False)"
)


def test_the_rules_for_browsers_hinder_no_page_of_ours(browser: Browser, app_address: str) -> None:
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security" in line.text else None)
    # test_shell has the others.
    for path in ("/live", "/video", "/train", "/runs", "/quiz", "/stage", "/api/docs"):
        page.goto(app_address + path)
        page.get_by_role("heading").first.wait_for()
        page.wait_for_load_state("networkidle")
    page.close()

    assert refused == []


def test_a_script_that_got_into_a_page_is_not_run(browser: Browser, app_address: str) -> None:
    page = browser.new_page()
    page.goto(app_address)
    page.get_by_role("heading").first.wait_for()

    with page.expect_console_message(lambda line: "inline event handler" in line.text):
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
                document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = true'>");
            }"""
        )

    assert page.evaluate("window.ran") is None
    page.close()


def test_the_page_of_the_api_answers_a_photo(browser: Browser, app_address: str) -> None:
    page = browser.new_page()
    page.goto(f"{app_address}/api/docs")
    expect(page.get_by_role("heading", name="What does the model see?")).to_be_visible()

    page.set_input_files("input[type=file]", PORTRAIT)

    expect(page.get_by_text('"label": "female"')).to_be_visible()
    picture = page.get_by_alt_text("The photo with a frame round each face")
    expect(picture).to_have_js_property("naturalWidth", 512)
    page.set_input_files(
        "input[type=file]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(page.get_by_role("status")).to_contain_text("415: The file is not a picture")
    expect(picture).to_be_hidden()
    page.close()


def test_a_page_that_breaks_says_sorry_and_the_log_says_why(
    browser: Browser, tmp_path: Path, free_port: int
) -> None:
    shutil.copytree(ROOT / ".streamlit", tmp_path / ".streamlit")
    (tmp_path / "page.py").write_text("secret = {}\nsecret['a key of ours']\n")
    (tmp_path / "app.py").write_text(BREAKING_APP.format(root=str(ROOT), page=str(tmp_path / "page.py")))
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(free_port), str(tmp_path)],
        cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as launcher:  # fmt: skip
        assert launcher.stdout is not None
        assert "Rupa is at" in launcher.stdout.readline()
        page = browser.new_page()
        page.goto(f"http://localhost:{free_port}")

        expect(page.get_by_role("alert")).to_have_text(
            "Something went wrong here, and it is the app's fault. Load the page again to go on."
        )
        for inside in ("a key of ours", "KeyError", "Traceback"):
            expect(page.get_by_text(inside)).to_have_count(0)
        page.close()
        launcher.send_signal(signal.SIGINT)
        log, _ = launcher.communicate(timeout=30)

    assert "KeyError" in log  # with colours between the words, where rich is installed
    assert "a key of ours" in log
