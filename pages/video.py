"""A clip comes in and goes out again with a box and an answer that follow each face; who was seen when stands below."""

from pathlib import Path

import streamlit as st

from pages.parts import video_intake, video_result, video_work
from ui.language import t

STYLE = Path(__file__).resolve().parents[1] / "ui" / "assets" / "video.css"

st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
st.title(t("What does the model see, from frame to frame?"))
if not video_work.film() and not video_work.at_work():
    st.markdown(
        t(
            "Bring a clip. Rupa follows each face through it, and shows where the answer stays the same and where it "
            "wavers."
        )
        + " "
        + t("**The model cannot know who somebody is.**")
    )
    video_intake.show()
    video_work.trouble()
elif video_work.at_work():
    video_work.show()
else:
    video_result.show()
