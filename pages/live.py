"""The camera, live: a box and an answer that follow each face. What is missing is said, and the next best is open."""

import streamlit as st

from model import running
from pages.parts import footer, live_instead, live_still
from ui import live_camera, panels
from ui.language import t

panels.begin()
live_still.begin()
st.title(t("What does the model see, now?"))
st.markdown(
    t("A box and an answer follow each face.") + " " + t("**The model cannot know who somebody is.**")
)
heard = live_camera.show(footer.device(running.status()))
if heard.frozen:
    live_still.take(heard.frozen)
elif not heard.still:
    live_still.drop()
if not heard.trouble:
    live_instead.end()
if not live_still.show() and heard.trouble:
    live_instead.show(heard.trouble)
