"""The faces that visitors gave to learn from, as small pictures, each with a way to delete it.

They outlive the session that gave them, so whoever sits at this computer can look through all of them. On a network
only the presenter can; a visitor sees and deletes what that visit gave.
"""

import html
from collections.abc import Sequence

import streamlit as st

from pages.parts import evaluation_photos, session_errors
from training import flagged
from ui import access, picture, state
from ui.language import t

AT_FIRST = 24
_GIVEN = "given.before"


def given() -> list[str]:
    """Those that this session gave and that are still kept, also what it gave before it forgot its photos."""
    before: list[str] = st.session_state.get(state.PREFIX + _GIVEN, [])
    of_session = [wrong.kept for wrong in session_errors.of_session() if wrong.kept]
    there = set(flagged.ids()) if before or of_session else set()
    return [name for name in dict.fromkeys([*before, *of_session]) if name in there]


def hold_on_to(names: Sequence[str]) -> None:
    """Still know, once the session has forgotten everything, that it gave these."""
    if names:
        state.keep(_GIVEN, list(names))


def shown(names: Sequence[str]) -> list[str]:
    """Those of them that this visit may see and delete."""
    if access.presenter():
        return list(names)
    mine = set(given())
    return [name for name in names if name in mine]


def show(names: Sequence[str], group: str) -> None:
    names = shown(names)
    limit = f"{state.PREFIX}kept.limit.{group}"
    first = int(st.session_state.get(limit, AT_FIRST))
    with st.container(horizontal=True, gap="small", key=f"rupa-kept-{group}"):
        for name in names[:first]:
            _one(name, group)
    if first < len(names):
        st.button(
            t("Show more"),
            key=f"rupa-kept-more-{group}",
            on_click=state.keep,
            args=(f"kept.limit.{group}", first + AT_FIRST),
        )


def delete(name: str) -> None:
    """Off this computer, and out of what its pages still hold."""
    flagged.delete(name)
    evaluation_photos.forget(name)


def offer_to_delete_all(names: Sequence[str], group: str) -> None:
    """For the presenter alone, and only after a second yes: nothing brings them back."""
    if not access.presenter():
        return
    sure = st.checkbox(t("Yes, delete every kept face, for good"), key=f"rupa-kept-sure-{group}")
    pressed = st.button(
        t("Delete all"), key=f"rupa-kept-delete-all-{group}", icon=":material/delete:", disabled=not sure
    )
    if pressed and sure and access.presenter():
        flagged.delete(*names)
        evaluation_photos.forget()
        st.rerun()


def small(jpeg: bytes, words: str) -> None:
    alt = html.escape(words, quote=True)
    st.html(
        f'<img src="{picture.as_address(jpeg)}" alt="{alt}" style="width:6rem;border-radius:8px;display:block">'
    )


def _one(name: str, group: str) -> None:
    face = flagged.face(name)
    if face is None:
        return
    words = {"female": t("kept as female"), "male": t("kept as male")}[face.label]
    with st.container(width=120, gap="small"):
        small(face.jpeg, words)
        st.caption(words)
        if st.button(
            t("Delete"), key=f"rupa-kept-delete-{group}-{name}", icon=":material/delete:", type="tertiary"
        ) and shown([name]):
            delete(name)
            st.rerun()
