"""Every run that was ever begun here, and the search for a better recipe."""

import streamlit as st

from pages.parts import runs_history, search_tab
from ui import access
from ui.language import t


def main() -> None:
    st.title(t("What was tried, and what came of it?"), anchor=False)
    access.door()
    history, search = st.tabs([t("Runs"), t("Search for a recipe")], on_change="rerun", key="rupa-runs-tab")
    if search.open:
        with search:
            search_tab.show()
    else:
        with history:
            runs_history.show()


main()
