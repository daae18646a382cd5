"""More faces to begin with, where no data set lies on this computer: one click fetches some that may be shown."""

import streamlit as st

from model import registry, running
from pages.parts import local_samples
from training import page_jobs
from training.page_asked import Fetch
from ui import access, state, uploads
from ui.language import t

MB = 63
ASKED = "photo.more"  # whether this visit asked for them, and wants to know how that ends


def show() -> None:
    """Nothing while photos are answered, where there are more samples already, or where only others may fetch."""
    if uploads.arrived() or local_samples.found():
        return
    if st.session_state.get(state.PREFIX + ASKED) or _fetching():
        # What draws the work brings pandas with it, which the first page does without.
        from pages.parts import job_panel

        if job_panel.watch(Fetch):
            return
        job_panel.over(Fetch)
    if not access.presenter():
        return
    pressed = st.button(
        t("Fetch more faces to try, {mb} MB", mb=MB),
        key="rupa-more-samples",
        icon=":material/download:",
        type="tertiary",
        help=t(
            "FairFace's validation photos, from their public home, under CC BY 4.0 (Kärkkäinen and Joo). Then the "
            "model is examined on them, which the Evaluate page shows. Nothing but the request leaves this computer."
        ),
    )
    if pressed:
        from pages.parts import job_panel

        state.keep(ASKED, True)
        model = running.status().model or registry.DEFAULT
        job_panel.begin(Fetch(model, "fairface", "validation"))


def _fetching() -> bool:
    job = page_jobs.running()
    return job is not None and isinstance(job.asked, Fetch)
