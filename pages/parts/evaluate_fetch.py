"""Where the photos of an evaluation are not on this computer: one click brings others that are free to be shown.

FairFace's validation photos are fetched from their public home, the model that answers is asked about them, and the
page turns to the result: faces, ages and seven labels of race.
"""

import streamlit as st

from model import registry, running
from pages.parts import evaluation_photos, job_panel
from training import evaluations
from training.evaluations import Kept
from training.page_asked import Fetch
from training.page_jobs import Job
from ui.language import t

DATASET, SPLIT = "fairface", "validation"
MB = 63


def show(kept: Kept) -> None:
    """Draws nothing where the photos are here, but how far a download is."""
    if job_panel.watch(Fetch):
        return
    job = job_panel.over(Fetch)
    if job and job.made:
        job_panel.open_made(job.made)
        st.rerun()
    photos = kept.about.photos
    if evaluation_photos.here(photos) or evaluation_photos.hidden(photos):
        return
    with st.container(border=True, key="rupa-evaluate-fetch"):
        _offer(job)


def _offer(last: Job | None) -> None:
    st.markdown(
        "**"
        + t("These photos are not on this computer, so there are figures, but no faces.")
        + "** "
        + t(
            "FairFace's validation photos may be shown to a class: 10,954 faces of seven labels of race and all ages, "
            "{mb} MB, under CC BY 4.0 (Kärkkäinen and Joo). Nothing but the request leaves this computer.",
            mb=MB,
        )
    )
    already = _made()
    if already:
        st.button(
            t("Open FairFace's faces"),
            key="rupa-fetch-open",
            type="primary",
            on_click=job_panel.open_made,
            args=(already.path,),
        )
        return
    pressed = st.button(
        t("Fetch the photos and evaluate the model on them"),
        key="rupa-fetch-start",
        type="primary",
        icon=":material/download:",
        disabled=not job_panel.can_start(),
    )
    if not job_panel.held_up("fetch") and (last is None or last.state != "failed"):
        st.caption(t("It takes a minute or two, shows how far it is, and can be cancelled."))
    if pressed:
        job_panel.begin(Fetch(_model(), DATASET, SPLIT))


def _made() -> Kept | None:
    """An evaluation of these photos that is here already, with its photos."""
    if not evaluation_photos.here(DATASET):
        return None
    model = _model()
    return next(
        (
            one
            for one in evaluations.kept()
            if (one.about.model, one.about.dataset, one.about.split) == (model, DATASET, SPLIT)
        ),
        None,
    )


def _model() -> str:
    return running.status().model or registry.DEFAULT
