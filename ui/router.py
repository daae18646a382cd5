"""The way between the pages: Streamlit runs this file on every visit, and it runs the page asked for.

Pages are named by absolute paths, because Streamlit would take a relative `pages/` for its older kind of app and
meet the first deep link with "Page not found". For the same reason the footer, which asks the model how it is, is
found by its name: nothing in `ui/` knows what stands on the pages.
"""

from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import streamlit as st

from ui import access, language, shell, stage
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
EXPLAINED = "evaluate"  # the page that says for whom the footer's figure holds


def sections() -> dict[str, list[tuple[str, str, str]]]:
    """Every page there will be, by group: its file, its title and its icon. The first one is where visitors land."""
    return {
        t("Try"): [
            ("photo.py", t("Photo"), ":material/photo_camera:"),
            ("live.py", t("Live"), ":material/videocam:"),
            ("video.py", t("Video"), ":material/movie:"),
        ],
        t("Inspect"): [
            ("evaluate.py", t("Evaluate"), ":material/target:"),
            ("errors.py", t("Errors"), ":material/grid_view:"),
            ("compare.py", t("Compare"), ":material/balance:"),
        ],
        t("Teach"): [
            ("train.py", t("Train"), ":material/school:"),
            ("runs.py", t("Runs"), ":material/history:"),
            ("quiz.py", t("Quiz"), ":material/how_to_vote:"),
        ],
        t("About"): [
            ("about.py", t("This model"), ":material/menu_book:"),
            (stage.FILE, t("Stage"), ":material/co_present:"),
        ],
    }


def menu() -> dict[str, list[st.Page]]:
    """The pages that exist."""
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
    return {group: pages for group, pages in found.items() if pages}


def beside(known: list[st.Page]) -> list[st.Page]:
    """A page for the address asked for, where none in the menu has it."""
    asked = unquote(urlsplit(st.context.url or "").path).strip("/ ").rpartition("/")[2].strip()
    if not asked or asked in {RESERVED, *(page.url_path for page in known)}:
        return []

    def first() -> None:
        st.switch_page(known[0], query_params=language.in_address())

    return [st.Page(first if asked == Path(FIRST).stem else PAGES / LOST, title=t("Rupa"), url_path=asked)]


st.set_page_config(
    page_title="Rupa",
    page_icon=str(ASSETS / "rupa.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_PX,
)
st.logo(str(ASSETS / "wordmark.svg"), size="large")
shell.begin()
groups = menu()
known = [page for pages in groups.values() for page in pages]
page = st.navigation(known + beside(known), position="hidden")
on_stage = next((one for one in known if one.url_path == Path(stage.FILE).stem), None)
# Visitors find no way to it, and at its address only how others come in.
shell.menu(
    {
        group: [one for one in pages if one is not on_stage or access.presenter()]
        for group, pages in groups.items()
    }
)
st.set_page_config(page_title=f"{page.title} · Rupa")
if on_stage and page is not on_stage:
    stage.way_back(on_stage)
page.run()
more = next((one for one in known if one.url_path == EXPLAINED and one is not page), None)
import_module(FOOTER).show(more)
