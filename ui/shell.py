"""What stands round every page: the style sheet, the language switch above, the footer below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from ui import language, theme
from ui.language import t

_STYLE = Path(__file__).parent / "assets" / "rupa.css"
_SWITCH = "rupa-switch"


@dataclass(frozen=True)
class Footer:
    """What the line below every page says; `track_record` is None while nobody knows it yet."""

    model: str | None
    track_record: str | None
    device: str | None
    state: str


def begin() -> None:
    """To be called before anything is drawn."""
    language.keep()
    with st.container(key="rupa-frame"):
        st.html(f"<style>:root{{{theme.variables()}}}{_style()}</style>")
        _say_which_language()
        _language_switch()


def menu(groups: Mapping[str, Sequence[st.Page]]) -> None:
    """The ways to every page. Streamlit's own menu is a list that screen readers do not take for one."""
    with st.sidebar:
        for group, pages in groups.items():
            with st.container(gap="xxsmall"):
                st.caption(group)
                for page in pages:
                    st.page_link(page, query_params=language.in_address())


def footer(line: Footer, more: st.Page | None = None) -> None:
    """The line below the page; `more` is where the numbers are explained."""
    parts = [part for part in (line.model, line.track_record, line.device, line.state) if part]
    with st.container(key="rupa-footer", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(" · ".join(parts), width="content")
        if more:
            st.page_link(more, label=t("For whom?"), width="content", query_params=language.in_address())


def _language_switch() -> None:
    st.session_state[_SWITCH] = language.language()
    st.segmented_control(
        "Language · Bahasa",
        list(language.LANGUAGES),
        format_func=lambda code: code.upper(),
        key=_SWITCH,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: language.choose(st.session_state[_SWITCH]),
    )


def _say_which_language() -> None:
    """A screen reader pronounces the page by this attribute, which Streamlit always sets to English."""
    st.html(f"<script>{_says(language.language())}</script>", unsafe_allow_javascript=True)


def scripts() -> list[str]:
    """All that ever stand in a page: a browser runs no others there."""
    return [_says(one) for one in language.LANGUAGES]


def _says(language: str) -> str:
    return f'document.documentElement.lang = "{language}"'


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
