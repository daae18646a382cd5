"""The way between the pages: Streamlit runs this file on every visit, and it runs the page asked for.

Pages are named by absolute paths, because Streamlit would take a relative `pages/` for its older kind of app and
meet the first deep link with "Page not found". For the same reason the footer, which asks the model how it is, is
found by its name: nothing in `ui/` knows what stands on the pages.
"""

from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import streamlit as st

from ui import shell
from ui.language import t

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "pages"
ASSETS = ROOT / "ui" / "assets"
SIDEBAR_PX = 216
FIRST, LOST = "photo.py", "lost.py"
# Streamlit serves its default page under the bare address only, and lets nobody use that page's own name. With this
# name given away instead, /photo is free for those who type it.
RESERVED = "-"
FOOTER = "pages.parts.footer"


def sections() -> dict[str, list[tuple[str, str, str]]]:
    """Every page there will be, by group: its file, its title and its icon. The first one is where visitors land."""
    return {
        t("Try"): [("photo.py", t("Photo"), ":material/photo_camera:")],
        t("Inspect"): [],
        t("Teach"): [],
        t("About"): [("about.py", t("This model"), ":material/menu_book:")],
    }


def places() -> dict[str, list[st.Page]]:
    """The pages that exist, and one without a line in the menu where the address is none of theirs."""
    found = {
        group: [
            st.Page(PAGES / file, title=title, icon=icon, default=True, url_path=RESERVED)
            if file == FIRST
            else st.Page(PAGES / file, title=title, icon=icon)
            for file, title, icon in rows
            if (PAGES / file).is_file()
        ]
        for group, rows in sections().items()
    }
    asked = unquote(urlsplit(st.context.url or "").path).strip("/").rpartition("/")[2]
    known = {page.url_path for pages in found.values() for page in pages}
    if asked and asked not in known | {RESERVED}:
        file = FIRST if asked == Path(FIRST).stem else LOST
        found[""] = [st.Page(PAGES / file, title=t("Rupa"), url_path=asked, visibility="hidden")]
    return {group: pages for group, pages in found.items() if pages}


st.set_page_config(
    page_title="Rupa",
    page_icon=str(ASSETS / "rupa.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_PX,
)
st.logo(str(ASSETS / "rupa.svg"), size="large")
shell.begin()
groups = places()
page = st.navigation(groups)
st.set_page_config(page_title=f"{page.title} · Rupa")
page.run()
about = next((one for pages in groups.values() for one in pages if one.url_path == "about"), None)
import_module(FOOTER).show(None if about is page else about)
