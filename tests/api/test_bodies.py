"""Bodies that are too long, too slow, without end, or one too many for the room that is left."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import refusals
from api.bodies import Bodies, Limits
from api.refusals import Refusal
from tests.api.asgi import END, Came, ask, part, run, scope

LIMITS = Limits(
    request=1000,
    requests_at_once=1500,
    upload=1000,
    visit=2500,
    of_one=3000,
    visits_together=4000,
    others=100,
)
UPLOAD = "/_stcore/upload_file/visit-1/file-1"


class Inside:
    """A route that reads the body as Streamlit's and ours do, behind the handlers that ours has."""

    def __init__(self) -> None:
        self.read = 0
        route = Route("/{path:path}", self._read, methods=["GET", "POST", "PUT"])
        self.app = Starlette(routes=[route], exception_handlers={Refusal: refusals.respond})

    async def _read(self, request: Request) -> PlainTextResponse:
        async for chunk in request.stream():
            self.read += len(chunk)
        return PlainTextResponse("read")


def guarded(inside: Inside, limits: Limits = LIMITS, **held: int) -> Bodies:
    return Bodies(
        inside.app,
        held=lambda: {visit.replace("_", "-"): size for visit, size in held.items()},
        limits=limits,
    )


def outcome(answer: Came) -> tuple[int, str | None]:
    return answer.status, answer.code


@pytest.mark.parametrize(
    ("path", "most"), [("/api/v1/predict", 1000), (UPLOAD, 1000), ("/_stcore/agent/run", 100), ("/", 100)]
)
def test_a_body_of_the_most_is_read_and_one_more_byte_is_not(path: str, most: int) -> None:
    inside = Inside()
    bodies = guarded(inside)

    assert outcome(ask(bodies, scope(path), [part(most - 1), part(1), END])) == (200, None)
    assert inside.read == most
    refusal = ask(bodies, scope(path), [part(most), part(1), END])
    assert outcome(refusal) == (413, "body_too_big")
    assert inside.read == 2 * most


def test_a_body_without_end_is_cut_off_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.bodies._DRAIN_S", 0.05)
    inside, sent = Inside(), itertools.count()

    def endless() -> Iterator[Message]:
        while True:
            next(sent)
            yield part(100)

    assert outcome(ask(guarded(inside), scope(), slowed(endless()))) == (413, "body_too_big")
    assert inside.read == 1000


def slowed(messages: Iterator[Message]) -> Iterator[Message]:
    """At most ten thousand, then silence: an endless list would never let the clock of the loop in."""
    return itertools.islice(messages, 10_000)


def test_a_body_announced_too_big_is_refused_before_it_is_read() -> None:
    inside = Inside()

    answer = ask(guarded(inside), scope(content_length="1001"), [part(500), END])

    assert outcome(answer) == (413, "body_too_big")
    assert inside.read == 0


def test_who_waits_for_a_go_ahead_is_refused_without_one() -> None:
    asked = scope(content_length="1001", expect="100-continue")

    assert outcome(ask(guarded(Inside()), asked, [])) == (413, "body_too_big")


def test_a_body_that_stops_coming_is_given_up() -> None:
    limits = Limits(grace_s=0.05)

    assert outcome(ask(guarded(Inside(), limits), scope(), [part(10)])) == (408, "body_too_slow")


def test_a_body_that_keeps_up_its_rate_may_take_longer_than_the_grace() -> None:
    limits = Limits(grace_s=0.05, per_second=1000)

    async def slow(app: ASGIApp) -> list[Message]:
        sent: list[Message] = []
        messages = iter([part(2000), part(10), END])

        async def receive() -> Message:
            message = next(messages)
            if len(message["body"]) == 10:
                await asyncio.sleep(0.2)
            return message

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope(), receive, send)
        return sent

    start, *_ = run(slow(guarded(Inside(), limits)))
    assert start["status"] == 200


