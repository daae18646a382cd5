"""Ten thousand requests that mean no good, and a visitor in between: `python -m benchmarks.floods [--requests 10000]`.

Each kind of request is sent in turn from several threads, all on this computer: uploads without the token, with it for
visits that nobody made, for an open one again and again, too large, without an end, deletions, pages and websockets
from other sites, forged ids, huge heads, paths that climb, pages opened and closed at once. Prints how each was
answered and how long that took, what the visitor waited meanwhile, and the server's memory before and after. Ends with
1 if the visitor was not answered, if anything was answered that should not be, or if memory grew by more than
`MAY_GROW_MB`.

What threads, pages and networks need once for good they take in the first requests: at rest the server held 385 MB,
after 1,000 requests 530, and after each of 5,000, 5,000 and 10,000 more between 537 and 564. So half as many as are
measured go before.
"""

import argparse
import http.client
import itertools
import os
import socket
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles

import psutil

from benchmarks.many import MB, PORTRAIT, Peak, memory, server
from benchmarks.visitor import Visitor

MAY_GROW_MB = 60.0
THREADS = 8
FORM = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n%b\r\n--x--\r\n'
NOBODY = "11111111-2222-3333-4444-555555555555"
SETTLING_S = 160.0  # who left is forgotten after two minutes and a half, and memory given back with that

LARGE_BYTES = 4 * MB  # so that the open visit meets its end, one gigabyte, in a flood of ten thousand
TOO_LARGE_BYTES = 600 * MB


@dataclass(frozen=True)
class Door:
    """What somebody knows who has opened a page."""

    port: int
    token: str
    visit: str
    large_bytes: int


Attack = Callable[[Door], int]  # the status, 0 where the connection was closed without one


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (ConnectionError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def raw(port: int, said: bytes) -> int:
    """Say it, and leave before anything is answered; the answer's status where one comes at once."""
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        try:
            line.sendall(said)
            line.settimeout(0.01)
            answer = line.recv(12)
        except TimeoutError:
            return 0
        except ConnectionError:
            return 0
    return int(answer[9:12]) if answer[9:12].isdigit() else 0


def shook(port: int, origin: str, more: bytes = b"") -> int:
    """A websocket's first words, for the page's own line."""
    head = f"GET /_stcore/stream HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\n"
    head += (
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        try:
            line.sendall(head.encode() + more + b"\r\n")
            answer = line.recv(12)
        except ConnectionError:
            return 0
    return int(answer[9:12]) if answer[9:12].isdigit() else 0


def upload(
    door: Door, visit: str, body: bytes, method: str = "PUT", token: str | None = None, **more: str
) -> int:
    return ask(
        door.port, method, f"/_stcore/upload_file/{visit}/{uuid.uuid4()}", body,
        Host=f"localhost:{door.port}", Content_Type="multipart/form-data; boundary=x",
        X_Xsrftoken=door.token if token is None else token, Cookie=f"_streamlit_xsrf={door.token}", **more,
    )  # fmt: skip


def form(size: int) -> bytes:
    return FORM % bytes(size)


def endless(door: Door) -> int:
    path = b"/_stcore/upload_file/a/b"
    return raw(door.port, b"PUT %b HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n10000\r\n" % (path, HOST))


def forged(door: Door) -> int:
    protocol = f"Sec-WebSocket-Protocol: streamlit, x, {NOBODY}\r\n"
    return shook(door.port, f"http://localhost:{door.port}", protocol.encode())


def head(door: Door, headers: bytes) -> int:
    return raw(door.port, b"GET / HTTP/1.1\r\n%b%b\r\n" % (HOST, headers))


HOST = b"Host: localhost\r\n"
ATTACKS: dict[str, tuple[Attack, set[int]]] = {
    "upload without the token": (lambda door: upload(door, door.visit, form(1000), token="x"), {403}),
    # It is refused while it still comes, and not every client gets to read that.
    "large upload for a visit that nobody made": (
        lambda door: upload(door, NOBODY, form(door.large_bytes)),
        {0, 400},
    ),
    "large upload for an open visit": (
        lambda door: upload(door, door.visit, form(door.large_bytes)),
        {204, 413},
    ),
    "upload that is too large": (
        lambda door: upload(
            door, door.visit, b"", Content_Length=str(TOO_LARGE_BYTES), Expect="100-continue"
        ),
        {413},
    ),
    # What is not there need not be deleted.
    "deletion for a visit that nobody made": (lambda door: upload(door, NOBODY, b"", "DELETE"), {204}),
    "a body without an end": (endless, {0, 400, 403}),
    "a website's page, from another site": (lambda door: shook(door.port, "http://evil.example"), {403}),
    "another name for this computer": (lambda door: ask(door.port, "GET", "/", Host="evil.example"), {400}),
    "the id of a visit that nobody made": (forged, {101, 403}),
    # What comes in one piece, of a quarter of a megabyte at most, is taken as it is; all else ends at 64 KB.
    "a head of 100 KB": (lambda door: head(door, b"X: %b\r\n" % (b"a" * 100_000)), {0, 200, 400}),
    "20,000 headers": (lambda door: head(door, b"X: a\r\n" * 20_000), {0, 400}),
    "no HTTP at all": (lambda door: raw(door.port, os.urandom(2000) + b"\r\n\r\n"), {0, 400}),
    "a path that climbs": (lambda door: ask(door.port, "GET", "/app/static/..%2f..%2fapp.py"), {400, 404}),
    "a picture that nobody has": (lambda door: ask(door.port, "GET", f"/media/{'0' * 56}.jpg"), {404}),
    "half a question, and gone": (lambda door: raw(door.port, b"GET / HTTP/1.1\r\nHo"), {0}),
    "a page, asked for as people do": (lambda door: ask(door.port, "GET", "/"), {200}),
}


@dataclass
class Told:
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in ATTACKS})
    took_s: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in ATTACKS})

    def wrong(self) -> list[str]:
        return [
            f"{name}: {count} x {status}"
            for name, statuses in self.statuses.items()
            for status, count in statuses.items()
            if status not in ATTACKS[name][1]
        ]


