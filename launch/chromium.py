"""A Chromium for the tests that look at the app as a person does: found here, or installed by apt-get."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from launch.progress import run_quietly

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
INSTALL_LIMIT_S = 300


def find() -> Path | None:
    """Any browser of the family will do."""
    for found in [*map(shutil.which, NAMES), *PLACES]:
        if found and Path(found).exists():
            return Path(found)
    return None


def ready(log: Path) -> None:
    """Install one where the system has it and lets us; where not, say so: the browser tests then skip."""
    if find():
        return
    apt = _apt_get()
    if apt:
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        patience = [
            "-o",
            "Acquire::Retries=1",
            "-o",
            "Acquire::http::Timeout=20",
            "-o",
            "DPkg::Lock::Timeout=60",
        ]
        install = ["install", "-y", "-q", "--no-install-recommends", "chromium"]
        for step in (["update", "-q"], install):
            title = f"Chromium for the browser tests, apt-get {step[0]}"
            run_quietly([*apt, *patience, *step], title, log=log, env=env, limit_s=INSTALL_LIMIT_S)
    if not find():
        print(
            "No Chromium here, so the browser tests will be skipped: install Chromium or Chrome to run them."
        )


def _apt_get() -> list[str] | None:
    if not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "apt-get"]
    return None
