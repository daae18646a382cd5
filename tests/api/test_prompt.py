"""In a real server, on a socket opened the way Streamlit opens its own."""

import http.client
import socket
import threading
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.sync.client import connect

from api.prompt import Prompt
from tests.api.asgi import Reader, ask, scope


class SaysNoDelay:
    """Answers with whether small writes of this connection wait."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = receive.__self__.transport.get_extra_info("socket")  # type: ignore[attr-defined]
        at_once = str(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": at_once})
            await send({"type": "websocket.close"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": at_once.encode()})


def answers(app: ASGIApp) -> tuple[str, str]:
    server = uvicorn.Server(uvicorn.Config(cast(Any, app), lifespan="off", log_level="error"))
    with socket.socket(family=socket.AF_INET) as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        serving = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        serving.start()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        page = connection.getresponse().read().decode()
        connection.close()
        with connect(f"ws://127.0.0.1:{port}") as visit:
            message = str(visit.recv())
        server.should_exit = True
        serving.join()
    return page, message


def test_answers_and_messages_leave_at_once() -> None:
    assert answers(SaysNoDelay()) == ("0", "0")
    assert answers(Prompt(SaysNoDelay())) == ("1", "1")


def test_a_server_that_is_built_otherwise_is_left_alone() -> None:
    assert ask(Prompt(Reader()), scope()).status == 200
