"""Fifty phones in one room of the quiz: `python -m benchmarks.quiz`.

Each phone is an open page that asks for news as a browser does. On every face all vote within some seconds; then the
presenter's screen reveals the answer and goes on. Tells how long a vote takes until its own phone says that it counts,
until the presenter's screen counts it, how long until every phone shows the answer and the next face, and what the
server takes of one core. Needs RUPA_DATA with UTKFace.
"""

import argparse
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from statistics import quantiles

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.many import server
from benchmarks.visitor import LIMIT_S, Visitor

VOTING_S, IDLE_S = 4.0, 8.0
COUNTS = re.compile(r'quiz-count"><strong>(\d+) vote')


class Screen(Visitor, threading.Thread):
    """A page of the quiz that is looked at all the time; `due` is what its fragments ask for, and when."""

    def __init__(self, address: str) -> None:
        threading.Thread.__init__(self, daemon=True)
        self.due: dict[str, tuple[float, float]] = {}
        self.buttons: dict[str, tuple[str, str]] = {}
        self.seen: list[tuple[float, str]] = []
        self.wishes: list[str] = []
        self.over = threading.Event()
        self.here = ""
        Visitor.__init__(self, address)

    def run(self) -> None:
        while not self.over.is_set():
            if self.wishes:
                self._press(self.wishes.pop(0))
            now = time.monotonic()
            for fragment, (at, every_s) in list(self.due.items()):
                if at <= now:
                    self.due[fragment] = (now + every_s, every_s)
                    asked = self._question()
                    asked.rerun_script.fragment_id = fragment
                    asked.rerun_script.is_auto_rerun = True
                    self._send(asked)
            try:
                data = self._line.recv(timeout=0.1)
            except TimeoutError:
                continue
            message = ForwardMsg()
            message.ParseFromString(data)
            self._took(message)

    def _press(self, key: str) -> None:
        widget, fragment = self.buttons[key]
        asked = self._question()
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.widget_states.widgets.add(id=widget, trigger_value=True)
        self._send(asked)

    def _question(self) -> BackMsg:
        question = super()._question()
        question.rerun_script.page_script_hash = self.here
        question.rerun_script.page_name = "" if self.here else "quiz"
        return question

    def _took(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self.due.clear()
            self.buttons.clear()
        elif kind == "navigation":
            self.here = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            every_s = message.auto_rerun.interval
            self.due[message.auto_rerun.fragment_id] = (time.monotonic() + every_s, every_s)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.due.pop(fragment, None)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "html":
                self.seen.append((time.monotonic(), element.html.body[:400]))
            elif element.WhichOneof("type") == "button":
                key = re.search(r"quiz-[a-z]+", element.button.id)
                if key and not element.button.disabled:
                    self.buttons[key[0]] = (element.button.id, message.delta.fragment_id)
        super()._took(message)

    def shown_s(self, words: str, since: float) -> float | None:
        """When the page first showed this after that moment."""
        return next((at for at, body in list(self.seen) if at >= since and words in body), None)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("The room did not go on.")
        time.sleep(0.01)


def told(name: str, took_s: Sequence[float]) -> None:
    cuts = quantiles(took_s, n=20, method="inclusive")
    print(f"{name:44}{len(took_s):6}{cuts[9]:8.2f}{cuts[18]:8.2f}{max(took_s):8.2f}")


def face(desk: Screen, phones: Sequence[Screen], took: dict[str, list[float]]) -> None:
    """One face, from the first vote until everybody sees the next."""
    until(lambda: all("quiz-male" in phone.buttons for phone in phones) and "quiz-reveal" in desk.buttons)
    began = time.monotonic()
    when = sorted(random.uniform(0, VOTING_S) for _ in phones)
    pressed = []
    for phone, at in zip(random.sample(list(phones), len(phones)), when, strict=True):
        time.sleep(max(0.0, began + at - time.monotonic()))
        pressed.append((phone, time.monotonic()))
        phone.wishes.append(random.choice(("quiz-female", "quiz-male")))
    until(lambda: all(phone.shown_s('role="status"', began) for phone in phones))
    took["own"] += [(phone.shown_s('role="status"', at) or at) - at for phone, at in pressed]

    def counted(votes: int) -> float | None:
        found = ((at, COUNTS.search(body)) for at, body in list(desk.seen) if at >= began)
        return next((at for at, count in found if count and int(count[1]) >= votes), None)

    until(lambda: counted(len(phones)) is not None)
    took["desk"] += [(counted(votes) or at) - at for votes, (_, at) in enumerate(pressed, start=1)]
    for key, words, name in (("quiz-reveal", "quiz-told", "reveal"), ("quiz-next", "quiz-counts", "next")):
        until(lambda key=key: key in desk.buttons)  # type: ignore[misc]
        at = time.monotonic()
        desk.wishes.append(key)
        until(lambda at=at, words=words: all(one.shown_s(words, at) for one in phones))  # type: ignore[misc]
        took[name] += [(phone.shown_s(words, at) or at) - at for phone in phones]


def share(process: psutil.Process, before: float, began: float) -> float:
    return 100 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--faces", type=int, default=5)
    arguments = parser.parse_args()
    took: dict[str, list[float]] = {"own": [], "desk": [], "reveal": [], "next": []}
    with server() as (address, process):
        desk = Screen(address)
        desk.start()
        until(lambda: "quiz-open" in desk.buttons)
        desk.wishes.append("quiz-open")
        until(lambda: "quiz-reveal" in desk.buttons)
        phones = [Screen(address) for _ in range(arguments.phones)]
        for phone in phones:
            phone.start()
        until(lambda: all("quiz-male" in phone.buttons for phone in phones))
        cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
        time.sleep(IDLE_S)
        waiting = share(process, cpu, began)
        cpu, began = sum(process.cpu_times()[:2]), time.monotonic()
        for _ in range(arguments.faces):
            face(desk, phones, took)
        playing = share(process, cpu, began)
        for one in (desk, *phones):
            one.over.set()
    print(
        f"{arguments.phones} phones, seconds from the click{'':13}{'n':>6}{'median':>8}{'p95':>8}{'most':>8}"
    )
    told("until the phone says that the vote counts", took["own"])
    told("until the presenter's screen counts it", took["desk"])
    told("until every phone shows the answer", took["reveal"])
    told("until every phone shows the next face", took["next"])
    print(f"of one core: {waiting:.0f}% while all wait, {playing:.0f}% while they play")


if __name__ == "__main__":
    main()
