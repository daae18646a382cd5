"""The server: Streamlit's ASGI app around `ui/router.py`, with the API beside the pages and a guard before both.

Streamlit finds it by reading this file without running it, so `app` must stay a plain assignment.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit.runtime import get_instance

from api import connections, live, routes, scripts, uploads, visits
from api.addresses import Addresses
from api.bodies import Bodies
from api.hosts import Hosts
from api.places import Places
from api.prompt import Prompt
from api.rates import Rates
from api.streamlit_door import StreamlitDoor
from launch.addresses import of_this_computer
from model import running
from training import jobs
from ui import access, holding, memory, shell
from ui.language import t

ROOT = Path(__file__).resolve().parent


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The first page does not wait for the model, which warms up in the background, nor for a run that goes on."""
    access.begin(address=st.get_option("server.address"), own=of_this_computer)
    connections.guard()
    uploads.keep_off_disk()
    running.start()
    threading.Thread(target=jobs.ensure_worker, daemon=True, name="go on training").start()
    forgetting = asyncio.create_task(visits.forget_closed(get_instance(), memory.give_back))
    yield
    forgetting.cancel()


def say_sorry(_: Exception) -> bool:
    """The log has the error already; the person who met it gets a sentence instead."""
    st.error(t("Something went wrong here, and it is the app's fault. Load the page again to go on."))
    return True


# Streamlit's own static serving knows one folder only, `static/` beside the router; the theme asks
# for its fonts under the same address, and gets them from where the other assets live.
app = st.App(
    ROOT / "ui" / "router.py",
    routes=[
        Mount("/app/static", StaticFiles(directory=ROOT / "ui" / "assets")),
        *routes.routes(),
        live.route(),
    ],
    middleware=[
        Middleware(Prompt),
        Middleware(
            Hosts,
            allowed=st.get_option("server.allowedHosts"),
            scripts=[*scripts.in_pages(), *shell.scripts()],
        ),
        Middleware(Places),
        Middleware(Bodies, held=partial(uploads.held, taken=holding.by_visit)),
        Middleware(Rates),
        Middleware(Addresses),
        Middleware(StreamlitDoor),
    ],
    exception_handlers=routes.HANDLERS,
    lifespan=lifespan,
    on_script_error=say_sorry,
)