def test_waiting_after_the_body_has_no_end() -> None:
    """Long answers listen for the client's leaving by `receive`, and that is not a slow body."""

    async def leave_later(app: ASGIApp) -> list[Message]:
        left = asyncio.Event()
        messages = iter([END])
        seen: list[Message] = []

        async def receive() -> Message:
            for message in messages:
                return message
            await left.wait()
            return {"type": "http.disconnect"}

        asyncio.get_running_loop().call_later(0.15, left.set)

        async def inside(_: object, receive: object, __: object) -> None:
            seen.append(await receive())  # type: ignore[operator]
            seen.append(await receive())  # type: ignore[operator]

        await Bodies(inside, held=dict, limits=Limits(grace_s=0.05))(scope(), receive, app)  # type: ignore[arg-type]
        return seen

    assert run(leave_later(Inside().app))[1] == {"type": "http.disconnect"}


def test_what_a_visit_holds_and_what_comes_are_counted_together() -> None:
    inside = Inside()

    room = guarded(inside, visit_1=1600)
    assert outcome(ask(room, scope(UPLOAD, "PUT"), [part(900), END])) == (200, None)
    assert outcome(ask(room, scope(UPLOAD, "PUT"), [part(901), END])) == (413, "session_full")

    full = guarded(inside, visit_2=3500)
    assert outcome(ask(full, scope(UPLOAD, "PUT"), [part(500), END])) == (200, None)
    assert outcome(ask(full, scope(UPLOAD, "PUT"), [part(501), END])) == (503, "busy")


def test_one_address_leaves_room_for_the_others_and_has_its_own_back_when_its_visits_end() -> None:
    inside, kept = Inside(), Counter[str]()

    async def keeping(scope: Scope, receive: Receive, send: Send) -> None:
        before = inside.read
        await inside.app(scope, receive, send)
        kept.update({scope["path"].split("/")[3]: inside.read - before})

    bodies = Bodies(keeping, held=lambda: +kept, limits=LIMITS)

    def upload(visit: str, client: str) -> tuple[int, str | None]:
        return outcome(
            ask(bodies, scope(f"/_stcore/upload_file/{visit}/a", "PUT", client), [part(1000), END])
        )

    assert [upload(visit, "10.0.0.1")[0] for visit in ("one", "one", "two")] == [200] * 3
    assert upload("two", "10.0.0.1") == upload("three", "10.0.0.1") == (503, "busy")
    assert upload("four", "10.0.0.2") == (200, None)
    assert upload("five", "10.0.0.3") == (503, "busy")  # 4000 together
    del kept["one"], kept["four"]
    assert upload("three", "10.0.0.1") == (200, None)
    assert set(bodies._addresses) == {"two", "three"}


def test_a_file_that_is_done_while_another_of_its_visit_begins_harms_neither() -> None:
    async def both() -> list[int]:
        bodies, began, done, statuses = guarded(Inside()), asyncio.Event(), asyncio.Event(), []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def receive() -> Message:
            if not began.is_set():
                began.set()
                await done.wait()
            return {"type": "http.request", "body": bytes(10), "more_body": False}

        slow = asyncio.create_task(bodies(scope(UPLOAD, "PUT"), receive, send))
        await began.wait()
        await bodies(scope(UPLOAD, "PUT"), receive, send)
        done.set()
        await slow
        assert not bodies._addresses
        return statuses

    assert run(both()) == [200, 200]


def test_bodies_that_come_at_once_share_the_room_and_give_it_back() -> None:
    """Two of 800 bytes do not fit into 1500; whoever was refused may try again when the other is done."""
    statuses: list[int] = []

    async def both() -> None:
        inside = Inside()
        bodies = guarded(inside)
        first_has_come, second_is_done = asyncio.Event(), asyncio.Event()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def first() -> None:
            messages = iter([part(800), END])

            async def receive() -> Message:
                message = next(messages)
                if message is END:
                    first_has_come.set()
                    await second_is_done.wait()
                return message

            await bodies(scope(), receive, send)

        async def second() -> None:
            for _ in range(2):
                await first_has_come.wait()
                messages = iter([part(800), END])

                async def receive(messages: Iterator[Message] = messages) -> Message:
                    return next(messages)

                await bodies(scope(), receive, send)
                second_is_done.set()
                await one

        one = asyncio.create_task(first())
        await asyncio.gather(one, second())
        assert bodies._coming == {}

    run(both())

    assert statuses == [503, 200, 200]
