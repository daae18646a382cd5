"""Which scripts may stand in a page itself: those that Streamlit and Rupa wrote there, known by their fingerprints.

Whatever else gets into a page, by a name that was not quoted well enough, is not run by the browser.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import streamlit

_PAGES = (Path(streamlit.__file__).parent / "static" / "index.html", Path(__file__).parent / "docs.html")
_IN_LINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def in_pages() -> list[str]:
    """The scripts in Streamlit's page, and in the page of the API."""
    return [script for page in _PAGES for script in _IN_LINE.findall(page.read_text(encoding="utf-8"))]


def sources(scripts: Iterable[str]) -> list[str]:
    """As a Content-Security-Policy names them."""
    prints = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(one).decode()}'" for one in prints]
