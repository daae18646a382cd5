"""A whole game of the quiz with fifty phones: `python -m benchmarks.quiz [--phones 50]`.

Each screen is an open page that asks for news as a browser does. At every face all vote within some seconds, the
presenter reveals and goes on, until the score is on every screen. Needs RUPA_DATA with UTKFace.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.many import server

FACES, VOTING_S, LIMIT_S = 10, 4.0, 60.0
BUTTONS = ("quiz-female", "quiz-male")
VOTES, FACE = re.compile(r'quiz-count"><strong>(\d+)'), re.compile(r'alt="Face (\d+) of')
Took = dict[str, list[float]]


@dataclass
class Screen:
    """What one page shows: `face` is the number of the face, `stage` whether it is asked, told or all is over."""

    line: ClientConnection
    page: str = ""
    face: int = 0
    stage: str = ""
    votes: int = 0
    counts: bool = False
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    timers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def follow(self) -> None:
        async for data in self.line:
            message = ForwardMsg()
            message.ParseFromString(bytes(data))  # type: ignore[arg-type]
            self._take(message)
            async with self.news:
                self.news.notify_all()

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        async with self.news:
            try:
                await asyncio.wait_for(self.news.wait_for(holds), LIMIT_S)
            except TimeoutError:
                raise RuntimeError(f"{what}: {self.face} {self.stage}, {list(self.buttons)}") from None

    async def ask(self, fragment: str = "", press: str = "") -> None:
        question = BackMsg()
        asked = question.rerun_script
        asked.page_script_hash, asked.page_name = self.page, "" if self.page else "quiz"
        asked.fragment_id, asked.is_auto_rerun = fragment, bool(fragment and not press)
        if press:
            asked.widget_states.widgets.add(id=press, trigger_value=True)
        await self.line.send(question.SerializeToString())

    async def press(self, key: str) -> None:
        await self.until(key, lambda: key in self.buttons)
        button, fragment = self.buttons[key]
        await self.ask(fragment, button)

    async def _again(self, fragment: str, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            await self.ask(fragment)

    def stop(self, fragments: Iterable[str]) -> None:
        for fragment in list(fragments):
            if timer := self.timers.pop(fragment, None):
                timer.cancel()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self.stop(self.timers)
            self.buttons.clear()
            self.votes, self.counts = 0, False
        elif kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            again = message.auto_rerun
            self.stop([again.fragment_id])
            self.timers[again.fragment_id] = asyncio.create_task(
                self._again(again.fragment_id, again.interval)
            )
        elif kind == "stop_auto_rerun":
            self.stop(message.stop_auto_rerun.fragment_ids)
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "html":
                self._read(element.html.body)
            elif key := re.search(r"quiz-\w+", element.button.id):
                self.buttons[key[0]] = (element.button.id, message.delta.fragment_id)

    def _read(self, body: str) -> None:
        if found := FACE.search(body[-40:]):
            self.face, self.stage = int(found[1]), "asked"
        elif found := VOTES.search(body):
            self.votes = int(found[1])
        elif 'class="quiz-told"' in body:
            self.stage = "told"
        elif 'class="quiz-headline"' in body:
            self.stage = "over"
        elif '"quiz-counts" role' in body:
            self.counts = True


async def all_show(took: Took, name: str, screens: list[Screen], face: int, stage: str) -> None:
    began = time.monotonic()

    async def one(screen: Screen) -> None:
        await screen.until(name, lambda: (screen.face, screen.stage) == (face, stage))
        took.setdefault(name, []).append(time.monotonic() - began)

    await asyncio.gather(*map(one, screens))


async def vote(
    took: Took, phone: Screen, desk: Screen, before: list[Screen], after_s: float, button: str
) -> None:
    await asyncio.sleep(after_s)
    await phone.until("buttons", lambda: button in phone.buttons)
    began = time.monotonic()
    before.append(phone)
    votes = len(before)
    await phone.press(button)
    await phone.until("vote", lambda: phone.counts)
    took.setdefault("vote, until the phone says it counts", []).append(time.monotonic() - began)
    await desk.until("count", lambda: desk.votes >= votes)
    # The screen says how many votes there are, not whose.
    took.setdefault("nth vote, until the presenter's screen counts n", []).append(time.monotonic() - began)


async def game(address: str, process: psutil.Process, people: int) -> tuple[Took, list[float]]:
    """What it took, and the share of a core that the server needed at each face."""
    took: Took = {}
    busy: list[float] = []
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:

        async def come() -> Screen:
            to = f"{address.replace('http', 'ws')}/_stcore/stream"
            line = connect(to, subprotocols=[Subprotocol("streamlit")], max_size=None, open_timeout=LIMIT_S)
            screen = Screen(await stack.enter_async_context(line))
            following.append(tasks.create_task(screen.follow()))
            await screen.ask()
            return screen

        following: list[asyncio.Task[None]] = []
        desk = await come()
        await desk.press("quiz-open")
        await desk.until("room", lambda: desk.stage == "asked" and "quiz-reveal" in desk.buttons)

        async def phone() -> Screen:
            began = time.monotonic()
            screen = await come()
            await screen.until("come", lambda: (screen.face, screen.stage) == (1, "asked"))
            took.setdefault("come, until a phone shows the face", []).append(time.monotonic() - began)
            return screen

        phones = await asyncio.gather(*(phone() for _ in range(people)))
        chance = Random(1)
        for face in range(1, FACES + 1):
            began, cpu_s = time.monotonic(), sum(process.cpu_times()[:2])
            voted: list[Screen] = []
            plans = [(chance.uniform(0, VOTING_S), chance.choice(BUTTONS)) for _ in phones]
            votes = zip(phones, plans, strict=True)
            await asyncio.gather(*(vote(took, screen, desk, voted, *plan) for screen, plan in votes))
            await desk.press("quiz-reveal")
            await all_show(took, "reveal, until a phone shows it", phones, face, "told")
            await desk.press("quiz-next")
            last = face == FACES
            name = "result" if last else "next face"
            now = (face, "over") if last else (face + 1, "asked")
            await all_show(took, f"{name}, until a phone shows it", phones, *now)
            busy.append((sum(process.cpu_times()[:2]) - cpu_s) / (time.monotonic() - began))
        for screen in (desk, *phones):
            screen.stop(screen.timers)
        for task in following:
            task.cancel()
    return took, busy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, default=50)
    people = parser.parse_args().phones
    with server() as (address, process):
        took, busy = asyncio.run(game(address, process, people))
    print(f"{f'{people} phones, {FACES} faces; seconds after':48}{'n':>6}{'median':>8}{'p95':>8}{'most':>8}")
    for name, all_s in took.items():
        cuts = quantiles(all_s, n=20, method="inclusive")
        print(f"{name:48}{len(all_s):6}{cuts[9]:8.2f}{cuts[18]:8.2f}{max(all_s):8.2f}")
    print(f"the server takes {100 * sum(busy) / len(busy):.0f}% of a core, {100 * max(busy):.0f}% at most")


if __name__ == "__main__":
    main()
