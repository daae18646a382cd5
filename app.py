"""The server: Streamlit's ASGI app around `ui/router.py`, and the files it serves itself.

Streamlit finds it by reading this file without running it, so `app` must stay a plain assignment.
"""

from pathlib import Path

import streamlit as st
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).resolve().parent

# Streamlit's own static serving knows one folder only, `static/` beside the router; the theme asks
# for its fonts under the same address, and gets them from where the other assets live.
app = st.App(
    ROOT / "ui" / "router.py", routes=[Mount("/app/static", StaticFiles(directory=ROOT / "ui" / "assets"))]
)
