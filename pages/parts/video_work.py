"""The clip of this visit: the work on it while it goes on, what came of it, and why nothing did.

Only the session holds the work: when the visit is over or the clip is forgotten, the work ends by itself.
"""

import streamlit as st

from model import video
from model.annotate import WORDS
from model.video import Film, Stage, VideoError, Work
from ui import access, holding, memory, state
from ui.language import number, percent, plain_error, t, tn

EVERY_S = 0.5
_NAME, _WORK, _ERROR, _WAITING = (f"video.{part}" for part in ("name", "work", "error", "waiting"))
_RATE = "video.rate"  # outlives the clip


def begin(name: str, clip: bytes) -> None:
    """Let this clip take the place of what was there. Where others are before it, it waits in this visit."""
    forget()
    state.keep(_NAME, name)
    words = {answer: t(words) for answer, words in WORDS.items()}
    visit = holding.visit()

    def made(film: Film) -> None:
        holding.count(film, film.size, visit)

    try:
        work = video.begin(
            clip,
            rate=rate(),
            words=words,
            who=access.household_of_visitor(),
            reserved=access.presenter(),
            made=made,
        )
        state.keep(_WORK, work)
    except VideoError as error:
        state.keep(_ERROR, error)
        if error.code == "busy":
            state.keep(_WAITING, holding.Counted(clip))


def rate() -> float:
    """How often a second this visit wants clips to be looked at."""
    return state.kept(_RATE, lambda: video.RATE)


def choose_rate(rate: float) -> None:
    state.keep(_RATE, rate)


def name() -> str:
    return state.kept(_NAME, str)


def film() -> Film | None:
    work = _work()
    return work.film if work else None


def at_work() -> bool:
    work = _work()
    return work is not None and not work.over


def forget() -> None:
    if work := _work():
        work.cancel()  # its place is free from here on, and not only when somebody tidies up
    for part in (_NAME, _WORK, _ERROR, _WAITING):
        state.drop(part)
    memory.give_back_soon()


def show() -> None:
    """How far it is; the end shows the page anew."""
    st.fragment(_follow, run_every=EVERY_S)()


def trouble() -> None:
    """Why the last clip has no result, where it has none."""
    work, error = _work(), st.session_state.get(state.PREFIX + _ERROR)
    error = work.error if work and work.over else error
    if error is None:
        return
    if error.code == "cancelled":
        st.info(t("Cancelled. Nothing of the clip is left here."), icon=":material/check:")
        return
    st.warning(plain_error(error, video.SENTENCES), icon=":material/info:")
    if _waiting():
        st.markdown(t("Your clip waits here; you need not choose it once more."))
        with st.container(horizontal=True, gap="small"):
            st.button(t("Try again"), on_click=_try_again, key="rupa-clip-again", icon=":material/refresh:")
            st.button(t("Forget this clip"), on_click=forget, key="rupa-clip-forget", type="tertiary")


def _try_again() -> None:
    if waiting := _waiting():
        begin(name(), waiting.read())


def _waiting() -> holding.Counted | None:
    found: holding.Counted | None = st.session_state.get(state.PREFIX + _WAITING)
    return found


def _work() -> Work | None:
    found: Work | None = st.session_state.get(state.PREFIX + _WORK)
    return found


def _follow() -> None:
    work = _work()
    if work is None or work.over:
        st.rerun()
    with st.container(gap="xsmall"):
        st.progress(work.stage.share, text=_told(work.stage))
        if st.button(t("Cancel"), key="rupa-cancel-clip", type="tertiary", icon=":material/close:"):
            work.cancel()
            st.rerun()
        st.caption(t("If you close this page, the work ends and the clip is gone."))


def _told(stage: Stage) -> str:
    parts = {
        "starting": [t("Opening the clip")],
        "looking": [t("Looking for faces"), percent(stage.share)],
        "drawing": [t("Drawing the answers in"), percent(stage.share)],
    }[stage.stage]
    if stage.frames_per_s:
        parts.append(t("{n} frames a second", n=number(stage.frames_per_s)))
    if stage.left_s is not None:
        parts.append(_left(stage.left_s))
    return " · ".join(parts)


def _left(seconds: float) -> str:
    if seconds < 55:
        return tn("about {n} second left", "about {n} seconds left", max(1, round(seconds)))
    return tn("about {n} minute left", "about {n} minutes left", round(seconds / 60))
