"""The first page: photos come in, and under each face stands what the model says of it."""

from pathlib import Path

import streamlit as st

from model import running
from pages.parts import answered, arrivals, local_samples, more_samples, receipt
from ui import uploads
from ui.language import t

STYLE = Path(__file__).resolve().parents[1] / "ui" / "assets" / "photo.css"


running.start()
st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
st.title(t("What does the model see?"))
first_words = st.empty()
if not uploads.arrived():
    first_words.markdown(
        t(
            "Drop in a photo. Rupa shows how a machine guesses gender from a face, how sure it is, and where it errs."
        )
        + " "
        + t("**The model cannot know who somebody is.**")
    )
uploads.intake(local_samples.found())
more_samples.show()
if files := arrivals.current():
    if running.status().state == "warming":
        st.caption(t("The model is warming up; your photo is answered as soon as it is ready."))
    answered.show(files)
else:
    receipt.after_forgetting()
