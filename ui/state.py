"""What this visit remembers, and how it forgets: everything lies in the session under names that begin with "rupa.".

Widgets that hold photos carry a key that changes when they are to be emptied: Streamlit has no other way to empty one.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from ui import memory

PREFIX = "rupa."
_TURN = "rupa-turn"

Value = TypeVar("Value")


def kept(name: str, make: Callable[[], Value]) -> Value:
    """What is kept under this name; made now where nothing is yet."""
    key = PREFIX + name
    if key not in st.session_state:
        st.session_state[key] = make()
    return cast(Value, st.session_state[key])


def keep(name: str, value: object) -> None:
    st.session_state[PREFIX + name] = value


def drop(name: str) -> None:
    st.session_state.pop(PREFIX + name, None)


def fresh_key(name: str) -> str:
    """The key of a widget until `renew` empties it."""
    return f"rupa-{name}-{st.session_state.get(_TURN, 0)}"


def renew() -> None:
    """Let every widget with a fresh key begin again, empty."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def forget() -> None:
    """Drop everything of this session: photos, answers, what was said about them, and what widgets hold."""
    for key in [key for key in st.session_state if str(key).startswith(PREFIX)]:
        del st.session_state[key]
    renew()
    memory.give_back_soon()
