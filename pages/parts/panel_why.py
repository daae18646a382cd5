"""Why? The crop with the evidence painted over it, and what such a picture says and does not say."""

import numpy as np
import streamlit as st

from model import explain, running
from model.card import LABELS
from model.explain import HeatMap
from pages.parts.opened import Opened
from ui import heat, panels, theme
from ui import picture as pictures
from ui.language import t

DEFAULT_PERCENT = 60


def show(opened: Opened) -> None:
    label = LABELS[opened.likelier]
    other = LABELS[1 - opened.likelier]
    heat_map = opened.remembered("why", lambda: _heat_map(opened))
    picture = st.empty()
    opacity = st.slider(
        t("How strongly it is painted"), 0, 100, DEFAULT_PERCENT, 5, "%d%%", key=f"rupa.why.{opened.key}.s"
    )
    colours = theme.palette()
    painted = heat.painted(
        opened.answer.crop, heat_map.evidence, opacity / 100, colours.of(label), colours.of(other)
    )
    with picture:
        panels.picture(pictures.address(painted), t("The face with the evidence painted over it"))
    words = {"female": t("spoke for female"), "male": t("spoke for male")}
    panels.legend([(words[label], label, False), (words[other], other, True)])
    panels.said(_sentence(opened, heat_map.evidence), _what_it_is(heat_map.method))


def _heat_map(opened: Opened) -> HeatMap:
    engine, answer = running.get(), opened.answer

    def ask(crops: np.ndarray) -> np.ndarray:
        return engine.service.predict(crops).probabilities

    return explain.explain(engine.artifact, answer.crop, answer.features, opened.likelier, ask)


def _sentence(opened: Opened, evidence: np.ndarray) -> str:
    if not opened.answer.sure:
        return t("What spoke for one answer and what spoke for the other nearly outweigh each other here.")
    if heat.outlines(heat.shown(evidence)).against:
        return t(
            "Half of what spoke for this answer lay inside the solid line, half of what spoke against it inside the "
            "dashed one."
        )
    return t("Half of the evidence lay inside the solid line; hardly anything spoke against this answer.")


def _what_it_is(method: str) -> str:
    looked = {
        "occlusion": t("Each place was blurred in turn, to see how far the answer moved."),
        "activation": t(
            "This is a coarse map, read from the network itself: how much each place added to the answer."
        ),
        "gradient": t(
            "This is a coarse map, read from the network itself: about how much each place added to the answer."
        ),
    }[method]
    not_said = t(
        "That shows where the evidence lay, not why it counts: whether hair, skin, light or shape mattered there, "
        "no map can tell."
    )
    return f"{looked} {not_said}"
