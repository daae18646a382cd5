"""What a visitor brought and what the model says of it: a few photos each by itself, more of them in a table."""

import streamlit as st

from model.card import ModelError
from model.images import PhotoError
from model.sentences import SENTENCES
from pages.parts import arrivals, one
from ui.language import plain_error

FEW = 4


def show(files: arrivals.Unpacked) -> None:
    try:
        _show(files)
    except (ModelError, PhotoError) as error:
        st.error(plain_error(error, SENTENCES), icon=":material/build:")


def _show(files: arrivals.Unpacked) -> None:
    if files.files > FEW:
        # Tables and figures bring pandas and scipy with them, which one photo does without.
        from pages.parts import many

        many.show(files, str(files.number))
        return
    for number, photo in enumerate(files.photos):
        one.show(photo, f"{files.number}n{number}", named=files.files > 1)
    for refused in files.refused:
        one.trouble(refused.name, plain_error(refused.error, refused.sentences))
