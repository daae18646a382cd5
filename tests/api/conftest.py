"""The API without the pages, behind its guards, with the real model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from api import routes
from api.bodies import Bodies
from api.hosts import Hosts
from api.rates import Rates
from model import running

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@pytest.fixture(scope="session")
def portrait() -> Path:
    """A photo of one face."""
    return SAMPLES / "astronaut.png"


@pytest.fixture(scope="session")
def warm() -> running.Running:
    """The engine of this process, opened."""
    return running.get()


def server(*middleware: Middleware) -> Starlette:
    return Starlette(
        routes=routes.routes(), middleware=list(middleware), exception_handlers=dict(routes.HANDLERS)
    )


@pytest.fixture(scope="session")
def client(warm: running.Running) -> Iterator[TestClient]:
    guards = (
        Middleware(Hosts),
        Middleware(Bodies, held=dict),
        Middleware(Rates, burst=10_000),
    )
    with TestClient(server(*guards), "http://localhost", raise_server_exceptions=False) as client:
        yield client