def flood(address: str, requests: int, threads: int = THREADS, *, large_bytes: int = LARGE_BYTES) -> Told:
    """All of it comes from one who has opened a page, and closes it at the end."""
    with Visitor(address) as visitor:
        port = int(address.rpartition(":")[2])
        return _flooded(Door(port, visitor.token, visitor.session, large_bytes), requests, threads)


def _flooded(door: Door, requests: int, threads: int) -> Told:
    told, turn = Told(), iter(range(requests))
    names = list(ATTACKS)
    lock = threading.Lock()

    def numbers() -> Iterator[int]:
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            yield number

    def attack() -> None:
        for number in numbers():
            name = names[number % len(names)]
            began = time.perf_counter()
            status = ATTACKS[name][0](door)
            with lock:
                told.took_s[name].append(time.perf_counter() - began)
                told.statuses[name][status] += 1

    crowd = [threading.Thread(target=attack) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return told


def answered_meanwhile(address: str, over: threading.Event, took_s: list[float], wrong: list[str]) -> None:
    try:
        with Visitor(address) as visitor:
            for number in itertools.count():
                # Another file each time, or it would be known.
                took_s.append(visitor.answered("a.jpg", PORTRAIT.read_bytes() + bytes([number % 256])))
                if over.wait(1.0):
                    return
    except Exception as error:
        wrong.append(f"the visitor: {error!r}")


def spread(took_s: list[float]) -> str:
    cuts = quantiles(took_s, n=20, method="inclusive") if len(took_s) > 1 else took_s * 19
    return f"{1000 * cuts[9]:9.0f}{1000 * cuts[18]:9.0f}{1000 * max(took_s):9.0f}"


def measured(address: str, process: psutil.Process, requests: int) -> list[str]:
    over, visitor_s, wrong = threading.Event(), list[float](), list[str]()
    visitor = threading.Thread(target=answered_meanwhile, args=(address, over, visitor_s, wrong))
    before_mb = memory(process)
    visitor.start()
    began = time.perf_counter()
    with Peak(process) as peak:
        told = flood(address, requests)
    took_s = time.perf_counter() - began
    over.set()
    visitor.join()
    time.sleep(SETTLING_S)
    after_mb = memory(process)
    load = psutil.getloadavg()[0]
    print(f"{requests} requests in {took_s:.0f} s, {requests / took_s:.0f} a second; load {load:.1f}")
    print(f"{'milliseconds':46}{'median':>9}{'p95':>9}{'most':>9}   answers")
    for name, statuses in told.statuses.items():
        counts = ", ".join(f"{count} x {status or 'closed'}" for status, count in sorted(statuses.items()))
        print(f"{name:46}{spread(told.took_s[name])}   {counts}")
    if visitor_s:
        print(f"{'a visitor with a photo meanwhile':46}{spread(visitor_s)}   {len(visitor_s)} answers")
    grown = after_mb - before_mb
    print(
        f"server's memory: {before_mb:.0f} MB before, {peak.most:.0f} at most, {after_mb:.0f} after ({grown:+.0f})"
    )
    wrong += told.wrong()
    if not visitor_s:
        wrong.append("the visitor was never answered")
    if grown > MAY_GROW_MB:
        wrong.append(f"memory grew by {grown:.0f} MB")
    for line in wrong:
        print(f"WRONG: {line}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=10_000)
    requests = parser.parse_args().requests
    with server() as (address, process):
        with Visitor(address) as visitor:
            visitor.answered("a.jpg", PORTRAIT.read_bytes())
        flood(address, requests // 2)
        time.sleep(SETTLING_S)
        return 1 if measured(address, process, requests) else 0


if __name__ == "__main__":
    sys.exit(main())
