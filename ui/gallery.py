"""Small photos in rows, to look through and to choose one from: by a click, or with the arrow keys and Enter.

Knows nothing of what the photos show: who calls brings an address, a line of words and a mark for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from ui import state
from ui.language import number, t

PAGE = 48
_ASSETS = Path(__file__).parent / "assets"
Mark = Literal["wrong", "right", "unsure", "gone"]

_component = st.components.v2.component(
    "rupa_gallery",
    html="<ul></ul>",
    css=(_ASSETS / "gallery.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "gallery.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Tile:
    """`id` is what a choice returns, and the browser is told it.

    `words` stand below the photo, `more` is said besides to a screen reader.
    """

    id: str
    address: str | None
    words: str
    more: str = ""
    mark: Mark | None = None


def page_of(count: int, key: str) -> range:
    """The places of this page's photos, of `count` in all; draws the numbers of the pages where there are several."""
    pages = -(-count // PAGE)
    if pages < 2:
        return range(count)
    name = f"rupa-pages-{key}"
    if st.session_state.get(name, 1) > pages:
        st.session_state[name] = 1
    now = st.pagination(pages, key=name)
    first = (now - 1) * PAGE
    last = min(first + PAGE, count)
    st.caption(
        t("{first} to {last} of {count}", first=number(first + 1), last=number(last), count=number(count))
    )
    return range(first, last)


def show(tiles: Sequence[Tile], *, key: str, says: str, chosen: str | None = None) -> str | None:
    """Draw the photos; returns the id of the one that was chosen just now. `says` is what the list is."""
    data = {
        "says": says,
        "chosen": chosen,
        "gone": t("photo not shown"),
        "tiles": [
            {"id": tile.id, "src": tile.address, "words": tile.words, "more": tile.more, "mark": tile.mark}
            for tile in tiles
        ],
    }
    result = _component(key=state.fresh_key(f"gallery-{key}"), data=data, on_chosen_change=lambda: None)
    picked = result.chosen
    return str(picked) if picked else None
