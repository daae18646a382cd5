"""Words and numbers in the visitor's language: English stands in the code, Indonesian in `locales/id.po`.

The language is `?lang=` of the address, else what was chosen in this session, else the browser's. Outside a page
(a test, a background thread) it is English.
"""

import string
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import streamlit as st
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from streamlit.runtime.scriptrunner import get_script_run_ctx

Language = Literal["en", "id"]
Catalogue = Mapping[str, str]

LANGUAGES: dict[Language, str] = {"en": "English", "id": "Bahasa Indonesia"}
PARAMETER = "lang"

_CHOSEN = "rupa.language"
_LOCALES = Path(__file__).parent / "locales"
_SWAPPED = str.maketrans(",.", ".,")


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


def t(english: str, **facts: object) -> str:
    """This sentence in the visitor's language, with the facts put in."""
    spoken = language()
    return _filled(_catalogue(spoken).get(english, english), spoken, facts)


def tn(one: str, many: str, n: int, **facts: object) -> str:
    """The sentence for one or for many, with `{n}` among its facts."""
    spoken = language()
    english = one if n == 1 else many
    return _filled(_catalogue(spoken).get(one, english), spoken, {"n": n, **facts})


def plain_error(error: Coded, sentences: Mapping[str, str]) -> str:
    """What the error's code means to a person, by the table of English sentences it belongs to."""
    return t(sentences[error.code], **error.facts)


def number(value: float, digits: int = 0) -> str:
    """1234.5 as "1,234.5" or "1.234,5"."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(Decimal(repr(float(value))), format=pattern, locale=language())


def percent(share: float, digits: int = 0) -> str:
    """0.873 as "87%". Only what is all of it is 100%, and only what is nothing 0%."""
    step = 10.0**-digits
    if 0 < share < 1:
        if share * 100 >= 100 - step / 2:
            return f">{number(100 - step, digits)}%"
        if share * 100 < step / 2:
            return f"<{number(step, digits)}%"
    return f"{number(share * 100, digits)}%"


def day(moment: str) -> str:
    """An ISO moment as "21 November 2026"."""
    return format_date(datetime.fromisoformat(moment), format="d MMMM yyyy", locale=language())


def _known(wish: object) -> Language | None:
    """The language that a tag such as "id-ID" begins with, where it is one of ours."""
    if not isinstance(wish, str):
        return None
    tag = wish.lower().replace("_", "-").partition("-")[0]
    # Java and old Android still call Indonesian "in".
    return "id" if tag in ("id", "in") else "en" if tag == "en" else None


@cache
def _catalogue(spoken: Language) -> Catalogue:
    if spoken == "en":
        return {}
    with (_LOCALES / f"{spoken}.po").open("rb") as file:
        messages = read_po(file, locale=spoken, abort_invalid=True)
    found = {}
    for message in messages:
        english = message.id[0] if isinstance(message.id, tuple | list) else message.id
        translated = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if english and translated:
            found[english] = translated
    return found


class _InOurNumbers(string.Formatter):
    """`str.format`, with commas and points in numbers the other way round."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return text.translate(_SWAPPED) if is_number else text


def _filled(sentence: str, spoken: Language, facts: Mapping[str, object]) -> str:
    if not facts:
        return sentence
    if spoken == "en":
        return sentence.format(**facts)
    return _InOurNumbers().vformat(sentence, (), facts)
