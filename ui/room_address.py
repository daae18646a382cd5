"""Under which address others in the room open this app, and that address to be scanned or typed.

`start.py --lan` tells the server by which names it is reached; behind somebody's own web server the presenter's own
browser knows. An app that only this computer reaches has none.
"""

import html
from functools import lru_cache
from urllib.parse import urlsplit

import segno
import streamlit as st

from ui.language import t

_CHOSEN = "rupa-stage-address-chosen"
_THIS_COMPUTER = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", ""}
_MADE_HERE = "rupa.pem"
_QUIET_MODULES = 4  # of white round the code, without which cameras do not find it


def known() -> tuple[str, ...]:
    """Every such address, the likeliest first."""
    return of(
        str(st.get_option("browser.serverAddress") or ""),
        tuple(st.get_option("server.allowedHosts") or ()),
        int(st.get_option("server.port")),
        secure=bool(st.get_option("server.sslCertFile")),
        visited=str(st.context.url or ""),
    )


def chosen() -> str | None:
    """The one that this visit picked, else the likeliest; None where there is none."""
    addresses = known()
    picked = st.session_state.get(_CHOSEN)
    return picked if picked in addresses else next(iter(addresses), None)


def choose(address: str) -> None:
    st.session_state[_CHOSEN] = address


def show(address: str, kind: str) -> None:
    """Draw it as a code, and in letters; `kind` is the class by which a page's style knows it."""
    title = html.escape(t("Code that opens {address}", address=address))
    code = f'<img class="stage-code" alt="{title}" src="{html.escape(picture(address))}">'
    typed = html.escape(address).replace("//", "//<wbr>")
    words = f"<p>{html.escape(t('Scan the code, or type:'))}</p><p class=stage-address>{typed}</p>"
    if warns():
        note = t("The browser warns once: choose “Advanced”, then “Continue”.")
        words += f"<p class=stage-note>{html.escape(note)}</p>"
    st.html(f'<div class="{kind}">{code}<div>{words}</div></div>')


def warns() -> bool:
    """Whether browsers do not know the certificate, because it was made on this computer."""
    return str(st.get_option("server.sslCertFile") or "").endswith(_MADE_HERE)


def of(shown: str, allowed: tuple[str, ...], port: int, *, secure: bool, visited: str) -> tuple[str, ...]:
    """`shown` and `allowed` are what the server was started with, `visited` is the presenter's own address."""
    if _far(shown):
        scheme = "https" if secure else "http"
        names = [shown, *(name for name in allowed if _far(name))]
        return tuple(dict.fromkeys(f"{scheme}://{_in_address(name)}:{port}" for name in names))
    try:
        parts = urlsplit(visited)
        host = parts.hostname or ""
    except ValueError:
        return ()
    if parts.scheme not in ("http", "https") or not _far(host):
        return ()
    return (f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",)


@lru_cache(16)
def picture(address: str) -> str:
    """The code, to be the source of a picture. Dark on light in either theme: not every camera reads the opposite."""
    code = segno.make(address, error="m", micro=False)
    return str(code.svg_data_uri(border=_QUIET_MODULES, dark="#000", light="#fff", omitsize=True))


def _far(host: str) -> bool:
    """Whether somebody at another computer can mean this one by it."""
    return host.strip("[]").lower() not in _THIS_COMPUTER


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
