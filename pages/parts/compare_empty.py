"""What stands on the Compare page while there is nothing to compare."""

import shlex

import streamlit as st

from model import typed
from pages.parts import chosen_evaluation, evaluation_photos
from training.evaluations import Kept
from ui import panels
from ui.language import t


def show(chosen: Kept | None) -> None:
    if chosen is None:
        panels.said(
            t("No model has been examined here yet, so there is nothing to compare."),
            t("Examine one on the Evaluate page, or with the first command below."),
        )
        evaluate = "-m training evaluate --model rupa-1 --data folder:photos --split all"
        st.code(f"{typed.python()} {evaluate}", language=None, wrap_lines=True)
        return
    where = chosen_evaluation.title(chosen)
    panels.said(
        t(
            "Only {model} has been asked about these photos ({photos}).",
            model=chosen.about.model,
            photos=where,
        ),
        t(
            "Once a second model has seen them, here will stand which of the two is better and how sure one can be "
            "of it, every face that turned right or wrong, and for whom it changed."
        ),
    )
    if evaluation_photos.hidden(chosen.about.photos):
        return
    about, mine = chosen.about, f"{typed.python()} -m training"
    commands = [f"{mine} fit --data folder:photos --preset quick --out runs/mine"]
    if evaluation_photos.here(about.photos):
        st.markdown(t("Teach one of your own in about a minute, and examine it on the same photos:"))
        photos = (
            f"--data {shlex.quote(about.photos)} --split {shlex.quote(about.split)} --from {about.source}"
        )
    else:
        st.markdown(
            t(
                "Those photos are not on this computer. Teach one of your own in about a minute, and examine both on "
                "photos of yours:"
            )
        )
        photos = "--data folder:photos --split all"
        commands.append(f"{mine} evaluate --model {shlex.quote(about.model)} {photos}")
    commands.append(f"{mine} evaluate --model mine {photos}")
    st.code("\n".join(commands), language=None, wrap_lines=True)
