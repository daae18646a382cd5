"""The first page. For now it says what Rupa is; photos can be dropped here once there is a model to ask."""

import streamlit as st

st.title("What does the model see?")
st.markdown(
    "Rupa shows how a machine guesses gender from a face, how sure it is, and where it goes wrong. "
    "It sees only a picture: **the model cannot know who somebody is.**"
)
st.info(
    "Soon you can drop a photo here. Photos will stay on this computer: nothing is kept, nothing is sent."
)
