"""A room full of people while this computer trains: `python -m benchmarks.room`.

Two Chromium browsers with profiles of their own and thirty visitors without one drop a photo at the same moment, wait
for the answer, and do it again, first at rest and then while a real run learns in the background. Everybody's photo has
a colour of its own round its one face, so that a picture on the wrong page is seen. Ends with 1 if anybody got no
answer, not one card, or somebody else's picture, or if nobody who waited was told the place in the line. Memory is told
once more when everybody has been forgotten. Needs RUPA_DATA with CelebA.
"""

import argparse
import base64
import colorsys
import io
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from benchmarks.many import Peak, memory, server
from benchmarks.visitor import Visitor
from benchmarks.while_training import put_apart, until_it_learns
from launch import chromium
from model import turns
from training import jobs
from training.jobs import Asked
from training.progress import read_status
from training.recipe import PRESETS

ROOT = Path(__file__).resolve().parents[1]
PORTRAIT = ROOT / "ui" / "assets" / "samples" / "astronaut.jpg"
SIZE_PX = (1600, 1250)  # two megapixels
BROWSERS = 2
SAME = 12  # of 255: what JPEG and shrinking may change in a plain colour
LIMIT_S = 180.0
SETTLING_S = 10.0
FORGETTING_S = 160.0  # who left is forgotten after two minutes and a half
CARD = '<div class="rupa-card '
PLACE = re.compile(r"Yours is number (\d+) in the line")
LISTENS = """
window.told = [];
new MutationObserver(() => {
    const line = document.body && document.body.textContent.match(/Yours is number \\d+ in the line/);
    if (line && window.told.at(-1) !== line[0]) window.told.push(line[0]);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""


@dataclass(frozen=True)
class Answer:
    """What came of one photo: its pictures and cards on the page, and the places in the line on the way."""

    took_s: float
    pictures: list[str]
    cards: int
    places: list[int]


@dataclass
class Told:
    """What happened in one part; lists only grow, so threads may share it."""

    browsers_s: list[float] = field(default_factory=list)
    visitors_s: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def colour(number: int, of: int) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(number / of, 0.75, 0.85 if number % 2 else 0.5)
    return round(255 * red), round(255 * green), round(255 * blue)


def photo(fill: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGB", SIZE_PX, fill)
    picture.paste(Image.open(PORTRAIT), (300, 300))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def is_of(address: str, fill: tuple[int, int, int]) -> bool:
    picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")
    corner = np.asarray(picture)[5:15, 5:15].mean(axis=(0, 1))
    return bool(np.abs(corner - fill).max() < SAME)


class Room(threading.Thread):
    """One person: drops a photo whenever the bell rings, until it rings for the last time."""

    def __init__(self, number: int, people: int, address: str, bell: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.told = Told()
        self._fill = colour(number, people)
        self._photo = photo(self._fill)
        self._number, self._address, self._bell = number, address, bell
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            (self._browser if self._number < BROWSERS else self._visitor)()
        except threading.BrokenBarrierError:
            pass
        except Exception as error:
            self.told.wrong.append(f"person {self._number}: {error!r}"[:200])
            self._bell.abort()

    def _visitor(self) -> None:
        with Visitor(self._address) as visitor:

            def ask() -> Answer:
                took_s = visitor.answered(f"{self._number}.jpg", self._photo)
                places = [int(found[1]) for text in visitor.captions if (found := PLACE.search(text))]
                shown = [json.loads(one) for one in visitor.pictures if one.startswith("{")]
                pictures = [one["src"] for one in shown if "src" in one]
                return Answer(took_s, pictures, visitor.html.count(CARD), places)

            self._rounds(ask, self.told.visitors_s)

    def _browser(self) -> None:
        with TemporaryDirectory() as profile, sync_playwright() as playwright:
            chrome = playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium.find(), args=["--no-sandbox"], locale="en-GB"
            )
            page = chrome.pages[0]
            page.add_init_script(LISTENS)
            page.goto(self._address)
            page.get_by_role("button", name="One portrait", exact=True).wait_for()
            picture = page.get_by_alt_text("The photo, with a frame round")

            def ask() -> Answer:
                before = picture.last.get_attribute("src") if picture.count() else ""
                # Another picture each time: the same one would have the same address.
                self._fill = (*self._fill[:2], self._fill[2] ^ 8)
                file: Any = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(self._fill)}
                page.evaluate("window.told = []")
                began = time.perf_counter()
                page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", file)
                # For a moment the one before may stand behind it.
                expect(picture.last).not_to_have_attribute("src", before or "", timeout=1000 * LIMIT_S)
                cards = page.locator(".rupa-card")
                expect(cards).to_have_count(1, timeout=1000 * LIMIT_S)
                took_s = time.perf_counter() - began
                shown = [str(one.get_attribute("src")) for one in picture.all()]
                places = [
                    int(place) for line in page.evaluate("window.told") for place in PLACE.findall(line)
                ]
                return Answer(took_s, shown, cards.count(), places)

            self._rounds(ask, self.told.browsers_s)
            chrome.close()

    def _rounds(self, ask: Callable[[], Answer], took: list[float]) -> None:
        while True:
            self._bell.wait(LIMIT_S)
            if self.over.is_set():
                return
            answer = ask()
            took.append(answer.took_s)
            self.told.places += answer.places
            if not answer.pictures or not all(is_of(picture, self._fill) for picture in answer.pictures):
                self.told.wrong.append(
                    f"person {self._number} sees {len(answer.pictures)} pictures, not only their own"
                )
            if answer.cards != 1:
                self.told.wrong.append(f"person {self._number} sees {answer.cards} cards of one face")
            self._bell.wait(LIMIT_S)


def held(address: str, people: int, rounds: int) -> Told:
    """Everybody comes, drops a photo in each round at the same moment, and goes."""
    bell = threading.Barrier(people + 1)
    room = [Room(number, people, address, bell) for number in range(people)]
    try:
        for _ in range(rounds):
            bell.wait(LIMIT_S)
            bell.wait(LIMIT_S)
        for one in room:
            one.over.set()
        bell.wait(LIMIT_S)
    except threading.BrokenBarrierError:
        pass
    for one in room:
        one.join(LIMIT_S)
    told = [one.told for one in room]
    return Told(
        [s for one in told for s in one.browsers_s],
        [s for one in told for s in one.visitors_s],
        [place for one in told for place in one.places],
        [words for one in told for words in one.wrong],
    )


def part(name: str, address: str, process: psutil.Process, people: int, rounds: int) -> list[str]:
    """One line for each kind of visitor; what went wrong."""
    before_mb = memory(process)
    with Peak(process) as peak:
        told = held(address, people, rounds)
    time.sleep(SETTLING_S)
    for who, took in (("browsers", told.browsers_s), ("visitors", told.visitors_s)):
        if len(took) > 1:
            cuts = quantiles(took, n=20, method="inclusive")
            print(f"{name:16}{who:10}{len(took):6}{cuts[9]:8.2f}{cuts[18]:8.2f}{max(took):8.2f}")
    after_mb = memory(process)
    print(f"{'':16}server's memory: {before_mb:.0f} MB before, {peak.most:.0f} at most, {after_mb:.0f} after")
    print(f"{'':16}told their place {len(told.places)} times, number {max(told.places, default=0)} at most")
    wrong = told.wrong
    if len(told.browsers_s) + len(told.visitors_s) < people * rounds:
        wrong = [*wrong, "not everybody was answered"]
    if not told.places and people > turns.AT_ONCE:
        wrong = [*wrong, "nobody was told the place in the line"]
    for line in wrong[:8]:
        print(f"{'':16}WRONG: {line}")
    return wrong


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no run is left behind
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    people = BROWSERS + asked.visitors
    print(f"{people} people, {asked.rounds} rounds, photos of {SIZE_PX[0]} x {SIZE_PX[1]} px; ", end="")
    print(f"{psutil.cpu_count()} cores, load {psutil.getloadavg()[0]:.1f} before")
    with TemporaryDirectory() as home:
        os.environ["RUPA_HOME"] = home
        put_apart(Path(home) / "photos")
        with server() as (address, process):
            held(address, 4, 1)  # what networks and pages need once for good
            print(f"{'seconds':16}{'':10}{'photos':>6}{'median':>8}{'p95':>8}{'most':>8}")
            wrong = part("at rest", address, process, people, asked.rounds)
            run = jobs.enqueue(Asked((f"folder:{home}/photos",), PRESETS["quick-imagenet"]))
            jobs.ensure_worker()
            try:
                until_it_learns(run)
                wrong += part("while it trains", address, process, people, asked.rounds)
            finally:
                status = read_status(run.folder) or {}
                psutil.Process(int(status["pid"])).kill()
            print(f"it was {status.get('stage')} at the end; load {psutil.getloadavg()[0]:.1f}")
            time.sleep(FORGETTING_S)
            print(f"server's memory after everybody has been forgotten: {memory(process):.0f} MB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
