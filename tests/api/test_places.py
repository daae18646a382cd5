"""Pages that are open at once have an end, for one client and together; everything else passes."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.places import TRY_AGAIN_LATER, Places
from tests.api.asgi import Reader, ask, run, scope


class Room:
    """Pages that stay open until the test says so."""

    def __init__(self) -> None:
        self.close = asyncio.Event()
        self.came: list[str] = []
        self.places = Places(self, together=4, of_one=3)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came.append(scope["client"][0])
        await self.close.wait()

    def open(self, client: str) -> "asyncio.Task[list[Message]]":
        page = {**scope("/_stcore/stream", client=client), "type": "websocket"}
        return asyncio.create_task(self._opened(page))

    async def _opened(self, page: Scope) -> list[Message]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(dict(message))

        await self.places(page, asyncio.Queue[Message]().get, send)
        return sent


def test_one_client_leaves_places_for_others_and_a_closed_page_gives_its_place_back() -> None:
    async def crowd() -> tuple[list[list[Message]], list[str]]:
        room = Room()
        pages = [room.open(client) for client in ("a", "a", "a", "a", "b", "b")]
        refused = [pages[3], pages[5]]
        await asyncio.wait_for(asyncio.wait(refused), 20)
        room.close.set()
        await asyncio.gather(*pages)
        room.came.clear()
        await room.open("a")
        return [page.result() for page in refused], room.came

    refused, later = run(crowd())

    assert refused == [[{"type": "websocket.close", "code": TRY_AGAIN_LATER}]] * 2
    assert later == ["a"]


def test_what_is_no_page_needs_no_place() -> None:
    assert ask(Places(Reader(), together=0, of_one=0), scope("/", "GET")).status == 200


@pytest.mark.parametrize("path", ["/_stcore/stream", "/_stcore/stream\n"])
def test_a_page_needs_a_place_however_its_address_is_written(path: str) -> None:
    inside = Reader()
    page = {**scope(path), "type": "websocket"}

    assert ask(Places(inside, together=0, of_one=0), page).status == TRY_AGAIN_LATER
    assert inside.asked == 0
