"""The way between the pages: Streamlit runs this file on every visit, and it runs the page asked for.

Pages are named by absolute paths, because Streamlit would take a relative `pages/` for its older
kind of app and meet the first deep link with "Page not found".
"""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]

st.set_page_config(page_title="Rupa", page_icon=str(ROOT / "ui" / "assets" / "rupa.svg"))
st.navigation({"Try": [st.Page(ROOT / "pages" / "photo.py", title="Photo", default=True)]}).run()
