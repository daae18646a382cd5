"""A client without a socket: it sends what a test says, message by message, and keeps what comes back."""

import asyncio
import json
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Result = TypeVar("Result")

END: Message = {"type": "http.request", "body": b"", "more_body": False}


def part(size: int) -> Message:
    return {"type": "http.request", "body": bytes(size), "more_body": True}


def scope(
    path: str = "/api/v1/predict", method: str = "POST", client: str = "127.0.0.1", **headers: str
) -> Scope:
    named = {"host": "localhost:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": "http",
        "path": path,
        "method": method,
        "client": (client, 50000),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "query_string": b"",
    }


@dataclass(frozen=True)
class Came:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        return json.loads(self.body)["error"]["code"] if self.body.startswith(b'{"error"') else None


class Reader:
    """The application inside: reads the whole body, as `request.form` would, and keeps the count."""

    def __init__(self) -> None:
        self.read = 0
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        while (message := await receive())["type"] == "http.request":
            self.read += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"read"})


def ask(app: ASGIApp, scope: Scope, messages: Iterable[Message] = (END,)) -> Came:
    """Send all messages, then nothing more, however long the application waits."""
    return run(_ask(app, scope, messages))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: where a browser was opened by this process, its loop runs in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _ask(app: ASGIApp, scope: Scope, messages: Iterable[Message]) -> Came:
    coming = iter(messages)
    sent: list[Any] = []

    async def receive() -> Message:
        for message in coming:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    headers = {name.decode(): value.decode() for name, value in start.get("headers", [])}
    body = b"".join(message.get("body", b"") for message in bodies)
    return Came(start.get("status", start.get("code")), headers, body)
