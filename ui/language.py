"""Words and numbers in the visitor's language; what is said is in `words/`, which language is told here.

The language is `?lang=` of the address, else what was chosen in this session, else the browser's. Outside a page
(a test, a background thread) it is English.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from words.speech import LANGUAGES, Language, Speech

__all__ = ["LANGUAGES", "Language", "Speech"]
PARAMETER = "lang"
_CHOSEN = "rupa.language"


class Coded(Protocol):
    """An error that names its kind and its facts, and leaves the words to others."""

    @property
    def code(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def language() -> Language:
    """The language of this visit."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    for wish in (st.query_params.get(PARAMETER), st.session_state.get(_CHOSEN), st.context.locale):
        known = _known(wish)
        if known:
            return known
    return "en"


def choose(wish: Language) -> None:
    """From now on this language, in this session and in its address."""
    st.session_state[_CHOSEN] = wish
    st.query_params[PARAMETER] = wish


def keep() -> None:
    """Carry the chosen language to this page: moving between pages drops what stood in the address."""
    asked, chosen = _known(st.query_params.get(PARAMETER)), _known(st.session_state.get(_CHOSEN))
    if asked:
        st.session_state[_CHOSEN] = asked
    elif chosen:
        st.query_params[PARAMETER] = chosen


def in_address() -> dict[str, str]:
    """What a link to another page takes along."""
    chosen = _known(st.session_state.get(_CHOSEN))
    return {PARAMETER: chosen} if chosen else {}


def turn_to(page: str) -> None:
    """Go to this page, such as "train", in the chosen language."""
    st.switch_page(f"../pages/{page}.py", query_params=in_address())


def speech() -> Speech:
    """The words of this visit, for whoever speaks without knowing of pages."""
    return Speech(language())


def t(english: str, **facts: object) -> str:
    """This sentence in the visitor's language, with the facts put in."""
    return speech().t(english, **facts)


def tn(one: str, many: str, n: int, **facts: object) -> str:
    """The sentence for one or for many, with `{n}` among its facts."""
    return speech().tn(one, many, n, **facts)


def plain_error(error: Coded, sentences: Mapping[str, str]) -> str:
    """What the error's code means to a person, by the table of English sentences it belongs to."""
    return t(sentences[error.code], **error.facts)


def number(value: float, digits: int = 0) -> str:
    """1234.5 as "1,234.5" or "1.234,5"."""
    return speech().number(value, digits)


def percent(share: float, digits: int = 0) -> str:
    """0.873 as "87%". Only what is all of it is 100%, and only what is nothing 0%."""
    return speech().percent(share, digits)


def of_100(share: float, digits: int = 0) -> str:
    """As `percent`, without its sign: for the ends of a range."""
    return speech().of_100(share, digits)


def day(moment: str) -> str:
    """An ISO moment as "21 November 2026"."""
    return speech().day(moment)


def _known(wish: object) -> Language | None:
    """The language that a tag such as "id-ID" begins with, where it is one of ours."""
    if not isinstance(wish, str):
        return None
    tag = wish.lower().replace("_", "-").partition("-")[0]
    # Java and old Android still call Indonesian "in".
    return "id" if tag in ("id", "in") else "en" if tag == "en" else None
