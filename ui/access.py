"""Who may change things for everybody: on this computer whoever sits at it, on a network whoever knows the PIN.

`start.py --lan` hands the PIN over in the environment. Without one, a server that only this computer reaches lets
everybody do everything, and one that others reach too lets nobody; nor whom a proxy on this computer brings.
"""

import functools
import hmac
import ipaddress
import os
import re
from collections.abc import Callable, Collection, MutableMapping
from typing import Literal

import streamlit as st

from ui.access_tries import THIS_COMPUTER, Tries, household
from ui.language import t, tn

VARIABLE = "RUPA_PIN"
_PIN = re.compile("[0-9]{6,12}")
_MOST_SIGNS = 40
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_SESSION = "rupa-presenter"  # outside of what "Forget now" forgets
_GIVEN = object()  # a value that no browser can send

Asks = Literal["nobody", "everybody", "everybody, and no PIN is right"]

_asks: Asks = "nobody"
_pin = b""
_tries = Tries()
_own: Callable[[], Collection[str]] = tuple


def begin(
    environment: MutableMapping[str, str] = os.environ,
    *,
    address: str | None = "localhost",
    own: Callable[[], Collection[str]] = tuple,
) -> None:
    """Take the PIN out of the environment, so that no process started later inherits it.

    `address` is the one that is listened to; `own`, asked when the first PIN is given, says this computer's addresses.
    """
    global _own
    _own = functools.cache(lambda: {*own(), address or ""})
    pin = environment.pop(VARIABLE, "")
    if _PIN.fullmatch(pin):
        require(pin)
    elif pin or not _is_this_computer(address):
        _ask("everybody, and no PIN is right", "")
    else:
        require(None)


def require(pin: str | None, tries: Tries | None = None) -> None:
    """From now on ask for this PIN, or, with None, for nothing."""
    _ask("nobody" if pin is None else "everybody", pin or "", tries)


def presenter() -> bool:
    """Whether this visit may train, promote, delete and change settings."""
    return _asks_nothing() or st.session_state.get(_SESSION) is _GIVEN


def from_afar() -> bool:
    """Whether the visitor's photos cross the network to get here."""
    return not _asks_nothing() and (st.context.ip_address is not None or _through_a_proxy())


def household_of_visitor() -> str:
    """By which visitors are told apart where one may not have it all; empty for whoever a proxy here brings."""
    return household(_address())


def encrypted() -> bool:
    """Whether nobody on the way can read what a visitor sends; a server that was started by hand may have no TLS."""
    return bool(st.get_option("server.sslCertFile")) or (st.context.url or "").startswith("https:")


def door() -> None:
    """Where a PIN is needed and not yet given: ask for it. Otherwise nothing, but for a presenter the way out."""
    if _asks_nothing():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="rupa-door"):
        if presenter():
            st.markdown(":material/co_present: " + t("You are the presenter here."), width="content")
            st.button(t("Leave"), key="rupa-door-leave", type="tertiary", on_click=_leave)
            return
        st.markdown(
            ":material/visibility: " + t("You can watch here. Only the presenter can change things."),
            width="content",
        )
        if _asks != "everybody":
            st.caption(
                t(
                    "This app was opened to a network without a PIN, so nobody can change things. Start it with "
                    "“python start.py --lan”, or set RUPA_PIN where it is started."
                )
            )
            return
        _way_in("rupa-door")


def explain(way_in: str = "") -> None:
    """Beside a control that only the presenter may use: why it does nothing for this visit.

    On a page without `door`, `way_in` is a word for the one that stands here, of letters and hyphens.
    """
    if presenter():
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Only the presenter can do this."), width="content")
        if way_in:
            quiet_way_in(way_in)


def quiet_way_in(name: str) -> None:
    """Where the PIN may be given, on a page whose visitors need not know of it. `name` is as in `explain`."""
    if _asks == "everybody" and not presenter():
        _way_in(f"rupa-door-{name}", quiet=True)


def say_whose_computer() -> None:
    """Where a page says "this computer": whose that is, for a visitor at another one."""
    if from_afar():
        st.caption(
            t(
                "You see Rupa over the network: “this computer” is the presenter's. Your photos go there, encrypted, "
                "and no further."
            )
            if encrypted()
            else t(
                "You see Rupa over the network: “this computer” is the presenter's. Your photos go there and no "
                "further."
            )
        )


def _asks_nothing() -> bool:
    return _asks == "nobody" and not _through_a_proxy()


def _through_a_proxy() -> bool:
    """A proxy on this computer makes the whole world look as if it sat here; its headers tell."""
    headers = st.context.headers
    return any(name in headers for name in _OF_PROXIES)


def _way_in(key: str, *, quiet: bool = False) -> None:
    with st.popover(t("I am the presenter"), key=f"{key}-in", type="tertiary" if quiet else "secondary"):
        _ask_for_pin(key)


def _ask_for_pin(key: str) -> None:
    with (
        st.container(key=f"{key}-pin"),
        st.form(f"{key}-form", clear_on_submit=True, border=False),
    ):
        typed = st.text_input(
            t("The presenter's PIN"),
            type="password",
            autocomplete="off",
            help=t("It stands in the window in which Rupa was started."),
        )
        pressed = st.form_submit_button(t("Enter"), type="primary")
    if not pressed:
        return
    if wait_s := _tries.wait_s(_address()):
        st.warning(
            tn(
                "Too many tries. Wait {n} second, then try again.",
                "Too many tries. Wait {n} seconds, then try again.",
                wait_s,
            )
        )
    elif _is_right(typed):
        _tries.forget(_address())
        st.session_state[_SESSION] = _GIVEN
        st.rerun()
    else:
        st.warning(t("That is not the PIN. It stands in the window in which Rupa was started."))


def _is_right(typed: str) -> bool:
    """Spaces between the digits do not count; how long this takes says nothing about the PIN."""
    digits = "".join(sign for sign in typed[:_MOST_SIGNS] if sign in "0123456789")
    return _asks == "everybody" and hmac.compare_digest(digits.encode(), _pin)


def _leave() -> None:
    st.session_state.pop(_SESSION, None)


def _address() -> str:
    """Of the connection itself: no header can claim another. This computer's own is none to Streamlit.

    A browser here that was sent to the address on the network comes from that one. What a proxy here brings comes from
    the same, and is nobody who sits here.
    """
    address = st.context.ip_address or ""
    if _through_a_proxy():
        return address
    at_home = not address or address in _own() or household(address) in _own()
    return THIS_COMPUTER if at_home else address


def _ask(asks: Asks, pin: str, tries: Tries | None = None) -> None:
    global _asks, _pin, _tries
    _asks, _pin, _tries = asks, pin.encode(), Tries() if tries is None else tries


def _is_this_computer(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
