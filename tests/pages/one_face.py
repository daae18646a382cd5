"""A page with one face and its panels, for tests: the sample portrait, or all of it where the address says `whole`."""

from pathlib import Path

import streamlit as st

from model import running
from pages.parts import face_panels

SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"

if "reading" not in st.session_state:
    whole = "whole" in st.query_params
    st.session_state.reading = running.get().pipeline.read(SAMPLE.read_bytes(), whole_picture=whole)
reading = st.session_state.reading
face_panels.show(reading, max(range(len(reading.faces)), key=lambda i: reading.faces[i].face.score), "test")
