"""Colours that everybody can read, and that colour-blind eyes tell apart."""

import itertools
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ui import theme
from ui.theme import DARK, LIGHT, Palette

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])

# Machado, Oliveira and Fernandes (2009), full strength, on linear light.
EYES = {
    "typical": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
READABLE = 4.5
# Lab distance (CIE 1976): 2.3 is just visible, and 20 is what one sees at a glance on a small frame.
AT_A_GLANCE = 20


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light = [float(linear(colour) @ (0.2126, 0.7152, 0.0722)) + 0.05 for colour in (one, other)]
    return max(light) / min(light)


def distance(one: str, other: str, eyes: str) -> float:
    seen = [np.clip(np.asarray(EYES[eyes]) @ linear(colour), 0, 1) for colour in (one, other)]
    coded = [np.where(x <= 0.0031308, x * 12.92, 1.055 * x ** (1 / 2.4) - 0.055) for x in seen]
    lab = cv2.cvtColor(np.array([coded], np.float32), cv2.COLOR_RGB2LAB)[0]
    return float(np.linalg.norm(lab[0] - lab[1]))


@BOTH
@pytest.mark.parametrize("name", ["ink", "muted", "accent", "female", "male", "unsure", "fault"])
def test_every_colour_of_words_can_be_read_on_every_ground(colours: Palette, name: str) -> None:
    for ground in (colours.paper, colours.surface):
        assert contrast(getattr(colours, name), ground) >= READABLE


@BOTH
@pytest.mark.parametrize("plate", ["female", "male", "unsure", "accent"])
def test_words_can_be_read_on_every_plate(colours: Palette, plate: str) -> None:
    words = colours.on_accent if plate == "accent" else colours.on_answer

    assert contrast(words, getattr(colours, plate)) >= READABLE


@BOTH
@pytest.mark.parametrize("eyes", EYES)
def test_all_eyes_tell_the_answers_apart(colours: Palette, eyes: str) -> None:
    answers = (colours.female, colours.male, colours.unsure)

    for one, other in itertools.combinations(answers, 2):
        assert distance(one, other, eyes) >= AT_A_GLANCE


def test_eyes_that_see_no_red_would_mix_up_red_and_green() -> None:
    red, green = "#B00020", "#2E6B00"

    assert distance(red, green, "typical") > 3 * distance(red, green, "deutan")
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_settings_of_streamlit_repeat_the_palette(scheme: theme.Scheme) -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    told, colours = settings["theme"][scheme], theme.PALETTES[scheme]

    assert (told["backgroundColor"], told["secondaryBackgroundColor"]) == (colours.paper, colours.surface)
    assert (told["textColor"], told["borderColor"]) == (colours.ink, colours.line)
    assert told["primaryColor"] == told["linkColor"] == colours.accent


def test_the_style_sheet_uses_no_colour_of_its_own() -> None:
    for sheet in (ROOT / "ui" / "assets").glob("*.css"):
        used = {word.split(")")[0].split(",")[0] for word in sheet.read_text().split("var(--rupa-")[1:]}

        assert {f"--rupa-{name}" for name in used} <= set(theme.variables().replace(":", ";").split(";"))


def test_a_page_without_a_known_scheme_is_light() -> None:
    def page() -> None:
        import streamlit as st

        from ui import theme

        st.write(theme.palette().paper)

    assert AppTest.from_function(page).run().markdown[0].value == LIGHT.paper
