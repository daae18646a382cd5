"""The privacy receipt: one line under every answer that opens, and the button that forgets."""

import streamlit as st

from model import running
from pages.parts import footer, kept_faces
from training import flagged
from ui import access, state
from ui.language import t, tn

_FORGOTTEN = "photo.forgotten"


def show(group: str) -> None:
    given = kept_faces.given()
    with st.popover(_line(len(given)), icon=":material/lock:", type="tertiary", key=f"rupa-receipt-{group}"):
        access.say_whose_computer()
        _question(t("What was kept?"), _kept(len(given)))
        st.markdown(
            t(
                "The photo lies in the memory of this computer until you forget it or bring another; a closed page is "
                "forgotten within a few minutes."
            )
            + " "
            + t("Only if you agree to it under “That’s wrong” is a face saved, here, as training material.")
        )
        _question(
            t("Where did it run?"), t("On this computer: {device}.", device=footer.device(running.status()))
        )
        _question(t("What left this computer?"), t("Nothing. Rupa asks no other computer for anything."))
        # A callback would run before the fragment alone is drawn again; the whole page has to forget.
        if st.button(t("Forget now"), key=f"rupa-forget-{group}", icon=":material/delete:", type="primary"):
            state.forget()
            kept_faces.hold_on_to(given)
            state.keep(_FORGOTTEN, True)
            st.rerun()
        _everybodys(group)


def after_forgetting() -> None:
    """Says that the photos are gone, and which faces stay until they are deleted too."""
    if not st.session_state.get(state.PREFIX + _FORGOTTEN):
        return
    given = kept_faces.given()
    if not given:
        state.drop(_FORGOTTEN)
        st.success(t("Forgotten. Nothing of your photos is left here."), icon=":material/check:")
        return
    st.success(t("Forgotten. Your photos and their answers are gone."), icon=":material/check:")
    st.markdown(
        tn(
            "{n} face that you gave stays on this computer as training material.",
            "{n} faces that you gave stay on this computer as training material.",
            len(given),
        )
    )
    kept_faces.show(given, "forgotten")
    if st.button(t("Delete all that I gave"), key="rupa-forget-given", icon=":material/delete:"):
        for name in given:
            kept_faces.delete(name)
        st.rerun()


def _line(given: int) -> str:
    if access.from_afar():
        return (
            tn(
                "Privacy: {n} face kept, nothing passed on",
                "Privacy: {n} faces kept, nothing passed on",
                given,
            )
            if given
            else t("Privacy: nothing kept, nothing passed on")
        )
    if not given:
        return t("Privacy: nothing kept, nothing sent")
    return tn("Privacy: {n} face kept, nothing sent", "Privacy: {n} faces kept, nothing sent", given)


def _kept(given: int) -> str:
    if not given:
        return t("Nothing. No photo and no answer was written to disk.")
    return tn(
        "{n} face that you gave, with your answer and the model's. “Forget now” leaves it until you delete it.",
        "{n} faces that you gave, with your answers and the model's. “Forget now” leaves them until you delete them.",
        given,
    )


def _everybodys(group: str) -> None:
    """All that was ever given on this computer, by whomever."""
    names = flagged.ids()
    if not names:
        return
    st.divider()
    st.markdown(
        tn(
            "In all, {n} face that somebody gave waits on this computer to be learnt from.",
            "In all, {n} faces that people gave wait on this computer to be learnt from.",
            len(names),
        )
    )
    names = kept_faces.shown(names)
    if names and st.toggle(t("Show kept faces"), key=f"rupa.kept.shown.{group}"):
        kept_faces.show(names, group)
        kept_faces.offer_to_delete_all(names, group)


def _question(question: str, answer: str) -> None:
    st.markdown(f"**{question}** {answer}")
