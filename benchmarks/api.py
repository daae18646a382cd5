"""Thirty programs at once, beside one alone: `python -m benchmarks.api`.

Starts the real server, asks it with a photo of 2 MP from as many clients as `--clients` says, and prints how many
answers a second came, how long they took, what was refused, how the pages fared meanwhile, and what it did to the
memory. Refused clients wait as long as they are told. Ends with 1 if anything but 200, 429 and 503 came back.
"""

import argparse
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PHOTO = ROOT / "tests" / "samples" / "astronaut.png"
PIXELS = 2_000_000
EXPECTED = {200, 429, 503}


@dataclass
class Told:
    """What the clients of one round were told; lists only grow, so threads may share it."""

    statuses: list[int] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)
    pages_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def form(photo: Path) -> tuple[bytes, str]:
    side = round(PIXELS**0.5)
    jpeg = io.BytesIO()
    Image.open(photo).convert("RGB").resize((side, side), Image.Resampling.LANCZOS).save(
        jpeg, "JPEG", quality=90
    )
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
    return head.encode() + jpeg.getvalue() + f"\r\n--{boundary}--\r\n".encode(), boundary


@contextmanager
def server() -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL) as process:
        try:
            while not ready(port):
                time.sleep(0.1)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def client(port: int, body: bytes, boundary: str, end: float, told: Told) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    while time.monotonic() < end:
        began = time.perf_counter()
        try:
            connection.request("POST", "/api/v1/predict", body, headers)
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            told.wrong.append(repr(error))
            connection.close()
            continue
        told.statuses.append(answer.status)
        if answer.status == 200:
            told.answers_ms.append(1000 * (time.perf_counter() - began))
            if len(content["readings"][0]["faces"]) != 1:
                told.wrong.append("an answer without its face")
        elif answer.status in EXPECTED:
            time.sleep(float(answer.headers["retry-after"]))
        else:
            told.wrong.append(f"status {answer.status}")


def visitor(port: int, end: float, told: Told) -> None:
    """Asks for the first page's files once in a while."""
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        told.pages_ms.append(1000 * (time.perf_counter() - began))
        connection.close()
        time.sleep(0.25)


def asked_by(clients: int, seconds: float, port: int, photo: Path) -> Told:
    told = Told()
    body, boundary = form(photo)
    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=client, args=(port, body, boundary, end, told)) for _ in range(clients)
    ]
    threads.append(threading.Thread(target=visitor, args=(port, end, told)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def megabytes(process: psutil.Process) -> float:
    everybody = [process, *process.children(recursive=True)]
    return sum(one.memory_info().rss for one in everybody) / 2**20


def report(who: str, told: Told, seconds: float, before_mb: float, after_mb: float) -> None:
    took = np.percentile(told.answers_ms, (50, 95))
    page = np.percentile(told.pages_ms, (50, 95))
    counts = ", ".join(f"{count} x {status}" for status, count in sorted(Counter(told.statuses).items()))
    print(
        f"{who}: {len(told.answers_ms) / seconds:.1f} answers/s, p50 {took[0]:.0f} ms, p95 {took[1]:.0f} ms ({counts})"
    )
    print(f"  the page meanwhile: p50 {page[0]:.0f} ms, p95 {page[1]:.0f} ms")
    print(f"  memory of all processes: {before_mb:.0f} MB before, {after_mb:.0f} MB after")
    for what, count in Counter(told.wrong).most_common(5):
        print(f"  WRONG: {count} x {what}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--photo", type=Path, default=PHOTO)
    asked = parser.parse_args()
    wrong = 0
    with server() as (port, process):
        for clients, seconds in ((1, asked.seconds / 4), (asked.clients, asked.seconds)):
            before_mb = megabytes(process)
            told = asked_by(clients, seconds, port, asked.photo)
            who = f"{clients} client{'' if clients == 1 else 's'} for {seconds:g} s"
            report(who, told, seconds, before_mb, megabytes(process))
            wrong += len(told.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
